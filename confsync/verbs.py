"""What a user can ask for, as functions: validate, plan, apply, drift, and whatever helps with them.

They are the public library as well. Each is a function of a configuration, a connection and settings; nothing here is
remembered between two calls. What talks to Twilio is imported where it is used: it takes longer to import than
`validate` takes in all.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from confsync.config.config import Config
from confsync.connection import Connection, bare_connection, ledger_name, local_ledger, twilio_connection
from confsync.errors import ConfsyncError, InvalidConfiguration, Refused, Stale, UsageError
from confsync.request import Request, read
from confsync.settings import FINGERPRINT_KEY, PLAN_KEY, Settings

if TYPE_CHECKING:
    from confsync.engine.applying.report import Progress, Report
    from confsync.engine.checkup.check import Diagnosis
    from confsync.engine.ownership.books import Known
    from confsync.engine.ownership.rebuilding import Rebuilt
    from confsync.engine.plan import LivePlan, Plan
    from confsync.engine.saved.plan import SavedPlan
    from confsync.engine.saved.resumption import Resumption
    from confsync.names import Address, Sid

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

    Raises UsageError, LocalFileTrouble, and InvalidConfiguration with every mistake.
    """
    return read(request)


def plan(config: Config, connection: Connection, settings: Settings) -> "LivePlan":
    """Read the live state and say what an apply would do. Nothing is written, to Twilio or to the ledger.

    Raises Refused for the wrong account, LocalFileTrouble, ContradictoryRead and TwilioError.
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

    Raises as `plan` does, Refused where a rail stands in the way, InvalidConfiguration where a secret that would be
    sent is missing. What goes wrong with a single change is told in the report, not raised.
    """
    import asyncio

    from confsync import session

    made = plan(config, connection, settings)
    review(made)
    _check_applyable(made)
    return asyncio.run(session.carry_out(made, connection, settings, progress))


def save(made: "Plan", path: Path, lifetime: timedelta, settings: Settings) -> "SavedPlan":
    """Write a plan to a file, to be applied later, by whoever has the file. Raises LocalFileTrouble."""
    from confsync.engine.saved import plan as saved_plan

    saved = saved_plan.named(made, lifetime, datetime.now(UTC))
    saved_plan.write(path, saved, settings.plan_key)
    return saved


def show(path: Path, settings: Settings) -> "SavedPlan":
    """Read a saved plan again, whatever became of it; nothing is asked of Twilio.

    Raises LocalFileTrouble where the file is none, Refused where it is not signed with the key.
    """
    from confsync.engine.saved import plan as saved_plan

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
    another account, environment, host or emulator, or was made with a rail in the way; else as `apply` does.
    """
    from confsync.engine.saved import resumption

    _check_rails(saved.plan, anew=True)
    _check_saved(saved, config, connection)
    if config.digest != saved.plan.revision.digest:
        raise Stale(
            "The configuration is not the one that was planned.",
            next_step="Check that one out, or make the plan anew: `confsync plan --out FILE`.",
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
    from confsync.engine.saved import resumption

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
                next_step=f"Check the SID, and run `confsync adopt {address} SID` with the right one.",
            )
        if match.previous:
            raise Refused(
                f"{sid} is owned as {match.previous} already.",
                next_step=f"To rename it, write `previously: [{match.previous}]` into the lifecycle of {address}.",
            )
    return wanted


def adoptable(
    config: Config, connection: Connection, settings: Settings
) -> "tuple[Mapping[Address, Sid], Mapping[Address, tuple[Sid, ...]]]":
    """Tell what a plan would adopt, and what it could not choose: addresses with their SIDs."""
    from confsync.engine.identity import How

    snapshot = plan(config, connection, settings).snapshot
    clear = {
        address: match.found.sid
        for address, match in snapshot.matches.items()
        if match.how is How.ADOPTED and match.found.sid and address not in snapshot.identity.ambiguous
    }
    return clear, snapshot.identity.ambiguous


def record_adoption(request: Request, wanted: "Mapping[Address, Sid]") -> tuple[str, ...]:
    """Write `adopt` entries into the configuration; give the lines of the diff. Raises what `validate` raises."""
    from confsync.amendment import amended

    return amended(request, "adopt", {str(address): sid for address, sid in wanted.items()})


def forget(request: Request, address: "Address", ledger: Path | None = None) -> tuple[str, ...]:
    """Write a `forget` entry into the configuration; give the lines of the diff.

    Raises UsageError where the address is still declared, or where the ledger has nothing at or under it, and what
    `validate` raises.
    """
    from confsync.amendment import amended
    from confsync.resources import kind_of

    config = validate(request)
    if kind_of(address) is None:
        raise UsageError(f"'{address}' is no address of a resource.", next_step="Name one as the plan tells it.")
    if address in config.resources:
        raise UsageError(
            f"{address} is still declared.",
            next_step=f"Remove its block, {config.resources[address].source}, then run `confsync forget {address}`.",
        )
    if address in config.forget:
        return ()
    _check_owned(address, ledger or local_ledger(config, request.environ))
    return amended(request, "forget", {str(address): None})


def _check_owned(address: "Address", path: Path) -> None:
    """Refuse what the ledger knows nothing of; a journal that an apply left may know more."""
    from confsync.diagnostics import did_you_mean
    from confsync.engine.ownership import books, ledger

    known = ledger.of_anyone(path)
    if known is None or books.journal_of(path).exists() or any(each.address.within(address) for each in known.entries):
        return
    meant = did_you_mean(str(address), map(str, known.current))
    raise UsageError(
        f"Nothing at or under {address} is ours: the ledger {path} does not know it.",
        next_step=meant[:1].upper() + meant[1:] if meant else "`confsync ledger show` lists what is.",
    )


def show_ledger(config: Config, connection: Connection, settings: Settings) -> "Known":
    """Read what is known of what we own, from the right account's ledger and journal; nothing else is read.

    Raises Refused for the wrong account, LocalFileTrouble and TwilioError.
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
    from confsync.engine.checkup.check import Diagnosis
    from confsync.engine.checkup.doctor import unreached
    from confsync.engine.checkup.local_checks import local_checks

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
    from confsync.engine.saved import resumption

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
    from confsync.engine.saved import resumption

    resumption.check_environment(saved, config.environment.name)
    resumption.check_emulator(saved, emulator=connection.emulator)
    resumption.check_host(saved, connection.origin.base_url)
    if connection.credentials.account_sid is not None:
        resumption.check_account(saved, connection.credentials.account_sid)
    resumption.check_time(saved, datetime.now(UTC))


def _check_applyable(made: "Plan") -> None:
    _check_rails(made)
    if made.missing_secrets:
        raise InvalidConfiguration(
            tuple(each.diagnostic for each in made.missing_secrets),
            next_step="Make these secrets available here, then run `confsync apply` again.",
        )


def _check_rails(made: "Plan", *, anew: bool = False) -> None:
    """Refuse a plan with rails; what is lifted for a saved one is lifted when it is made."""
    if made.rails:
        refusal = Stale if any(rail.stale for rail in made.rails) else Refused
        lifts = "; ".join(rail.lifted_by or "nothing does" for rail in made.rails)
        raise refusal(
            "The plan is not applied: " + "; ".join(rail.text for rail in made.rails) + ".",
            next_step=f"To lift it{', make the plan anew with' if anew else ''}: {lifts}.",
        )
