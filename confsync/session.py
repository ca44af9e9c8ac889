"""One sitting at one account: sign in, make sure of it, read its ledger; then plan there, apply, or look around."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from msgspec.structs import replace

from confsync import collector
from confsync.apply import apply as applying
from confsync.apply.report import Progress, Report
from confsync.config.config import Config
from confsync.connection import Connection
from confsync.doctor import examine
from confsync.doctor.check import Check
from confsync.doctor.live_checks import DoctorContext
from confsync.errors import Refused
from confsync.live import snapshot as snapshots
from confsync.plan.plan import Target
from confsync.planning import make as planning
from confsync.planning.blast_radius import count_dependents
from confsync.planning.destruction import all_that_is_ours
from confsync.planning.make import LivePlan
from confsync.planning.orphans import managed
from confsync.planning.overrides import check_owned_overrides
from confsync.planning.selection import Scope, letting_go
from confsync.settings import Settings
from confsync.state import git, store
from confsync.state.ledger import Ledger
from confsync.state.rebuild import Rebuilt, rebuild
from confsync.state.recorder import ApplyRecorder
from confsync.state.store import LedgerState
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
    record = ApplyRecorder(
        store.open_for_apply(connection.ledger, made.ledger), made.snapshot.ledger, settings.fingerprinter
    )
    async with _connected(connection, settings) as api:
        return await applying.apply(made, api, record, progress, spent=spent)


async def known(config: Config, connection: Connection, settings: Settings) -> LedgerState:
    """Read what is known of what we own."""
    async with _signed_in(config, connection, settings) as (_, _, what_is_known):
        return what_is_known


async def rebuilt(config: Config, connection: Connection, settings: Settings) -> Rebuilt:
    """Make a ledger that cannot be read anew, of a plan that was made with what of it could be saved."""
    async with _at_account(config, connection, settings) as (api, account_sid):
        salvage = store.salvage(connection.ledger, account_sid=account_sid, host=connection.origin.host)
        nothing = LedgerState(salvage.ledger, present=False, state=store.JournalState.NONE)
        made = await _planned(config, settings, api, _target(config, connection, account_sid, None), nothing)
    return rebuild(connection.ledger, salvage, made.changes, made.snapshot.ledger)


async def examined(config: Config | None, connection: Connection, settings: Settings) -> tuple[Check, ...]:
    """Look at everything that only the account can tell; a configuration that is not valid leaves some of it out."""
    claimed = connection.credentials.account_sid

    def check(account_sid: str) -> None:
        _check_claim(claimed, account_sid)
        if config:
            _check_account(config, account_sid)

    async with _connected(connection, settings) as api:
        return await examine.examined(
            DoctorContext(
                api=api,
                host=connection.origin.host,
                ledger=connection.ledger,
                expected=(config.environment.account_sid if config else None) or claimed,
                check=check,
                config=config,
            )
        )


async def _planned(config: Config, settings: Settings, api: Api, target: Target, known: LedgerState) -> LivePlan:
    check_owned_overrides(settings.intent.overrides, config, known.ledger)
    revision = git.revision_of(config)
    older = git.rollback(config, revision, known.ledger.commit, lifted=settings.intent.overrides.allow_rollback)
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
        made = replace(made, guardrails=(*older, *made.guardrails), warnings=(*made.warnings, *known.warnings))
    return await count_dependents(made, api)


@asynccontextmanager
async def _signed_in(
    config: Config, connection: Connection, settings: Settings
) -> AsyncIterator[tuple[Api, Target, LedgerState]]:
    """Make sure of the account before anything else is asked, and read its ledger."""
    async with _at_account(config, connection, settings) as (api, account_sid):
        required = config.environment.require_ledger
        known = store.read(connection.ledger, account_sid=account_sid, host=connection.origin.host, required=required)
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
            hint="Set the account SID and the credentials of one account.",
        )


def _check_account(config: Config, account_sid: str) -> None:
    environment = config.environment
    if environment.account_sid not in (None, account_sid):
        raise Refused(
            f"The credentials are for account {account_sid}, "
            f"and environment '{environment.name}' is account {environment.account_sid}.",
            hint="Set the credentials of that account, or select the environment of this one with -e.",
        )
