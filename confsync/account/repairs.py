"""Finds what `repair duplicates` deletes in an account, and deletes it."""

import asyncio
from collections.abc import Callable

from msgspec import Struct

from confsync.account.account import Account
from confsync.account.connection import api_of
from confsync.account.shared_state import shared_ledger
from confsync.apply.repair import delete_duplicates, find_repairs
from confsync.apply.repair_report import RepairOutcome, RepairStep
from confsync.errors import Refused
from confsync.plan.guardrails import GuardrailRule
from confsync.plan.plan import remedies_of
from confsync.planning.make import LivePlan
from confsync.state.recorder import ApplyRecorder
from confsync.state.store import open_for_apply


class Repair(Struct, frozen=True):
    """What a repair does, and the plan that it was made from."""

    plan: LivePlan
    steps: tuple[RepairStep, ...]


async def plan_repair(account: Account) -> Repair:
    """Read the live state, and find the duplicates. Write nothing.

    Raises what `Account.plan` raises, and Refused if another ledger of the account may own some of them.
    """
    made = (await account.plan()).live
    _check_ledgers(made)
    if not made.probable_duplicates:
        return Repair(made, ())
    async with api_of(account.connection, account.settings) as api:
        return Repair(made, await find_repairs(made, api))


async def apply_repair(account: Account, repair: Repair, done: Callable[[RepairOutcome], object]) -> None:
    """Delete the newer duplicates that can be deleted; call `done` with each outcome.

    Raises Locked, Stale if the ledger changed since the repair was planned, and LocalFileError.
    """
    async with account.locked(), api_of(account.connection, account.settings) as api:
        recorder = await asyncio.to_thread(_recorder, account, repair.plan)
        await delete_duplicates(repair.plan, repair.steps, api, recorder, done)


def _check_ledgers(plan: LivePlan) -> None:
    """Refuse while nobody knows what another ledger of the account owns."""
    others = tuple(each for each in plan.guardrails if each.rule is GuardrailRule.LEDGER)
    if others:
        raise Refused(
            f"Nothing is repaired: {'; '.join(each.text for each in others)}, and may own one of the duplicates.",
            hint=remedies_of(others),
        )


def _recorder(account: Account, plan: LivePlan) -> ApplyRecorder:
    # Unlike an apply, a repair records nothing else that the plan found, such as what is gone.
    branch = shared_ledger(account.config, account.connection)
    opened = open_for_apply(account.connection.ledger, plan.ledger, branch)
    return ApplyRecorder(opened, plan.ledger, account.settings.fingerprinter)
