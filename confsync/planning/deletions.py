"""Finds what to delete: resources with `absent`, orphaned ones in a section with `prune`, everything with `--destroy`.

Only a resource that the ledger owns or that `adopt` names is ever deleted. Prune and destroy delete only what confsync
created, and never a role that Twilio created with its service. Whatever is in a deleted resource is deleted with it.
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
from confsync.names import Address, Sid, containers_of, parent_of
from confsync.plan.change import Action, Change
from confsync.plan.match import How, LiveResource, Match
from confsync.planning.orphans import find_leftovers
from confsync.planning.selection import SelectionScope
from confsync.resources import KINDS, kind_of
from confsync.state.ledger import Entry


def is_owned(address: Address, match: Match, config: Config, snapshot: Snapshot) -> bool:
    """Whether `absent` may delete a live resource: the ledger owns it at this address, or `adopt` names it for it."""
    entry = snapshot.ledger.current.get(address)
    return (entry is not None and entry.sid == match.found.sid) or config.adopt.get(address) == match.found.sid


class Deletions(Struct, frozen=True):
    """Plans deletions."""

    config: Config
    snapshot: Snapshot

    def absent(self, desired: Desired, match: Match | None) -> Change:
        """Plan a resource that must be absent: delete it if it is owned; otherwise a guardrail blocks the plan."""
        if match is None:
            return Change(desired=desired)
        if not is_owned(desired.address, match, self.config, self.snapshot):
            return Change(desired=desired, match=match, before=self.snapshot.masked_fields(desired, match.found))
        owned = match.found.sid in self.snapshot.ledger.owner
        by = "" if owned else ", and `adopt` names it: confsync did not own it before"
        return self._delete(desired, match, f"`lifecycle.absent` requires it{by}")

    def pruned(self) -> Iterator[Change]:
        """Plan the deletion of orphaned resources in sections that are pruned, the youngest first."""
        if not any(each.lifecycle.prune for each in self.config.resources.values()):
            return
        for each in reversed(tuple(find_leftovers(self.config, self.snapshot))):
            found = self.snapshot.by_sid.get(each.sid)
            if found and self.prunes(each.entry, found):
                parent = self.config.resources[parent_of(found.kind, each.address)]
                reason = f"{each.reason}, and `lifecycle.prune` on {parent.address} names {found.kind.section}"
                yield self._delete(_undeclared(each.address, found.kind, parent.written), _owned(found), reason)

    def prunes(self, entry: Entry, found: LiveResource) -> bool:
        """Whether an orphaned resource is deleted: confsync created it, and its parent prunes its section."""
        parent = self.config.resources.get(parent_of(found.kind, entry.address))
        pruned = parent is not None and found.kind.section in parent.lifecycle.prune
        deletable = _is_created_here(entry, found) and self._is_in_place(entry, found.kind)
        return pruned and deletable and not self._is_unprotected_now(entry)

    def _is_in_place(self, entry: Entry, kind: Kind) -> bool:
        """Whether the parent at its address is the one that contains it: the request is sent to that parent."""
        sids = self.snapshot.known_sids
        if entry.inside:
            return entry.inside == containers_of(entry.address, sids)
        return kind.parent is None or kind.parent.group or parent_of(kind, entry.address) in sids

    def _is_unprotected_now(self, entry: Entry) -> bool:
        """Whether this plan removes the protection of a superseded resource: only the next plan may delete it."""
        successor = self.config.resources.get(entry.address)
        return entry.protect and successor is not None and successor.lifecycle.protect is False

    def destroyed(self, scope: SelectionScope) -> Iterator[Change]:
        """Plan the deletion of everything that confsync created and that is selected.

        What is in a deleted resource gets no change of its own, at whatever address it is. A resource that is now only
        looked up stays.
        """
        deleted: list[Address] = []
        deleted_sids: set[Sid] = set()
        matches = self.snapshot.matches.values()
        looked_up = frozenset(each.found.sid for each in matches if each.how is How.LOOKED_UP)
        ledger = self.snapshot.ledger
        selected = [
            each
            for each in ledger.entries
            if each.sid in self.snapshot.by_sid and scope.is_destroyed(each.address, self.snapshot)
        ]
        for entry in sorted(selected, key=lambda each: len(each.address)):
            found, kind = self._read(entry), kind_of(entry.address)
            inside = any(entry.address != each and entry.address.within(each) for each in deleted)
            if (
                found is None
                or kind is None
                or inside
                or not deleted_sids.isdisjoint(entry.inside)
                or self._is_looked_up(entry, looked_up)
                or not _is_created_here(entry, found)
                or not self._is_in_place(entry, kind)
            ):
                continue
            if entry.current:
                deleted.append(entry.address)
            deleted_sids.update(filter(None, (found.sid,)))
            reason = "confsync created it, and `--destroy` deletes all that confsync created"
            yield self._delete(self._declaration(entry, kind), _owned(found), reason)

    def _is_looked_up(self, entry: Entry, looked_up: frozenset[Sid | None]) -> bool:
        declared = self.config.resources.get(entry.address)
        if declared is not None and entry.current:
            return declared.lifecycle.lookup
        return entry.sid in looked_up

    def _declaration(self, entry: Entry, kind: Kind) -> Desired:
        """Return its declaration, or an empty one located at its parent or at the top of the configuration."""
        declared = self.config.resources.get(entry.address)
        if declared and entry.current:
            return declared
        above = self.config.resources.get(parent_of(kind, entry.address))
        return _undeclared(entry.address, kind, above.written if above else self.config.top)

    def _read(self, entry: Entry) -> LiveResource | None:
        return self.snapshot.by_sid.get(entry.sid) if entry.sid else None

    def _delete(self, desired: Desired, match: Match, reason: str) -> Change:
        return Change(
            desired=desired,
            actions=(Action.DELETE,),
            match=match,
            before=self.snapshot.masked_fields(desired, match.found),
            reason=reason,
            also_deleted=tuple(self._also_deleted(match)),
        )

    def _also_deleted(self, match: Match) -> Iterator[Address]:
        """Yield the owned resources in a resource."""
        inside = self.snapshot.ledger.contents(match.found.sid) if match.found.sid else ()
        yield from (each.address for each in inside if each.sid)


def referenced_last(deletes: Iterable[Change]) -> Iterator[Change]:
    """Put resources that others may refer to last, because Twilio may refuse to delete a role that someone has."""
    return iter(sorted(deletes, key=lambda each: each.kind in _referenced_kinds()))


@cache
def _referenced_kinds() -> frozenset[Kind]:
    """Find the kinds to which resources that can be deleted may refer."""
    return frozenset(each.ref.kind for kind in KINDS if not kind.created_by_twilio for each in kind.refs if each.ref)


def _is_created_here(entry: Entry, found: LiveResource) -> bool:
    return entry.origin == "created" and not set(found.kind.built_in).intersection(found.natural_keys)


def _owned(found: LiveResource) -> Match:
    return Match(found, How.OWNED)


def _undeclared(address: Address, kind: Kind, written: Pair) -> Desired:
    """Stand in for the declaration of a resource that has none, at the line that asks for its deletion."""
    return Desired(address, kind, {}, NO_LIFECYCLE, written, {})
