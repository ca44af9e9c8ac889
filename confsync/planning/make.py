"""What would be done, and why: the object that is shown is the object that is applied."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from confsync.config.config import Config
from confsync.live.snapshot import Snapshot
from confsync.names import Address, Sid
from confsync.plan.change import CREATES, Change
from confsync.plan.intent import Intent
from confsync.plan.plan import OrphanedResource, Plan, Revision, Target, UnmanagedResource
from confsync.planning.destruction import Destruction
from confsync.planning.guardrails import find_guardrails
from confsync.planning.orphans import find_orphans, forgotten_resources, release_forgotten
from confsync.planning.planner import Planner
from confsync.planning.risks import with_risks
from confsync.planning.selection import SelectionScope
from confsync.planning.warnings import plan_warnings
from confsync.state.fingerprints import Fingerprinter
from confsync.state.ledger import Ledger


class LivePlan(Plan, frozen=True, kw_only=True, dict=True):
    """A plan that can be applied, with all that it was made from. `ledger` is as it was read."""

    config: Config
    ledger: Ledger
    snapshot: Snapshot


def make_plan(
    config: Config,
    snapshot: Snapshot,
    target: Target,
    *,
    ledger: Ledger,
    fingerprinter: Fingerprinter,
    revision: Revision | None = None,
    intent: Intent | None = None,
    reads: int = 0,
) -> LivePlan:
    """Decide what to do about every configured resource. Raises InvalidConfiguration where they form a circle."""
    intent = intent or Intent()
    letting_go = tuple(forgotten_resources(config, {**snapshot.ledger.current, **ledger.current}))
    snapshot = release_forgotten(config, snapshot)
    scope = SelectionScope(config, intent.selection, destroys=intent.destroy)
    left_over = tuple(each for each in find_orphans(config, snapshot) if scope.means(each.address))
    found = (
        Destruction(config, snapshot, scope).changes()
        if intent.destroy
        else (each for each in Planner(config, snapshot, fingerprinter).changes(left_over) if scope.means(each.address))
    )
    changes = tuple(with_risks(_finished(each, snapshot), config, snapshot) for each in found)
    return LivePlan(
        config=config,
        target=target,
        revision=revision or Revision(digest=config.digest, files=config.files),
        intent=intent,
        ledger=ledger,
        snapshot=snapshot,
        changes=changes,
        unmanaged=tuple(each for each in _strange(snapshot, changes, letting_go) if scope.means(each.address)),
        orphaned=tuple(_staying(left_over, changes)),
        forgotten=letting_go,
        guardrails=tuple(scope.guardrails(snapshot, changes, find_guardrails(config, snapshot, changes, intent))),
        warnings=(*config.warnings, *plan_warnings(config, snapshot, changes)),
        reads=reads,
    )


def _strange(
    snapshot: Snapshot, changes: Iterable[Change], letting_go: Iterable[OrphanedResource]
) -> Iterator[UnmanagedResource]:
    """Give what is not ours and stays as it is: what is in something that is deleted goes with it."""
    ours = snapshot.ledger.owner.keys() | {each.sid for each in letting_go}
    going = [each.address for each in changes if each.deletes]
    for each in snapshot.unmanaged:
        inside = any(each.address != home and each.address.within(home) for home in going)
        if each.found.sid not in ours and not inside:
            yield each


def _finished(change: Change, snapshot: Snapshot) -> Change:
    """Say which references have no SID yet, and what carries the natural key of something that is to be made."""
    if not change.actions:
        return change
    wanted = change.desired.fields.items()
    unresolved = tuple(name for name, value in wanted if isinstance(value, Address) and value not in snapshot.known)
    return replace(change, unresolved=unresolved, same_name=_same_name(change, snapshot))


def _same_name(change: Change, snapshot: Snapshot) -> tuple[Sid, ...]:
    if not CREATES.intersection(change.actions):
        return ()
    return snapshot.sids_by_key.get((Address(change.address[:-1]), change.desired.natural_key()), ())


def _staying(left_over: Iterable[OrphanedResource], changes: Iterable[Change]) -> Iterator[OrphanedResource]:
    """Give what is left over and stays: neither deleted, nor in something that is."""
    deleted = tuple(each for each in changes if each.deletes)
    sids = {each.sid for each in deleted}
    lost = {address for each in deleted for address in each.also_deleted}
    return (each for each in left_over if each.sid not in sids and each.address not in lost)
