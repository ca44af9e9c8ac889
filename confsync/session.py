"""One sitting at one account: sign in, make sure of it, read its ledger; then plan there, apply, or look around."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

from confsync import collector
from confsync.config.config import Config
from confsync.connection import Connection
from confsync.engine import history
from confsync.engine import plan as planning
from confsync.engine import snapshot as snapshots
from confsync.engine.applying import apply as applying
from confsync.engine.applying.report import Progress, Report
from confsync.engine.checkup import doctor
from confsync.engine.checkup.check import Check
from confsync.engine.checkup.live_checks import Patient
from confsync.engine.destruction import all_that_is_ours
from confsync.engine.orphans import managed
from confsync.engine.ownership import books
from confsync.engine.ownership.books import Known
from confsync.engine.ownership.ledger import Ledger
from confsync.engine.ownership.rebuilding import Rebuilt, rebuild
from confsync.engine.ownership.record import Record
from confsync.engine.plan import LivePlan, Target
from confsync.engine.safety.lifting import check_deletes
from confsync.engine.safety.toll import counted
from confsync.engine.selection import Scope, letting_go
from confsync.errors import Refused
from confsync.settings import Settings
from confsync.twilio.api import Api, connect


async def plan(config: Config, connection: Connection, settings: Settings) -> LivePlan:
    """Read what is live, and say what an apply would do."""
    async with _signed_in(config, connection, settings) as (api, target, known):
        return await _planned(config, settings, api, target, known)


async def carry_out(
    made: LivePlan,
    connection: Connection,
    settings: Settings,
    progress: Progress,
    spent: Mapping[str, str] | None = None,
) -> Report:
    """Apply a plan that was reviewed, outside of any event loop: a review waits for a person, who may press Ctrl-C."""
    record = Record(books.take_up(connection.ledger, made.ledger), made.snapshot.ledger, settings.fingerprinter)
    async with _connected(connection, settings) as api:
        return await applying.apply(made, api, record, progress, spent=spent)


async def known(config: Config, connection: Connection, settings: Settings) -> Known:
    """Read what is known of what we own."""
    async with _signed_in(config, connection, settings) as (_, _, what_is_known):
        return what_is_known


async def rebuilt(config: Config, connection: Connection, settings: Settings) -> Rebuilt:
    """Make a ledger that cannot be read anew, of a plan that was made with what of it could be saved."""
    async with _at_account(config, connection, settings) as (api, account_sid):
        salvage = books.salvage(connection.ledger, account_sid=account_sid, host=connection.origin.host)
        nothing = Known(salvage.ledger, present=False, standing=books.Standing.NONE)
        made = await _planned(config, settings, api, _target(config, connection, account_sid, None), nothing)
    return rebuild(connection.ledger, salvage, made)


async def examined(config: Config | None, connection: Connection, settings: Settings) -> tuple[Check, ...]:
    """Look at everything that only the account can tell; a configuration that is not valid leaves some of it out."""
    claimed = connection.credentials.account_sid

    def check(account_sid: str) -> None:
        _check_claim(claimed, account_sid)
        if config:
            _check_account(config, account_sid)

    async with _connected(connection, settings) as api:
        return await doctor.examined(
            Patient(
                api=api,
                host=connection.origin.host,
                ledger=connection.ledger,
                expected=(config.environment.account_sid if config else None) or claimed,
                check=check,
                config=config,
            )
        )


async def _planned(config: Config, settings: Settings, api: Api, target: Target, known: Known) -> LivePlan:
    check_deletes(settings.intent.lifts, config, known.ledger)
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
) -> AsyncIterator[tuple[Api, Target, Known]]:
    """Make sure of the account before anything else is asked, and read its ledger."""
    async with _at_account(config, connection, settings) as (api, account_sid):
        required = config.environment.require_ledger
        known = books.read(connection.ledger, account_sid=account_sid, host=connection.origin.host, required=required)
        yield api, _target(config, connection, account_sid, known.ledger if known.present else None), known


@asynccontextmanager
async def _at_account(config: Config, connection: Connection, settings: Settings) -> AsyncIterator[tuple[Api, str]]:
    """Make sure of the account before anything else is asked."""
    claimed = connection.credentials.account_sid
    if claimed is not None:
        _check_account(config, claimed)
    async with _connected(connection, settings) as api:
        account_sid = await api.account()
        _check_claim(claimed, account_sid)
        _check_account(config, account_sid)
        yield api, account_sid


def _target(config: Config, connection: Connection, account_sid: str, ledger: Ledger | None) -> Target:
    return Target(
        account_sid=account_sid,
        environment=config.environment.name,
        region=config.environment.region,
        base_url=connection.origin.base_url,
        emulator=connection.emulator,
        ledger=ledger.serial if ledger else None,
        lineage=ledger.lineage if ledger else "",
    )


def _connected(connection: Connection, settings: Settings) -> Api:
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
