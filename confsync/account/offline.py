"""Plans against a snapshot: without credentials, and without a request to Twilio."""

import asyncio
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from confsync.account import planning_run
from confsync.account.blocking import run_blocking
from confsync.account.checks import check_intent, check_natural_keys
from confsync.account.configuration import emulator_ledger_in
from confsync.account.connection import EMULATOR_ORIGIN, local_ledger, origin_in
from confsync.account.results import Plan
from confsync.account.shared_state import masking_known
from confsync.account.snapshots import snapshot_store
from confsync.config.codes import Code
from confsync.config.config import Config
from confsync.diagnostics import Diagnostic
from confsync.errors import LocalFileError, Refused, UsageError
from confsync.live.counting import count_written, top_collections
from confsync.live.saved_snapshot import SavedSnapshot, SnapshotSource
from confsync.live.snapshot_file import parse_snapshot
from confsync.plan.intent import Intent
from confsync.plan.plan import Target, UnmanagedCount
from confsync.planning.make import LivePlan
from confsync.quoting import in_quotes
from confsync.state.fingerprints import AbsentFingerprints
from confsync.state.ledger import Ledger
from confsync.state.snapshot_store import read_snapshot_text
from confsync.state.store import JournalState, LedgerState
from confsync.twilio.origin import Origin

OLD_AFTER = timedelta(days=7)
"""A plan against an older snapshot warns."""


class SnapshotPlace(Struct, frozen=True, kw_only=True):
    """Where a snapshot is, and of which host it must be: in a file, or without a `path` next to a ledger."""

    origin: Origin
    ledger: Path
    emulator: bool = False
    path: Path | None = None


async def plan_against(
    config: Config,
    path: str | Path | None = None,
    intent: Intent | None = None,
    *,
    environ: Mapping[str, str] | None = None,
) -> Plan:
    """Plan against a snapshot that an apply or a drift left; without a path, against the one next to the ledger.

    No request goes to Twilio, and no credentials are used. The plan cannot be applied or saved.

    Raises LocalFileError if there is no snapshot or if it is damaged, Refused if it is of another account, environment
    or host, UsageError, and InvalidConfiguration.
    """
    place = snapshot_place(config, path, os.environ if environ is None else environ)
    return await plan_against_place(config, place, intent)


def plan_against_sync(
    config: Config,
    path: str | Path | None = None,
    intent: Intent | None = None,
    *,
    environ: Mapping[str, str] | None = None,
) -> Plan:
    """Plan as `plan_against` does, for a program without an event loop."""
    return run_blocking(plan_against(config, path, intent, environ=environ))


def snapshot_place(
    config: Config, path: str | Path | None, environ: Mapping[str, str], ledger: Path | None = None
) -> SnapshotPlace:
    """Say where the snapshot of a configuration is; `ledger` is the path of its ledger, if that is not the usual one.

    Raises Refused, UsageError.
    """
    emulator = config.options.emulator
    usual = emulator_ledger_in(config.folder, config.environment.name) if emulator else local_ledger(config, environ)
    return SnapshotPlace(
        origin=EMULATOR_ORIGIN if emulator else origin_in(config, environ),
        ledger=ledger or usual,
        emulator=emulator,
        path=None if path is None else Path(path),
    )


async def plan_against_place(config: Config, place: SnapshotPlace, intent: Intent | None = None) -> Plan:
    """Plan against the snapshot in a place. Raises what `plan_against` raises."""
    intent = intent or Intent()
    if intent.destroy:
        raise UsageError(
            "A plan to destroy everything needs the live state: a snapshot has no users and no conversations.",
            hint="Run `confsync plan --destroy` with the credentials of the account.",
        )
    check_intent(intent, config)
    saved = await asyncio.to_thread(_read, config, place)
    _check_snapshot(saved, config, place)
    config, now = await asyncio.to_thread(masking_known, config, saved.ledger), datetime.now(UTC)
    basis = planning_run.PlanBasis(
        config=config,
        intent=intent,
        target=_target(saved, config, place),
        state=LedgerState(
            saved.ledger or Ledger(saved.account_sid, saved.host),
            present=saved.ledger is not None,
            state=JournalState.NONE,
            warnings=tuple(_age_warning(saved, now)),
        ),
        others=saved.others,
        fingerprinter=AbsentFingerprints(),
    )
    made = await planning_run.plan_from(SnapshotSource(saved), basis)
    check_natural_keys(made)
    counts = tuple(_counts(made, saved)) if intent.ordinary else ()
    live = replace(made, as_of=saved.taken_at, unmanaged_counts=counts)
    return Plan(live=live, created_at=now)


