"""Pushes what an apply could not: its journal, or its ledger."""

import asyncio

from msgspec import Struct

from confsync.account.connection import Connection
from confsync.account.shared_state import shared_ledger
from confsync.config.config import Config
from confsync.errors import UsageError
from confsync.state.ledger import Ledger
from confsync.state.ledger_branch import LedgerBranch
from confsync.state.store import push_state


class PushedLedger(Struct, frozen=True):
    """The ledger on the branch after a push; `pushed` is false if the branch had all of it before."""

    ledger: Ledger
    branch: LedgerBranch
    pushed: bool


async def push_ledger(config: Config, connection: Connection) -> PushedLedger:
    """Push the ledger of an environment. Raises UsageError if it is a file, or if the account is not known."""
    branch = shared_ledger(config, connection)
    if branch is None:
        raise UsageError(
            "The ledger is a file here, so there is nowhere to push it.",
            hint="Commit the file, or write `ledger: git` in the configuration.",
        )
    account_sid = config.environment.account_sid or connection.credentials.account_sid
    if account_sid is None:
        raise UsageError(
            "It is not known which account the ledger belongs to.", hint="Set TWILIO_ACCOUNT_SID to the account's SID."
        )
    state = await asyncio.to_thread(
        push_state, connection.ledger, branch, account_sid=account_sid, host=connection.origin.host
    )
    return PushedLedger(state.ledger, branch, state.ledger != state.pushed)
