"""Explains the values of one declared resource: from the configuration alone, or with what Twilio holds."""

import asyncio

from confsync.account.account import Account
from confsync.config.config import Config
from confsync.names import Address
from confsync.plan.explanation import Explanation
from confsync.plan.intent import Intent, Selection
from confsync.planning.explanation import explain, find_fields, split_at_field


def split_field(text: str) -> tuple[Address, str | None]:
    """Split `ADDRESS#FIELD` into both; the field may be missing. Raises UsageError."""
    address, name = split_at_field(text)
    return Address.parse(address), name


def explain_offline(config: Config, address: Address, name: str | None = None) -> Explanation:
    """Say where the values of a resource, or of one field, come from. Raises UsageError if it is not declared."""
    return explain(config, address, name)


async def explain_resource(account: Account, address: Address, name: str | None = None) -> Explanation:
    """Say where the values of a resource, or of one field, come from, and what Twilio holds.

    Sends GET requests only. Raises UsageError if the resource is not declared, and what `Account.plan` raises.
    """
    find_fields(account.config, address, name)
    plan = await account.plan(Intent(selection=Selection(targets=(str(address),))))
    return await asyncio.to_thread(explain, account.config, address, name, plan.live)
