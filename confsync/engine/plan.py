"""What would be done, and why: the object that is shown is the object that is applied."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from confsync.config.config import Config
from confsync.config.desired import MissingSecret
from confsync.diagnostics import Diagnostic
from confsync.engine.change import MADE, Action, Change
from confsync.engine.destruction import Destruction
from confsync.engine.identity import Stray
from confsync.engine.intent import Intent
from confsync.engine.orphans import Orphan, forgotten, let_go, orphans
from confsync.engine.ownership.fingerprints import Fingerprinter
from confsync.engine.ownership.ledger import Ledger
from confsync.engine.planner import Planner
from confsync.engine.safety.rail import Rail
from confsync.engine.safety.rails import rails
from confsync.engine.safety.risks import judged
from confsync.engine.selection import Scope
from confsync.engine.snapshot import Snapshot
from confsync.engine.warnings import warnings
from confsync.names import Address, Sid


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Whom a plan is for. `ledger` is the serial, none without a ledger; `lineage` says which ledger it was."""

    account_sid: str
    environment: str | None
    region: str | None = None
    base_url: str
    emulator: bool
    ledger: int | None
    lineage: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """Which configuration was planned. `commit` is Git's, and `dirty` says that something was not committed."""

    digest: str
    files: tuple[str, ...]
    commit: str | None = None
    dirty: bool = False


@dataclass(frozen=True, kw_only=True, repr=False)
class Plan:
    """What happens to every resource, in an order that can be followed, and what is left alone: all that is shown.

    It has no repr of its own: asyncio takes one of every result, and that of a large plan would cost seconds.
    """

    target: Target
    revision: Revision
    intent: Intent = field(default_factory=Intent)
    changes: tuple[Change, ...]
    unmanaged: tuple[Stray, ...]
    orphaned: tuple[Orphan, ...]
    forgotten: tuple[Orphan, ...] = ()
    rails: tuple[Rail, ...]
    warnings: tuple[Diagnostic, ...]
    reads: int

    @cached_property
    def summary(self) -> Counter[Action]:
        """How many changes of each kind."""
        return Counter(action for change in self.changes for action in change.actions)

    @property
    def writes(self) -> int:
        """How many writes would be sent."""
        return sum(change.writes for change in self.changes)

    @property
    def empty(self) -> bool:
        """Whether no write would be sent."""
        return self.writes == 0

    @property
    def missing_secrets(self) -> tuple[MissingSecret, ...]:
        """The secrets that would be sent and cannot be resolved here."""
        return tuple(missing for change in self.changes for missing in change.missing_secrets)

    @property
    def applyable(self) -> bool:
        """Whether nothing stands in the way of an apply."""
        return not self.rails and not self.missing_secrets

    @property
    def differs(self) -> bool:
        """Whether a write would be sent, or a managed thing moved."""
        return not self.empty or Action.MOVE in self.summary

    @property
    def complete(self) -> bool:
        """Whether all of the configuration was planned."""
        return not self.intent.selection


@dataclass(frozen=True, kw_only=True, repr=False)
class LivePlan(Plan):
    """A plan that can be applied, with all that it was made from. `ledger` is as it was read."""

    config: Config
    ledger: Ledger
    snapshot: Snapshot


def make(
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
    letting_go = tuple(forgotten(config, {**snapshot.ledger.current, **ledger.current}))
    snapshot = let_go(config, snapshot)
    scope = Scope(config, intent.selection, destroys=intent.destroy)
    left_over = tuple(each for each in orphans(config, snapshot) if scope.means(each.address))
    found = (
        Destruction(config, snapshot, scope).changes()
        if intent.destroy
        else (each for each in Planner(config, snapshot, fingerprinter).changes(left_over) if scope.means(each.address))
    )
    changes = tuple(judged(_finished(each, snapshot), config, snapshot) for each in found)
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
        rails=tuple(scope.rails(snapshot, changes, rails(config, snapshot, changes, intent))),
        warnings=(*config.warnings, *warnings(config, snapshot, changes)),
        reads=reads,
    )


def _strange(snapshot: Snapshot, changes: Iterable[Change], letting_go: Iterable[Orphan]) -> Iterator[Stray]:
    """Give what is not ours and stays as it is: what is in something that is deleted goes with it."""
    ours = snapshot.ledger.owner.keys() | {each.sid for each in letting_go}
    going = [each.address for each in changes if each.deletes]
    for each in snapshot.strays:
        inside = any(each.address != home and each.address.within(home) for home in going)
        if each.found.sid not in ours and not inside:
            yield each


def _finished(change: Change, snapshot: Snapshot) -> Change:
    """Say which references have no SID yet, and what carries the natural key of something that is to be made."""
    if not change.actions:
        return change
    wanted = change.desired.fields.items()
    unresolved = tuple(name for name, value in wanted if isinstance(value, Address) and value not in snapshot.known)
    return replace(change, unresolved=unresolved, alike=_alike(change, snapshot))


def _alike(change: Change, snapshot: Snapshot) -> tuple[Sid, ...]:
    if not MADE.intersection(change.actions):
        return ()
    return snapshot.bearers.get((Address(change.address[:-1]), change.desired.natural_key()), ())


def _staying(left_over: Iterable[Orphan], changes: Iterable[Change]) -> Iterator[Orphan]:
    """Give what is left over and stays: neither deleted, nor in something that is."""
    deleted = tuple(each for each in changes if each.deletes)
    sids = {each.sid for each in deleted}
    lost = {address for each in deleted for address in each.lost}
    return (each for each in left_over if each.sid not in sids and each.address not in lost)