def _read(config: Config, place: SnapshotPlace) -> SavedSnapshot:
    if place.path is not None:
        return parse_snapshot(place.path, read_snapshot_text(place.path))
    store = snapshot_store(config, place.ledger, emulator=place.emulator)
    text = store.read()
    if text is None:
        raise LocalFileError(
            f"There is no snapshot {store}.",
            hint="Run `confsync drift` with the credentials of the account: it leaves one there.",
        )
    return parse_snapshot(store, text)


def _check_snapshot(saved: SavedSnapshot, config: Config, place: SnapshotPlace) -> None:
    """Refuse the snapshot of another account, environment or host."""
    environment = config.environment
    if environment.account_sid not in (None, saved.account_sid):
        raise Refused(
            f"The snapshot is of account {saved.account_sid}, "
            f"but environment {in_quotes(environment.name)} is account {environment.account_sid}.",
            hint="Name the snapshot of that account, or select the environment of this one with -e.",
        )
    if saved.environment != environment.name:
        raise Refused(
            f"The snapshot is of {_named(saved.environment)}, and this run is for {_named(environment.name)}.",
            hint="Name the snapshot of that environment, or select the environment of this one with -e.",
        )
    if saved.host != place.origin.host:
        raise Refused(
            f"The snapshot is of an account at {saved.host}, and this run is for one at {place.origin.host}.",
            hint="Name a snapshot of that host. That of the embedded emulator needs --emulator.",
        )


def _named(environment: str | None) -> str:
    return "no environment" if environment is None else f"environment {in_quotes(environment)}"


def _target(saved: SavedSnapshot, config: Config, place: SnapshotPlace) -> Target:
    return Target(
        account_sid=saved.account_sid,
        environment=config.environment.name,
        region=config.environment.region,
        base_url=place.origin.base_url,
        emulator=place.emulator,
        ledger=saved.ledger.serial if saved.ledger else None,
        lineage=saved.ledger.lineage if saved.ledger else "",
    )


def _counts(made: LivePlan, saved: SavedSnapshot) -> Iterator[UnmanagedCount]:
    """Count the unmanaged resources at the top, as far as the snapshot knows them."""
    yield from count_written(made.config, made)
    owned = made.ledger.owner.keys() | saved.others.owner.keys()
    counted = {each.section: each for each in saved.unmanaged_counts}
    for above, kind, _ in top_collections():
        members = saved.members.get((None, kind))
        if (above, kind) in made.config.collections:
            continue
        if members is not None:
            ignores, home = made.config.environment.ignores, above / kind.section
            strange = (each for each in members if each.sid not in owned)
            found = [each for each in strange if not ignores(home / str(each.name or each.sid))]
            by_twilio = sum(each.created_by_twilio for each in found)
            yield UnmanagedCount(kind.section, len(found), by_twilio=by_twilio)
        elif kind.section in counted:
            yield counted[kind.section]


def _age_warning(saved: SavedSnapshot, now: datetime) -> Iterator[Diagnostic]:
    days = (now - saved.taken_at).days
    if days >= OLD_AFTER.days:
        summary = f"the snapshot is {days:,} days old, so Twilio may have changed since"
        hint = "run `confsync drift` with the credentials of the account: it takes a new one"
        yield Diagnostic("warning", Code.OLD_SNAPSHOT, summary, hint)
