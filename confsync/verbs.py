"""What a user can ask for, as functions: validate, plan, save, show, apply, drift. They are the public library as well.

Each is a function of a configuration, a connection and settings; nothing here is remembered between two calls. What
talks to Twilio is imported where it is used: it takes longer to import than `validate` takes in all.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from confsync import collector
from confsync.config.config import Config
from confsync.config.load import load
from confsync.errors import ConfsyncError, InvalidConfiguration, LocalFileTrouble, Refused, Stale
from confsync.secret import Secret

if TYPE_CHECKING:
    import httpx

    from confsync.config.tree import File
    from confsync.engine.apply import Progress, Report
    from confsync.engine.books import Known
    from confsync.engine.check import Check, Diagnosis
    from confsync.engine.fingerprints import Fingerprinter
    from confsync.engine.intent import Intent
    from confsync.engine.plan import LivePlan, Plan, Target
    from confsync.engine.rebuilding import Rebuilt
    from confsync.engine.resumption import Resumption
    from confsync.engine.saved_plan import SavedPlan
    from confsync.names import Address, Sid
    from confsync.twilio.api import Api
    from confsync.twilio.clock import Clock
    from confsync.twilio.credentials import Credentials
    from confsync.twilio.origin import Origin

FINGERPRINT_KEY = "CONFSYNC_FINGERPRINT_KEY"
PLAN_KEY = "CONFSYNC_PLAN_KEY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Which configuration is meant: `files` are layers, and without any it is looked for from `directory` upwards."""

    environ: Mapping[str, str]
    directory: Path = Path()
    files: tuple[Path, ...] = ()
    environment: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How an account is reached, and where its ledger lies. Without a transport, httpx's own is made.

    `clock` is what waits go by, this machine's without one.
    """

    origin: "Origin"
    credentials: "Credentials"
    ledger: Path
    transport: "httpx.AsyncBaseTransport | None" = None
    clock: "Clock | None" = None
    emulator: bool = False


def _no_intent() -> "Intent":
    from confsync.engine.intent import Intent

    return Intent()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a run behaves. `timeout` is the whole of one request in seconds, `max_rps` the requests a second at most.

    `plan_key` signs saved plans, and refuses others. `watch` is told after every answer how many reads and writes were
    sent.
    """

    parallelism: int = 32
    timeout: float = 20.0
    max_rps: float | None = None
    intent: "Intent" = field(default_factory=_no_intent)
    fingerprint_key: Secret | None = None
    plan_key: Secret | None = None
    watch: Callable[[Mapping[str, int]], None] = lambda _: None

    @property
    def fingerprinter(self) -> "Fingerprinter":
        """What takes and compares the fingerprints of secrets."""
        from confsync.engine.fingerprints import Fingerprinter

        return Fingerprinter(self.fingerprint_key)


def validate(request: Request) -> Config:
    """Read a configuration and check everything that can be known without the network.

    Raises UsageError, LocalFileTrouble, and InvalidConfiguration with every mistake.
    """
    return _read(request)


def _read(request: Request, instead: "File | None" = None) -> Config:
    return load(
        directory=request.directory,
        layers=request.files,
        chosen=request.environment,
        given=request.variables,
        environ=request.environ,
        instead=instead,
    )


def _replace(path: Path, text: str) -> None:
    """Write a file of the configuration anew, all at once, for the same people to read."""
    from confsync.engine import whole_file

    try:
        mode = path.stat().st_mode
        whole_file.write(path, text)
        path.chmod(mode)
    except OSError as trouble:
        raise LocalFileTrouble(
            f"{path} cannot be written: {trouble.strerror}.", next_step="Mend its permissions, then run it again."
        ) from trouble


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
    return _amended(request, "adopt", {str(address): sid for address, sid in wanted.items()})


def forget(request: Request, address: "Address") -> tuple[str, ...]:
    """Write a `forget` entry into the configuration; give the lines of the diff.

    Raises UsageError where the address is still declared, and what `validate` raises.
    """
    from confsync.errors import UsageError
    from confsync.resources import kind_of

    config = validate(request)
    if kind_of(address) is None:
        raise UsageError(f"'{address}' is no address of a resource.", next_step="Name one as the plan tells it.")
    if address in config.resources:
        raise UsageError(
            f"{address} is still declared.",
            next_step=f"Remove its block, {config.resources[address].source}, then run `confsync forget {address}`.",
        )
    return () if address in config.forget else _amended(request, "forget", {str(address): None})


