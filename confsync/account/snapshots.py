"""Leaves a snapshot of the live state next to the ledger."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

from confsync.account.shared_state import branch_at
from confsync.config.config import Config
from confsync.errors import LocalFileError
from confsync.live.cached_source import AlreadyRead, CachedSource
from confsync.live.identity import identify
from confsync.live.pending import settle_pending
from confsync.live.rereading import read_again
from confsync.live.saved_snapshot import SavedSnapshot, TakenBy, is_same_state
from confsync.live.snapshot import Snapshot
from confsync.live.snapshot_content import Occasion, record_snapshot
from confsync.live.snapshot_file import parse_snapshot, snapshot_text
from confsync.live.source import TwilioSource
from confsync.planning.make import LivePlan
from confsync.state.ledger import Ledger
from confsync.state.snapshot_store import SnapshotStore
from confsync.state.state_files import snapshot_path
from confsync.state.store import LedgerState
from confsync.twilio.api import Api

REFRESHED_AFTER = timedelta(days=3)
"""A snapshot of an unchanged account is not written again before that: each write is a commit or a changed file."""


def snapshot_store(config: Config, ledger: Path, *, emulator: bool) -> SnapshotStore:
    """Return where the snapshot of an environment is, given the path of its ledger. Raises GitRemoteError."""
    return SnapshotStore(snapshot_path(ledger), None if emulator else branch_at(config, ledger))


def snapshot_after_plan(plan: LivePlan, host: str, taken_by: TakenBy, now: datetime) -> SavedSnapshot:
    """Record what a plan read."""
    known = plan.ledger if plan.target.ledger is not None else None
    return _recorded(plan, plan.snapshot, known, host, taken_by, now)


async def snapshot_after_apply(
    plan: LivePlan, api: Api, read: AlreadyRead, known: LedgerState, host: str, now: datetime
) -> SavedSnapshot:
    """Record everything, with what an apply of a plan may have changed. Raises what the client raises.

    `read` is what the apply read after its last write, so only the rest of that is read here.
    """
    others, reading = plan.snapshot.identity.others, plan.snapshot.reading
    changed = [each.address for each in plan.changes if each.writes]
    if changed:
        reading = await read_again(CachedSource(TwilioSource(api), read), plan.config, known.ledger, reading, changed)
    ledger = settle_pending(known.ledger, reading, plan.config.resources, others.owner)
    identity = await asyncio.to_thread(identify, plan.config, reading, ledger, others)
    snapshot = Snapshot(identity, frozenset(plan.config.resources), reading=reading)
    return _recorded(plan, snapshot, known.ledger if known.present else None, host, "apply", now)


def _recorded(
    plan: LivePlan, snapshot: Snapshot, known: Ledger | None, host: str, taken_by: TakenBy, now: datetime
) -> SavedSnapshot:
    occasion = Occasion(
        taken_at=now,
        taken_by=taken_by,
        environment=plan.target.environment,
        commit=plan.revision.commit,
        unmanaged_counts=plan.unmanaged_counts,
    )
    return record_snapshot(plan.config, snapshot, known, host, plan.target.account_sid, occasion)


def write_snapshot(store: SnapshotStore, saved: SavedSnapshot) -> None:
    """Write a snapshot, unless the one that is there says the same and is young enough.

    Raises LocalFileError, GitRemoteError.
    """
    before = store.read()
    if before is None or not _is_current(before, saved):
        store.write(snapshot_text(saved))


def _is_current(text: str, saved: SavedSnapshot) -> bool:
    try:
        before = parse_snapshot("", text)
    except LocalFileError:
        return False  # it is damaged, or a newer version wrote it
    # one from the future would otherwise stay until then
    return abs(saved.taken_at - before.taken_at) < REFRESHED_AFTER and is_same_state(before, saved)
