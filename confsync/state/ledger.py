"""What confsync owns: the live resource of each address, and what was last applied to it.

Only a resource in the ledger may be deleted. A missing ledger costs adoptions and sends each secret once more; a
corrupt one is an error and never counts as empty.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from confsync.names import Address, Sid


class Entry(Struct, frozen=True, kw_only=True, gc=False):
    """One live resource that confsync owns.

    Several entries may have one address, and one of them is current: a resource that an immutable change superseded
    keeps its entry until it is deleted or forgotten. `id` stays the same when the resource moves, because fingerprints
    are bound to it. `inside` are the SIDs of the resources that contain it, outermost first. `applied` holds a digest
    of each field last applied, `fingerprints` one of each secret.
    """

    address: Address
    sid: Sid | None
    id: str
    inside: tuple[Sid, ...] = ()
    current: bool = True
    origin: Literal["created", "adopted"]
    protect: bool = False
    applied: Mapping[str, str] = field(default_factory=dict)
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    secret_version: str | None = None
    date_updated: str | None = None

    def may_be_in(self, sid: Sid | None) -> bool:
        """Whether it may be directly in a resource: its address alone does not show that."""
        return not self.inside or self.inside[-1] == sid


class PendingCreate(Struct, frozen=True, kw_only=True):
    """A create that was sent, and whose outcome is not known yet.

    `entry` is what the ledger will hold once the SID is known. `existing` are the SIDs that had the same natural key
    before the create was sent. `sent` holds a digest of each value that was sent and that Twilio returns. `begun` is
    the time of the create.
    """

    entry: Entry
    existing: tuple[Sid, ...] = ()
    sent: Mapping[str, str] = field(default_factory=dict)
    begun: str


class PendingReplace(Struct, frozen=True, kw_only=True):
    """A replacement that deletes a resource, and whose create is not done yet.

    `sid` is the SID of the deleted resource, `inside` those of what contains it, outermost first. `fields` had a value
    and are not declared, so only the replacement can restore them. The values are in the journal, never in a ledger.
    """

    address: Address
    sid: Sid
    inside: tuple[Sid, ...] = ()
    fields: tuple[str, ...]


class Ledger(Struct, frozen=True, dict=True):
    """All entries of one account at one host.

    `serial` counts how often the ledger was written; it is 0 before the first time. `lineage` distinguishes it from
    every other ledger of the same account; it is set when the ledger is first written. `sensitive_variables` are those
    of the configuration last applied: one that loses its mark is masked until the next apply.
    """

    account_sid: str
    host: str
    serial: int = 0
    entries: tuple[Entry, ...] = ()
    configuration_digest: str | None = None
    commit: str | None = None
    spent_plans: Mapping[str, str] = field(default_factory=dict)
    lineage: str = ""
    pending: tuple[PendingCreate, ...] = ()
    sensitive_variables: tuple[str, ...] = ()
    pending_replaces: tuple[PendingReplace, ...] = ()

    @property
    def addresses(self) -> Iterator[Address]:
        """The address of every entry, and of every create and replacement that is not done."""
        yield from (each.address for each in self.entries)
        yield from (each.entry.address for each in self.pending)
        yield from (each.address for each in self.pending_replaces)

    @cached_property
    def current(self) -> Mapping[Address, Entry]:
        """The current entry of each address."""
        return {each.address: each for each in self.entries if each.current}

    @cached_property
    def owner(self) -> Mapping[Sid, Entry]:
        """The entry of each owned SID."""
        return {each.sid: each for each in self.entries if each.sid is not None}

    @cached_property
    def _by_container(self) -> Mapping[Sid, list[Entry]]:
        """The entries of what is directly in each resource."""
        found: dict[Sid, list[Entry]] = {}
        for each in self.entries:
            if each.inside:
                found.setdefault(each.inside[-1], []).append(each)
        return found

    def after(self, serial: int) -> "Ledger":
        """Return the ledger to write after the one with a serial; the first one gets a lineage."""
        return replace(self, serial=serial + 1, lineage=self.lineage or secrets.token_hex(8))

    def moved(self, moves: Mapping[Address, Address]) -> "Ledger":
        """Move each old address, with everything in it, to its new one; supersede what was at the new address."""
        if not moves:
            return self
        return replace(
            self,
            entries=tuple(_moved(each, moves) for each in self.entries),
            pending_replaces=tuple(
                replace(each, address=_moved_address(each.address, moves)) for each in self.pending_replaces
            ),
        )

    def gathered(self, sid: Sid, address: Address) -> "Ledger":
        """Move what is in a resource to its address, which may be new although the ledger does not own the resource.

        What would take the address of another resource stays where it is.
        """
        inside = self._by_container.get(sid, ())
        moves = {each.address: Address((*address, *each.address[2 * len(each.inside) :])) for each in inside}
        return self.moved({old: new for old, new in moves.items() if old != new and new not in self.current})

    def contents(self, sid: Sid) -> tuple[Entry, ...]:
        """Return the entries of everything in a resource."""
        return tuple(entries_inside(self.entries, sid, self.owner.get(sid)))

    def without(self, sids: Iterable[Sid]) -> "Ledger":
        """Drop the entries of resources that no longer exist, and of everything in them."""
        gone = frozenset(sids)
        if not gone:
            return self
        parents = tuple(each.address for each in self.entries if each.sid in gone and each.current)
        return replace(
            self,
            entries=tuple(each for each in self.entries if not _is_gone(each, gone, parents)),
            pending_replaces=tuple(each for each in self.pending_replaces if gone.isdisjoint(each.inside)),
        )


def entries_inside(entries: Iterable[Entry], sid: Sid, container: Entry | None) -> Iterator[Entry]:
    """Yield the entries of everything in a resource, whose own entry is `container` if the ledger owns it.

    An entry of an older ledger does not know what contains it: its address decides.
    """
    above = container.address if container and container.current else None
    for entry in entries:
        by_address = above is not None and entry.address != above and entry.address.within(above)
        if sid in entry.inside or (by_address and not entry.inside):
            yield entry


def _is_gone(entry: Entry, gone: frozenset[Sid], parents: tuple[Address, ...]) -> bool:
    if entry.inside:
        return entry.sid in gone or not gone.isdisjoint(entry.inside)
    inside = any(entry.address != parent and entry.address.within(parent) for parent in parents)
    return entry.sid in gone or inside


def _moved(entry: Entry, moves: Mapping[Address, Address]) -> Entry:
    address = _moved_address(entry.address, moves)
    if address != entry.address:
        return replace(entry, address=address)
    if any(entry.address.within(new) for new in moves.values()):
        return replace(entry, current=False)
    return entry


def _moved_address(address: Address, moves: Mapping[Address, Address]) -> Address:
    return next((address.moved(old, new) for old, new in moves.items() if address.within(old)), address)


def superseded_and_protected(ledger: Ledger) -> dict[Address, list[Entry]]:
    """Return, by address, the protected entries that are not current."""
    found: dict[Address, list[Entry]] = {}
    for each in ledger.entries:
        if each.protect and not each.current:
            found.setdefault(each.address, []).append(each)
    return found
