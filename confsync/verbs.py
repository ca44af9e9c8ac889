"""What a user can ask for, as functions: validate, plan, apply, drift, and whatever helps with them.

They are the public library as well. Each is a function of a configuration, a connection and settings; nothing here is
remembered between two calls. What talks to Twilio is imported where it is used: it takes longer to import than
`validate` takes in all.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from confsync.config.config import Config
from confsync.connection import Connection, bare_connection, ledger_name, local_ledger, twilio_connection
from confsync.errors import ConfsyncError, InvalidConfiguration, Refused, Stale, UsageError
from confsync.request import Request, read
from confsync.settings import FINGERPRINT_KEY, PLAN_KEY, Settings

if TYPE_CHECKING:
    from confsync.apply.report import Progress, Report
    from confsync.doctor.check import Diagnosis
    from confsync.names import Address, Sid
    from confsync.plan.plan import Plan
    from confsync.planfile.file import SavedPlan
    from confsync.planfile.resumption import Resumption
    from confsync.planning.make import LivePlan
    from confsync.state.rebuild import Rebuilt
    from confsync.state.store import LedgerState

__all__ = [
    "FINGERPRINT_KEY",
    "PLAN_KEY",
    "Connection",
    "Request",
    "Settings",
    "adopt",
    "adoptable",
    "apply",
    "apply_approved",
    "apply_saved",
    "bare_connection",
    "doctor",
    "drift",
    "forget",
    "ledger_name",
    "local_ledger",
    "plan",
    "rebuild_ledger",
    "record_adoption",
    "save",
    "show",
    "show_ledger",
    "twilio_connection",
    "validate",
]


def validate(request: Request) -> Config:
    """Read a configuration and check everything that can be known without the network.

    Raises UsageError, LocalFileError, and InvalidConfiguration with every mistake.
    """
    return read(request)


def plan(config: Config, connection: Connection, settings: Settings) -> "LivePlan":
    """Read the live state and say what an apply would do. Nothing is written, to Twilio or to the ledger.

    Raises Refused for the wrong account, LocalFileError, ContradictoryRead and TwilioError.
    """
    import asyncio

    from confsync import session

    return asyncio.run(session.plan(config, connection, settings))


def drift(config: Config, connection: Connection, settings: Settings) -> "LivePlan":
    """Say how the live state differs from the configuration: a plan that nobody means to apply."""
    return plan(config, connection, settings)


def apply(
    config: Config,
    connection: Connection,
    settings: Settings,
    review: Callable[["LivePlan"], None],
    progress: "Progress" = lambda _: None,
) -> "Report":
    """Plan, have the plan reviewed, and make it so; what `review` raises stops it before the first write.

    Raises as `plan` does, Refused where a guardrail blocks the plan, InvalidConfiguration where a secret that would be
    sent is missing. The report lists what goes wrong with a single change; nothing is raised for it.
    """
    import asyncio

    from confsync import session

    made = plan(config, connection, settings)
    review(made)
    _check_applyable(made)
    return asyncio.run(session.carry_out(made, connection, settings, progress))


def save(made: "Plan", path: Path, lifetime: timedelta, settings: Settings) -> "SavedPlan":
    """Write a plan to a file, to be applied later, by whoever has the file. Raises LocalFileError."""
    from confsync.planfile import file as saved_plan

    saved = saved_plan.named(made, lifetime, datetime.now(UTC))
    saved_plan.write(path, saved, settings.plan_key)
    return saved


def show(path: Path, settings: Settings) -> "SavedPlan":
    """Read a saved plan again, whatever became of it; nothing is asked of Twilio.

    Raises LocalFileError where the file is none, Refused where it is not signed with the key.
    """
    from confsync.planfile import file as saved_plan

    return saved_plan.read(path, settings.plan_key)


def apply_saved(
    saved: "SavedPlan",
    config: Config,
    connection: Connection,
    settings: Settings,
    review: Callable[["Resumption"], None],
    progress: "Progress" = lambda _: None,
) -> "Report":
    """Make a saved plan so, or what is left of it: `review` is told what that is before the first write.

    Raises Stale where it has expired or is spent, and where anything in it fits no more; Refused where it is for
    another account, environment, host or emulator, or was made with a guardrail in the way; else as `apply` does.
    """
    from confsync.planfile import resumption

    _check_guardrails(saved.plan, anew=True)
    _check_saved(saved, config, connection)
    if config.digest != saved.plan.revision.digest:
        raise Stale(
            "The configuration is not the one that was planned.",
            hint="Check that one out, or make the plan anew: `confsync plan --out FILE`.",
        )
    return _apply_of(saved, config, connection, settings, review, progress, resumption.resumed)


def apply_approved(
    saved: "SavedPlan",
    config: Config,
    connection: Connection,
    settings: Settings,
    review: Callable[["Resumption"], None],
    progress: "Progress" = lambda _: None,
) -> "Report":
    """Plan now, as it was meant when the file was made, and make that so if all of it is in the file.

    Raises Stale where something in the new plan is not, else as `apply_saved` does.
    """
    from confsync.planfile import resumption

    _check_saved(saved, config, connection)
    return _apply_of(saved, config, connection, settings, review, progress, resumption.approved)


def adopt(
    config: Config, connection: Connection, settings: Settings, wanted: "Mapping[Address, Sid]"
) -> "Mapping[Address, Sid]":
    """Make sure that each SID is live where its address is, and is nothing else of ours; writes nothing.

    Raises Refused where one is not, and what `plan` raises.
    """
    made = plan(replace(config, adopt={**config.adopt, **wanted}), connection, settings)
    for address, sid in wanted.items():
        match = made.snapshot.matches.get(address)
        if match is None or match.found.sid != sid:
            raise Refused(
                f"There is no {config.resources[address].kind.title} {sid} where {address} would be.",
                hint=f"Check the SID, and run `confsync adopt {address} SID` with the right one.",
            )
        if match.previous:
            raise Refused(
                f"{sid} is owned as {match.previous} already.",
                hint=f"To rename it, write `previously: [{match.previous}]` into the lifecycle of {address}.",
            )
    return wanted


def adoptable(
    config: Config, connection: Connection, settings: Settings
) -> "tuple[Mapping[Address, Sid], Mapping[Address, tuple[Sid, ...]]]":
    """Tell what a plan would adopt, and what it could not choose: addresses with their SIDs."""
    from confsync.plan.match import How

    snapshot = plan(config, connection, settings).snapshot
    clear = {
        address: match.found.sid
        for address, match in snapshot.matches.items()
        if match.how is How.ADOPTED and match.found.sid and address not in snapshot.identity.ambiguous
    }
    return clear, snapshot.identity.ambiguous


def record_adoption(request: Request, wanted: "Mapping[Address, Sid]") -> tuple[str, ...]:
    """Write `adopt` entries into the configuration; give the lines of the diff. Raises what `validate` raises."""
    from confsync.amendment import edit_config

    return edit_config(request, "adopt", {str(address): sid for address, sid in wanted.items()})


def forget(request: Request, address: "Address", ledger: Path | None = None) -> tuple[str, ...]:
    """Write a `forget` entry into the configuration; give the lines of the diff.

    Raises UsageError where the address is still declared, or where the ledger has nothing at or under it, and what
    `validate` raises.
    """
    from confsync.amendment import edit_config
    from confsync.resources import kind_of

    config = validate(request)
    if kind_of(address) is None:
        raise UsageError(f"'{address}' is no address of a resource.", hint="Name one as the plan tells it.")
    if address in config.resources:
        raise UsageError(
            f"{address} is still declared.",
            hint=f"Remove its block, {config.resources[address].source}, then run `confsync forget {address}`.",
        )
    if address in config.forget:
        return ()
    _check_owned(address, ledger or local_ledger(config, request.environ))
    return edit_config(request, "forget", {str(address): None})


def _check_owned(address: "Address", path: Path) -> None:
    """Refuse what the ledger knows nothing of; a journal that an apply left may know more."""
    from confsync.diagnostics import did_you_mean
    from confsync.state import ledger, store

    known = ledger.of_anyone(path)
    if (
        known is None
        or store.journal_path(path).exists()
        or any(each.address.within(address) for each in known.entries)
    ):
        return
    meant = did_you_mean(str(address), map(str, known.current))
    raise UsageError(
        f"Nothing at or under {address} is ours: the ledger {path} does not know it.",
        hint=meant[:1].upper() + meant[1:] if meant else "`confsync ledger show` lists what is.",
    )


def show_ledger(config: Config, connection: Connection, settings: Settings) -> "LedgerState":
    """Read what is known of what we own, from the right account's ledger and journal; nothing else is read.

    Raises Refused for the wrong account, LocalFileError and TwilioError.
    """
    import asyncio

    from confsync import session

    return asyncio.run(session.known(config, connection, settings))


def rebuild_ledger(config: Config, connection: Connection, settings: Settings) -> "Rebuilt":
    """Make a new ledger of what is live, where the old one is lost or spoilt, which is kept. Twilio is only read.

    Raises as `plan` does, and Refused where the ledger is sound.
    """
    import asyncio

    from confsync import session

    return asyncio.run(session.rebuilt(config, connection, settings))


def doctor(
    request: Request,
    connect: Callable[[Config | None], AbstractContextManager[Connection | None]],
    settings: Settings,
) -> "Diagnosis":
    """Look at everything that a run needs, and mend nothing; what fails stops only what needs it.

    `connect` reaches the account of a configuration, or whichever the credentials open where there is none that is
    valid; None where that cannot be known.
    """
    import asyncio

    from confsync import session
    from confsync.doctor.check import Diagnosis
    from confsync.doctor.examine import unreached
    from confsync.doctor.local_checks import local_checks

    config, wrong = _readable(request)
    keyed, folder = settings.fingerprint_key is not None, config.folder if config else request.directory
    local = tuple(local_checks(config, wrong, folder, keyed=keyed))
    try:
        with connect(config) as connection:
            live = asyncio.run(session.examined(config, connection, settings)) if connection else unreached(None)
    except ConfsyncError as trouble:
        live = unreached(trouble)
    return Diagnosis((*local, *live), getattr(wrong, "diagnostics", ()))


def _readable(request: Request) -> tuple[Config | None, ConfsyncError | None]:
    try:
        return validate(request), None
    except ConfsyncError as wrong:
        return None, wrong


def _apply_of(
    saved: "SavedPlan",
    config: Config,
    connection: Connection,
    settings: Settings,
    review: Callable[["Resumption"], None],
    progress: "Progress",
    rest_of: "Callable[[SavedPlan, LivePlan], Resumption]",
) -> "Report":
    import asyncio

    from confsync import session
    from confsync.planfile import resumption

    fresh = plan(config, connection, replace(settings, intent=saved.plan.intent))
    resumption.check_account(saved, fresh.target.account_sid)
    resumption.check_ledger(saved, fresh)
    rest = rest_of(saved, fresh)
    review(rest)
    _check_applyable(rest.plan)
    spent = {saved.id: saved.expires_at.isoformat()}
    return asyncio.run(session.carry_out(rest.plan, connection, settings, progress, spent))


def _check_saved(saved: "SavedPlan", config: Config, connection: Connection) -> None:
    """Refuse what can be refused before anything is asked."""
    from confsync.planfile import resumption

    resumption.check_environment(saved, config.environment.name)
    resumption.check_emulator(saved, emulator=connection.emulator)
    resumption.check_host(saved, connection.origin.base_url)
    if connection.credentials.account_sid is not None:
        resumption.check_account(saved, connection.credentials.account_sid)
    resumption.check_time(saved, datetime.now(UTC))


def _check_applyable(made: "Plan") -> None:
    _check_guardrails(made)
    if made.missing_secrets:
        raise InvalidConfiguration(
            tuple(each.diagnostic for each in made.missing_secrets),
            hint="Make these secrets available here, then run `confsync apply` again.",
        )


def _check_guardrails(made: "Plan", *, anew: bool = False) -> None:
    """Refuse a plan with guardrails; what is lifted for a saved one is lifted when it is made."""
    if made.guardrails:
        refusal = Stale if any(guardrail.stale for guardrail in made.guardrails) else Refused
        overrides = "; ".join(guardrail.override or "nothing does" for guardrail in made.guardrails)
        raise refusal(
            "The plan is not applied: " + "; ".join(guardrail.text for guardrail in made.guardrails) + ".",
            hint=f"To lift it{', make the plan anew with' if anew else ''}: {overrides}.",
        )
