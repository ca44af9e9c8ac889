"""What is to be deleted, and by whose word: `absent` names a thing, `prune` takes what is left over, `--destroy` all.

Only what the ledger says we own, or `adopt` says is ours, is ever deleted; prune and destroy take only what we made
ourselves, and never a role that came with its service. What is in a deleted thing goes with it.
"""

from collections.abc import Iterable, Iterator
from functools import cache

from msgspec import Struct

from confsync.config.config import Config
from confsync.config.desired import Desired
from confsync.config.lifecycle import NO_LIFECYCLE
from confsync.config.tree import Pair
from confsync.live.snapshot import Snapshot
from confsync.model import Kind
from confsync.names import Address, parent_of
from confsync.plan.change import Action, Change
from confsync.plan.match import How, LiveResource, Match
from confsync.planning.orphans import find_leftovers
from confsync.planning.selection import SelectionScope
from confsync.resources import KINDS, kind_of
from confsync.state.ledger import Entry


def is_owned(address: Address, match: Match, config: Config, snapshot: Snapshot) -> bool:
    """Whether a live thing may be deleted at all: the ledger owns it, or `adopt` says that it is ours."""
    return match.found.sid in snapshot.ledger.owner or config.adopt.get(address) == match.found.sid


class Deletions(Struct, frozen=True):
    """Finds what is to be deleted."""

    config: Config
    snapshot: Snapshot

    def absent(self, desired: Desired, match: Match | None) -> Change:
        """Plan what must not exist: it is deleted if it is ours, and a guardrail stands where it is not."""
        if match is None or not is_owned(desired.address, match, self.config, self.snapshot):
            return Change(desired=desired, match=match)
        return self._of(desired, match, "`lifecycle.absent` says that it must not exist")

    def pruned(self) -> Iterator[Change]:
        """Plan what is left over in a section that is pruned, the youngest first."""
        for each in reversed(tuple(find_leftovers(self.config, self.snapshot))):
            found = self.snapshot.by_sid.get(each.sid)
            if found and self.prunes(each.entry, found):
                parent = self.config.resources[parent_of(found.kind, each.address)]
                reason = f"{each.reason}, and `lifecycle.prune` on {parent.address} names {found.kind.section}"
                yield self._of(_unwanted(each.address, found.kind, parent.written), _owned(found), reason)

    def prunes(self, entry: Entry, found: LiveResource) -> bool:
        """Whether a thing goes where it is left over: it is of our making, and what it is in prunes its section."""
        parent = self.config.resources.get(parent_of(found.kind, entry.address))
        return _is_made_by_us(entry, found) and parent is not None and found.kind.section in parent.lifecycle.prune

    def destroyed(self, scope: SelectionScope) -> Iterator[Change]:
        """Plan everything that we made, that was read and is meant; what is in something deleted goes with that.

        What is looked up by now stays, though we made it once.
        """
        doomed: list[Address] = []
        ledger = self.snapshot.ledger
        meant = (
            each
            for each in ledger.entries
            if each.sid in self.snapshot.by_sid and scope.goes(each.address, self.snapshot)
        )
        entries = list(meant)
        for entry in sorted(entries, key=lambda each: len(each.address)):
            found, kind = self._read(entry), kind_of(entry.address)
            inside = any(entry.address != each and entry.address.within(each) for each in doomed)
            if found is None or kind is None or inside or self._is_looked_up(entry) or not _is_made_by_us(entry, found):
                continue
            if entry.current:
                doomed.append(entry.address)
            yield self._of(
                self._asked_for(entry, kind), _owned(found), "confsync made it, and --destroy takes all that"
            )

    def _is_looked_up(self, entry: Entry) -> bool:
        declared = self.config.resources.get(entry.address)
        return declared is not None and entry.current and declared.lifecycle.lookup

    def _asked_for(self, entry: Entry, kind: Kind) -> Desired:
        """Give what declares it, else what declares the thing that it is in, else the configuration as a whole."""
        declared = self.config.resources.get(entry.address)
        if declared and entry.current:
            return declared
        above = self.config.resources.get(parent_of(kind, entry.address))
        return _unwanted(entry.address, kind, above.written if above else self.config.top)

    def _read(self, entry: Entry) -> LiveResource | None:
        return self.snapshot.by_sid.get(entry.sid) if entry.sid else None

    def _of(self, desired: Desired, match: Match, reason: str) -> Change:
        return Change(
            desired=desired,
            actions=(Action.DELETE,),
            match=match,
            before=self.snapshot.masked_fields(desired, match.found),
            reason=reason,
            also_deleted=tuple(self._lost(desired.address, match)),
        )

    def _lost(self, address: Address, match: Match) -> Iterator[Address]:
        """Give what else of ours goes with a thing; what is superseded has nothing that is told by its address."""
        entry = self.snapshot.ledger.current.get(address)
        if entry is None or entry.sid != match.found.sid:
            return
        inside = (each for each in self.snapshot.ledger.entries if each.address != address)
        yield from (each.address for each in inside if each.sid and each.address.within(address))


def referenced_last(deletes: Iterable[Change]) -> Iterator[Change]:
    """Put what others may hold behind them: Twilio may refuse to delete a role that somebody has."""
    return iter(sorted(deletes, key=lambda each: each.kind in _referenced_kinds()))


@cache
def _referenced_kinds() -> frozenset[Kind]:
    """Find the kinds to which resources that can be deleted may refer."""
    return frozenset(each.ref.kind for kind in KINDS if not kind.created_by_twilio for each in kind.refs if each.ref)


def _is_made_by_us(entry: Entry, found: LiveResource) -> bool:
    return entry.origin == "created" and not set(found.kind.built_in).intersection(found.natural_keys)


def _owned(found: LiveResource) -> Match:
    return Match(found, How.OWNED)


def _unwanted(address: Address, kind: Kind, written: Pair) -> Desired:
    """Ask for nothing of a thing that is declared nowhere; it stands where its deletion is asked for."""
    return Desired(address, kind, {}, NO_LIFECYCLE, written, {})
