"""What must hold before a plan is made or applied: the right account, a current plan, no guardrail in the way."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from typing import TypeVar

from msgspec.structs import replace

from confsync.account.connection import Connection
from confsync.account.results import Plan as MadePlan
from confsync.config.config import Config
from confsync.errors import InvalidConfiguration, Refused, Stale
from confsync.live.snapshot import Snapshot
from confsync.live.task_group import task_group
from confsync.names import Address, Sid
from confsync.plan.guardrails import GuardrailRule
from confsync.plan.intent import Intent
from confsync.plan.plan import Plan, remedies_of
from confsync.planfile import resumption
from confsync.planfile.file import SavedPlan
from confsync.planning.guardrails.overrides import check_declared_overrides
from confsync.planning.make import LivePlan
from confsync.planning.namesakes import find_indistinct
from confsync.planning.selection import SelectionScope, check_selection
from confsync.quoting import in_quotes
from confsync.state.other_environments import OtherEnvironments
from confsync.twilio.api import Api

Result = TypeVar("Result")


def check_intent(intent: Intent, config: Config) -> None:
    """Raise UsageError for an invalid selection or override. This needs neither credentials nor a connection."""
    check_selection(intent.selection)
    check_declared_overrides(intent.overrides, config)


@asynccontextmanager
async def checked_api(
    config: Config, connection: Connection, opening: AbstractAsyncContextManager[Api]
) -> AsyncIterator[tuple[Api, str]]:
    """Open the API of a connection, and check which account it is before anything else is requested."""
    _check_claimed(config, connection)
    async with opening as api:
        yield api, await _checked_account(api, config, connection)


async def read_and_check(
    config: Config,
    connection: Connection,
    opening: AbstractAsyncContextManager[Api],
    read: Callable[[Api, str], Awaitable[Result]],
) -> Result:
    """Read from Twilio while the account is checked, and return what was read only if the account is the right one.

    The account is known beforehand if the credentials or the environment name it; otherwise it is checked first, and so
    it is if requests are traced, because a trace shows what is read. If both fail, the failure of the check is raised.
    """
    _check_claimed(config, connection)
    expected = connection.credentials.account_sid or config.environment.account_sid
    async with opening as api:
        if expected is None or api.on_attempt:
            return await read(api, await _checked_account(api, config, connection))
        async with task_group() as tasks:
            check = tasks.create_task(_checked_account(api, config, connection))
            try:
                found = await read(api, expected)
            except Exception:
                await check
                raise
        return found


def _check_claimed(config: Config, connection: Connection) -> None:
    if connection.credentials.account_sid is not None:
        check_account(config, connection.credentials.account_sid)


async def _checked_account(api: Api, config: Config, connection: Connection) -> str:
    account_sid = await api.account()
    check_claim(connection.credentials.account_sid, account_sid)
    check_account(config, account_sid)
    return account_sid


def check_claim(claimed: str | None, account_sid: str) -> None:
    """Refuse credentials of another account than the environment variables name."""
    if claimed not in (None, account_sid):
        raise Refused(
            f"The environment variables name account {claimed}, but the credentials are for {account_sid}.",
            hint="Set the account SID and the credentials of the same account.",
        )


def check_account(config: Config, account_sid: str) -> None:
    """Refuse an account that is not the one of the environment."""
    environment = config.environment
    if environment.account_sid not in (None, account_sid):
        raise Refused(
            f"The credentials are for account {account_sid}, "
            f"but environment {in_quotes(environment.name)} is account {environment.account_sid}.",
            hint="Set the credentials of that account, or select the environment of this one with -e.",
        )


def check_saved(saved: SavedPlan, config: Config, connection: Connection) -> None:
    """Refuse what can be refused before any request."""
    resumption.check_environment(saved, config.environment.name)
    resumption.check_emulator(saved, emulator=connection.emulator)
    resumption.check_host(saved, connection.origin.base_url)
    if connection.credentials.account_sid is not None:
        resumption.check_planned_account(saved, connection.credentials.account_sid)
    resumption.check_expiry(saved, datetime.now(UTC))


def check_identity(plan: MadePlan, connection: Connection) -> None:
    """Refuse a plan that was made through a connection to a different account, or against a snapshot."""
    if plan.connection is None:
        raise Refused(
            "The plan was made against a snapshot, so it cannot be applied.",
            hint="Make a plan of the live state: `confsync plan`.",
        )
    if plan.connection.identity != connection.identity:
        raise Refused("The plan was made for a different account.", hint="Make a new plan for this account.")


def check_applyable(plan: Plan) -> None:
    """Refuse a plan that a guardrail blocks, or that lacks a secret."""
    check_guardrails(plan)
    if plan.missing_secrets:
        raise InvalidConfiguration(
            tuple(each.diagnostic for each in plan.missing_secrets),
            hint="Make these secrets available here, then run `confsync apply` again.",
        )


def check_natural_keys(plan: LivePlan) -> None:
    """Raise InvalidConfiguration if neither the ledger nor `adopt` distinguishes two resources with one natural key."""
    if plan.intent.destroy:
        return
    selected = SelectionScope(plan.config, plan.intent.selection).selected
    found = tuple(find_indistinct(plan.config, plan.snapshot, selected))
    if found:
        raise InvalidConfiguration(found)


def check_guardrails(plan: Plan, *, saved: bool = False) -> None:
    """Refuse a plan that a guardrail blocks. For a saved plan, overrides are given when it is made."""
    if plan.guardrails:
        refusal = Stale if any(guardrail.stale for guardrail in plan.guardrails) else Refused
        raise refusal(
            "The plan was not applied: " + "; ".join(guardrail.text for guardrail in plan.guardrails) + ".",
            hint=f"{'Make a new plan. ' if saved else ''}{remedies_of(plan.guardrails)}",
        )


def check_ledger_guardrails(plan: Plan) -> None:
    """Refuse a plan that must not even be recorded: another ledger is for the account, or the commit is too old."""
    concerned = (GuardrailRule.LEDGER, GuardrailRule.ROLLBACK)
    check_guardrails(replace(plan, guardrails=tuple(each for each in plan.guardrails if each.rule in concerned)))


def check_unclaimed(plan: LivePlan, others: OtherEnvironments) -> None:
    """Raise Stale if a different environment of the account has taken something since the plan was made."""
    for change in plan.changes:
        if change.actions and change.sid and (owner := others.owner.get(change.sid)):
            raise Stale(
                f"{change.address} ({change.sid}) belongs to {owner}, since the plan was made.",
                hint="Run `confsync plan`: it reads the ledger and the live state again.",
            )


def check_adoption(config: Config, snapshot: Snapshot, address: Address, sid: Sid) -> None:
    """Refuse to adopt a SID that is not live at an address, or that confsync owns elsewhere."""
    if owner := snapshot.other_owners.get(sid):
        raise Refused(
            f"{sid} belongs to {owner}.",
            hint=f"In environment {in_quotes(owner.environment)}, remove its block, run "
            f"`confsync forget {owner.address} -e {owner.environment}`, and apply that. "
            f"Then run `confsync adopt {address} {sid}` again.",
        )
    match = snapshot.matches.get(address)
    if match is None or match.found.sid != sid:
        raise Refused(
            f"There is no {config.resources[address].kind.title} {sid} that could be {address}.",
            hint=f"Check the SID, then run `confsync adopt {address} SID` with the right one.",
        )
    if match.previous:
        raise Refused(
            f"confsync already owns {sid} as {match.previous}.",
            hint=f"To rename it, write `previously: [{match.previous}]` in the `lifecycle` of {address}.",
        )