def _amended(request: Request, word: str, entries: Mapping[str, str | None]) -> tuple[str, ...]:
    """Write entries into the section of the chosen environment, or at the top where there is none."""
    from difflib import unified_diff

    from confsync.config import insertion
    from confsync.config.tree import Mapping as Tree

    config = _read(request)
    name = config.environment.name
    path = ("environments", name, word) if name else (word,)
    home = config.top
    for step in path:
        below = home.node.items.get(step) if isinstance(home.node, Tree) else None
        home = below or home
    before = file = home.node.file if home is config.top else home.file
    for key, value in entries.items():
        text = insertion.listed(file, path, key) if value is None else insertion.tied(file, path, key, value)
        file = replace(file, raw=text.encode())
    _read(request, file)
    _replace(before.location.resolve(), file.raw.decode())
    old, new = (each.raw.decode().splitlines() for each in (before, file))
    return tuple(unified_diff(old, new, before.path, before.path, lineterm=""))


def twilio_connection(config: Config, environ: Mapping[str, str]) -> Connection:
    """Reach the account that the environment variables have credentials for.

    Against another host than Twilio's own, the ledger is kept apart. Raises MissingCredentials, Refused, UsageError.
    """
    from confsync.twilio import credentials as signing
    from confsync.twilio.origin import origin_of

    environment = config.environment
    origin = origin_of(environment.region, environment.edge, environ)
    folder = config.folder / ".confsync" / origin.host.replace(":", "-") if origin.redirected else config.folder
    return Connection(
        origin=origin,
        credentials=signing.read(environ, environment.credentials),
        ledger=folder / ledger_name(environment.name),
    )


def ledger_name(environment: str | None) -> str:
    """Name the ledger's file: each environment has its own."""
    return f"confsync.ledger.{environment}.json" if environment else "confsync.ledger.json"


def plan(config: Config, connection: Connection, settings: Settings) -> "LivePlan":
    """Read the live state and say what an apply would do. Nothing is written, to Twilio or to the ledger.

    Raises Refused for the wrong account, LocalFileTrouble, ContradictoryRead and TwilioError.
    """
    import asyncio

    return asyncio.run(_plan(config, connection, settings))


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

    made = plan(config, connection, settings)
    review(made)
    _check_applyable(made)
    return asyncio.run(_carry_out(made, connection, settings, progress))


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

    from confsync.engine.check import Diagnosis
    from confsync.engine.doctor import unreached
    from confsync.engine.local_checks import local_checks

    config, wrong = _readable(request)
    keyed, folder = settings.fingerprint_key is not None, config.folder if config else request.directory
    local = tuple(local_checks(config, wrong, folder, keyed=keyed))
    try:
        with connect(config) as connection:
            live = asyncio.run(_examined(config, connection, settings)) if connection else unreached(None)
    except ConfsyncError as trouble:
        live = unreached(trouble)
    return Diagnosis((*local, *live), getattr(wrong, "diagnostics", ()))


def bare_connection(request: Request) -> Connection:
    """Reach whichever account the environment variables have credentials for, without a configuration.

    Raises MissingCredentials, Refused, UsageError.
    """
    from confsync.twilio import credentials as signing
    from confsync.twilio.origin import origin_of

    return Connection(
        origin=origin_of(None, None, request.environ),
        credentials=signing.read(request.environ),
        ledger=request.directory / ledger_name(request.environment),
    )


def show_ledger(config: Config, connection: Connection, settings: Settings) -> "Known":
    """Read what is known of what we own, from the right account's ledger and journal; nothing else is read.

    Raises Refused for the wrong account, LocalFileTrouble and TwilioError.
    """
    import asyncio

    return asyncio.run(_show_ledger(config, connection, settings))


def rebuild_ledger(config: Config, connection: Connection, settings: Settings) -> "Rebuilt":
    """Make a new ledger of what is live, where the old one is lost or spoilt, which is kept. Twilio is only read.

    Raises as `plan` does, and Refused where the ledger is sound.
    """
    import asyncio

    return asyncio.run(_rebuild_ledger(config, connection, settings))


