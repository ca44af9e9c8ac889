"""Makes a plan. The plan object that is shown is the one that is applied."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from confsync.config.config import Config
from confsync.live.snapshot import Snapshot
from confsync.names import Address, Sid
from confsync.plan.change import CREATES, Change
from confsync.plan.intent import Intent
from confsync.plan.plan import OrphanedResource, Plan, ProbableDuplicate, Revision, Target, UnmanagedResource
from confsync.planning.destruction import Destruction
from confsync.planning.guardrails.checks import find_guardrails
from confsync.planning.guardrails.protection import find_lost_protection
from confsync.planning.orphan_advice import find_orphans
from confsync.planning.orphans import (
    forgotten_resources,
    owned_lookups,
    snapshot_without_forgotten,
    unneeded_entries,
)
from confsync.planning.pending_replaces import snapshot_without_decided
from confsync.planning.planner import Planner
from confsync.planning.probable_duplicates import find_probable_duplicates
from confsync.planning.risks.checks import with_risks
from confsync.planning.selection import SelectionScope
from confsync.planning.unmarked import with_unmarked_values
from confsync.planning.unrecorded import without_unrecorded
from confsync.planning.warnings import plan_warnings
from confsync.state.fingerprints import Fingerprinter
from confsync.state.ledger import Ledger
from confsync.state.replay import RecordedValues
from confsync.twilio.limiter import Concurrency


class LivePlan(Plan, frozen=True, kw_only=True, dict=True):
    """A plan that can be applied, with everything that it was made from. `ledger` is the ledger as read.

    `dropped` are the addresses whose entries leave the ledger because confsync does not manage the resource any more.
    `concurrency` is how many requests ran at once while it was made, if they went to Twilio.
    """

    config: Config
    ledger: Ledger
    snapshot: Snapshot
    fingerprinter: Fingerprinter
    dropped: tuple[Address, ...] = ()
    concurrency: Concurrency | None = None


def make_plan(
    config: Config,
    snapshot: Snapshot,
    target: Target,
    *,
    ledger: Ledger,
    fingerprinter: Fingerprinter,
    revision: Revision | None = None,
    intent: Intent | None = None,
    recorded: RecordedValues | None = None,
) -> LivePlan:
    """Decide what to do about every configured resource. Raises InvalidConfiguration if they form a cycle."""
    intent, recorded = intent or Intent(), recorded or {}
    config, snapshot, ledger, unrecorded = without_unrecorded(config, snapshot, ledger)
    forgotten = tuple(forgotten_resources(config, {**snapshot.ledger.current, **ledger.current}))
    snapshot = snapshot_without_forgotten(config, snapshot)
    config = with_unmarked_values(config, snapshot.ledger)
    scope = SelectionScope(config, intent.selection, destroys=intent.destroy)
    snapshot = snapshot_without_decided(snapshot, scope)
    orphaned = tuple(each for each in find_orphans(config, snapshot, intent.overrides) if scope.includes(each.address))
    if intent.destroy:
        found = Destruction(config, snapshot, scope).changes()
    else:
        planned = Planner(config, snapshot, fingerprinter, recorded).changes(orphaned)
        found = (each for each in planned if scope.includes(each.address))
    changes = tuple(with_risks(_with_lookups(one, snapshot), config, snapshot, fingerprinter, ledger) for one in found)
    looked_up = tuple(each for each in owned_lookups(config, snapshot) if scope.includes(each.address))
    blocking = scope.guardrails(snapshot, changes, find_guardrails(config, snapshot, ledger, changes, intent))
    unmanaged, duplicates = _unmanaged(tuple(_remaining_unmanaged(snapshot, changes, forgotten)), snapshot, scope)
    return LivePlan(
        config=config,
        target=target,
        revision=revision or Revision(digest=config.digest, files=config.files, resources=len(config.declared)),
        reads=0,
        intent=intent,
        ledger=ledger,
        snapshot=snapshot,
        fingerprinter=fingerprinter,
        changes=changes,
        unmanaged=tuple(each for each in unmanaged if not config.environment.ignores(each.address)),
        probable_duplicates=duplicates,
        orphaned=tuple(_remaining_orphans(orphaned, changes)),
        forgotten=forgotten,
        dropped=tuple(each.address for each in (*looked_up, *unneeded_entries(config, snapshot))),
        guardrails=(*blocking, *find_lost_protection(config, snapshot, ledger, scope, looked_up)),
        warnings=(*config.warnings, *plan_warnings(config, snapshot, changes, recorded)),
        unrecorded=unrecorded,
    )


def _remaining_unmanaged(
    snapshot: Snapshot, changes: Iterable[Change], forgotten: Iterable[OrphanedResource]
) -> Iterator[UnmanagedResource]:
    """Yield the resources that confsync owns in no environment and that no deletion includes."""
    owned = snapshot.ledger.owner.keys() | snapshot.other_owners.keys() | {each.sid for each in forgotten}
    deleted = [each.address for each in changes if each.deletes]
    for each in snapshot.unmanaged:
        inside = any(each.address != parent and each.address.within(parent) for parent in deleted)
        if each.found.sid not in owned and not inside:
            yield each


def _unmanaged(
    remaining: tuple[UnmanagedResource, ...], snapshot: Snapshot, scope: SelectionScope
) -> tuple[tuple[UnmanagedResource, ...], tuple[ProbableDuplicate, ...]]:
    """Separate the probable duplicates from the other unmanaged resources, and select what is in the scope."""
    found = find_probable_duplicates(snapshot, frozenset(each.found.sid for each in remaining))
    duplicates = tuple(each for each in found if scope.includes(each.address))
    elsewhere = {each.duplicate_sid for each in duplicates}
    selected = (each for each in remaining if scope.includes(each.address))
    return tuple(each for each in selected if each.found.sid not in elsewhere), duplicates


def _with_lookups(change: Change, snapshot: Snapshot) -> Change:
    """Add which references have no SID yet, and which live resources have the natural key of one to create."""
    if not change.actions:
        return change
    desired = change.desired.fields.items()
    unresolved = tuple(
        name for name, value in desired if isinstance(value, Address) and value not in snapshot.known_sids
    )
    return replace(change, unresolved=unresolved, same_name=_same_name(change, snapshot))


def _same_name(change: Change, snapshot: Snapshot) -> tuple[Sid, ...]:
    if not CREATES.intersection(change.actions):
        return ()
    return snapshot.sids_by_key.get((Address(change.address[:-1]), change.desired.natural_key()), ())


def _remaining_orphans(orphaned: Iterable[OrphanedResource], changes: Iterable[Change]) -> Iterator[OrphanedResource]:
    """Return the orphaned resources that no deletion includes."""
    deleted = tuple(each for each in changes if each.deletes)
    sids = {each.sid for each in deleted}
    also_deleted = {address for each in deleted for address in each.also_deleted}
    return (each for each in orphaned if each.sid not in sids and each.address not in also_deleted)