def _readable(request: Request) -> tuple[Config | None, ConfsyncError | None]:
    try:
        return validate(request), None
    except ConfsyncError as wrong:
        return None, wrong


async def _examined(config: Config | None, connection: Connection, settings: Settings) -> "tuple[Check, ...]":
    from confsync.engine.doctor import examined
    from confsync.engine.live_checks import Account

    claimed = connection.credentials.account_sid

    def check(account_sid: str) -> None:
        _check_claim(claimed, account_sid)
        if config:
            _check_account(config, account_sid)

    async with _connected(connection, settings) as api:
        return await examined(
            Account(
                api=api,
                host=connection.origin.host,
                ledger=connection.ledger,
                expected=(config.environment.account_sid if config else None) or claimed,
                check=check,
                config=config,
            )
        )


async def _show_ledger(config: Config, connection: Connection, settings: Settings) -> "Known":
    async with _signed_in(config, connection, settings) as (_, _, known):
        return known


async def _rebuild_ledger(config: Config, connection: Connection, settings: Settings) -> "Rebuilt":
    from confsync.engine import books
    from confsync.engine.rebuilding import rebuild

    async with _at_account(config, connection, settings) as (api, account_sid):
        salvage = books.salvage(connection.ledger, account_sid=account_sid, host=connection.origin.host)
        target = _target(config, connection, account_sid, None)
        known = books.Known(salvage.ledger, present=False, standing=books.Standing.NONE)
        made = await _planned(config, settings, api, target, known)
    return rebuild(connection.ledger, salvage, made)


def save(made: "Plan", path: Path, lifetime: timedelta, settings: Settings) -> "SavedPlan":
    """Write a plan to a file, to be applied later, by whoever has the file. Raises LocalFileTrouble."""
    from confsync.engine import saved_plan

    saved = saved_plan.named(made, lifetime, datetime.now(UTC))
    saved_plan.write(path, saved, settings.plan_key)
    return saved


def show(path: Path, settings: Settings) -> "SavedPlan":
    """Read a saved plan again, whatever became of it; nothing is asked of Twilio.

    Raises LocalFileTrouble where the file is none, Refused where it is not signed with the key.
    """
    from confsync.engine import saved_plan

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
    from confsync.engine import resumption

    _check_rails(saved.plan)
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
    from confsync.engine import resumption

    _check_saved(saved, config, connection)
    return _apply_of(saved, config, connection, settings, review, progress, resumption.approved)


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

    from confsync.engine import resumption

    fresh = plan(config, connection, replace(settings, intent=saved.plan.intent))
    resumption.check_account(saved, fresh.target.account_sid)
    resumption.check_ledger(saved, fresh)
    rest = rest_of(saved, fresh)
    review(rest)
    _check_applyable(rest.plan)
    spent = {saved.id: saved.expires_at.isoformat()}
    return asyncio.run(_carry_out(rest.plan, connection, settings, progress, spent))


def _check_saved(saved: "SavedPlan", config: Config, connection: Connection) -> None:
    """Refuse what can be refused before anything is asked."""
    from confsync.engine import resumption

    resumption.check_environment(saved, config.environment.name)
    resumption.check_emulator(saved, emulator=connection.emulator)
    resumption.check_host(saved, connection.origin.base_url)
    if connection.credentials.account_sid is not None:
        resumption.check_account(saved, connection.credentials.account_sid)
    resumption.check_time(saved, datetime.now(UTC))


async def _plan(config: Config, connection: Connection, settings: Settings) -> "LivePlan":
    async with _signed_in(config, connection, settings) as (api, target, known):
        return await _planned(config, settings, api, target, known)


async def _carry_out(
    made: "LivePlan",
    connection: Connection,
    settings: Settings,
    progress: "Progress",
    spent: Mapping[str, str] | None = None,
) -> "Report":
    """Apply a plan that was reviewed, outside of any event loop: a review waits for a person, who may press Ctrl-C."""
    from confsync.engine import apply as applying
    from confsync.engine import books
    from confsync.engine.record import Record

    record = Record(books.take_up(connection.ledger, made.ledger), made.snapshot.ledger, settings.fingerprinter)
    async with _connected(connection, settings) as api:
        return await applying.apply(made, api, record, progress, spent=spent)


async def _planned(config: Config, settings: Settings, api: "Api", target: "Target", known: "Known") -> "LivePlan":
    from confsync.engine import history
    from confsync.engine import plan as planning
    from confsync.engine import snapshot as snapshots
    from confsync.engine.destruction import all_that_is_ours
    from confsync.engine.orphans import managed
    from confsync.engine.selection import Scope, letting_go
    from confsync.engine.toll import counted

    revision = history.revision_of(config)
    older = history.rollback(config, revision, known.ledger.commit, lifted=settings.intent.lifts.allow_rollback)
    config = letting_go(config, settings.intent.selection)
    ours = managed(config, known.ledger)
    everything = all_that_is_ours(config, ours) if settings.intent.destroy else config
    scope = Scope(everything, settings.intent.selection, destroys=settings.intent.destroy)
    snapshot = await snapshots.take(api, everything, ours, scope.view(everything), scope.owned(ours))
    scope.check_found(snapshot, known.ledger)
    with collector.paused():
        made = planning.make(
            everything,
            scope.narrowed(snapshot, ours),
            target,
            ledger=known.ledger,
            fingerprinter=settings.fingerprinter,
            revision=revision,
            intent=settings.intent,
            reads=api.requests["reads"],
        )
        made = replace(made, rails=(*older, *made.rails), warnings=(*made.warnings, *known.warnings))
    return await counted(made, api)


@asynccontextmanager
async def _signed_in(
    config: Config, connection: Connection, settings: Settings
) -> AsyncIterator[tuple["Api", "Target", "Known"]]:
    """Make sure of the account before anything else is asked, and read its ledger."""
    from confsync.engine import books

    async with _at_account(config, connection, settings) as (api, account_sid):
        required = config.environment.require_ledger
        known = books.read(connection.ledger, account_sid=account_sid, host=connection.origin.host, required=required)
        yield api, _target(config, connection, account_sid, known.ledger.serial if known.present else None), known


@asynccontextmanager
async def _at_account(config: Config, connection: Connection, settings: Settings) -> AsyncIterator[tuple["Api", str]]:
    """Make sure of the account before anything else is asked."""
    claimed = connection.credentials.account_sid
    if claimed is not None:
        _check_account(config, claimed)
    async with _connected(connection, settings) as api:
        account_sid = await api.account()
        _check_claim(claimed, account_sid)
        _check_account(config, account_sid)
        yield api, account_sid


def _target(config: Config, connection: Connection, account_sid: str, serial: int | None) -> "Target":
    from confsync.engine.plan import Target

    return Target(
        account_sid=account_sid,
        environment=config.environment.name,
        region=config.environment.region,
        base_url=connection.origin.base_url,
        emulator=connection.emulator,
        ledger=serial,
    )


def _connected(connection: Connection, settings: Settings) -> "Api":
    from confsync.twilio.api import connect

    return connect(
        connection.origin,
        connection.credentials,
        transport=connection.transport,
        concurrency=settings.parallelism,
        timeout=settings.timeout,
        clock=connection.clock,
        max_rps=settings.max_rps,
        watch=settings.watch,
    )


def _check_claim(claimed: str | None, account_sid: str) -> None:
    """Refuse credentials that open another account than the environment variables say."""
    if claimed not in (None, account_sid):
        raise Refused(
            f"The environment variables name account {claimed}, and the credentials open {account_sid}.",
            next_step="Set the account SID and the credentials of one account.",
        )


def _check_account(config: Config, account_sid: str) -> None:
    environment = config.environment
    if environment.account_sid not in (None, account_sid):
        raise Refused(
            f"The credentials are for account {account_sid}, "
            f"and environment '{environment.name}' is account {environment.account_sid}.",
            next_step="Set the credentials of that account, or select the environment of this one with -e.",
        )


def _check_applyable(made: "Plan") -> None:
    _check_rails(made)
    if made.missing_secrets:
        raise InvalidConfiguration(
            tuple(each.diagnostic for each in made.missing_secrets),
            next_step="Make these secrets available here, then run `confsync apply` again.",
        )


def _check_rails(made: "Plan") -> None:
    if made.rails:
        refusal = Stale if any(rail.stale for rail in made.rails) else Refused
        lifts = "; ".join(rail.lifted_by or "nothing does" for rail in made.rails)
        raise refusal(
            "The plan is not applied: " + "; ".join(rail.text for rail in made.rails) + ".",
            next_step=f"To lift it: {lifts}.",
        )
