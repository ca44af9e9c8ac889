"""The live state at one time, as an apply or a drift leaves it behind, and a source that reads from it.

It contains no secret and no personal data. `snapshot_content.py` decides what it contains, and `snapshot_document.py`
writes it as a file.
"""

from collections.abc import AsyncGenerator, Mapping
from datetime import datetime
from functools import cached_property
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from confsync.live.source import NotRecorded, ReadPlace
from confsync.model import Kind
from confsync.names import Address, Sid
from confsync.plan.match import LiveResource
from confsync.plan.plan import UnmanagedCount
from confsync.state.ledger import Ledger
from confsync.state.other_environments import OtherEnvironments

TakenBy = Literal["apply", "drift"]


class RecordedCollection(Struct, frozen=True):
    """A collection that was read completely. `inside` are the SIDs of what contains it, outermost first."""

    address: Address
    kind: Kind
    inside: tuple[Sid, ...]


class RecordedResource(Struct, frozen=True):
    """A live resource. Its address is the one that it had when the snapshot was taken."""

    address: Address
    inside: tuple[Sid, ...]
    found: LiveResource


class SavedSnapshot(Struct, frozen=True, kw_only=True, dict=True):
    """What a plan reads. `ledger` is None if there was none; its fingerprints are empty texts.

    `commit` and `digest` are of the configuration that named what to read.
    """

    taken_at: datetime
    taken_by: TakenBy
    account_sid: str
    host: str
    environment: str | None
    digest: str
    commit: str | None = None
    ledger: Ledger | None
    others: OtherEnvironments
    collections: tuple[RecordedCollection, ...]
    resources: tuple[RecordedResource, ...]
    unmanaged_counts: tuple[UnmanagedCount, ...] = ()

    @cached_property
    def members(self) -> Mapping[tuple[Sid | None, Kind], tuple[LiveResource, ...]]:
        """The members of each collection, by the SID of its parent and its kind."""
        found: dict[tuple[Sid | None, Kind], list[LiveResource]] = {
            (_parent(each.inside), each.kind): [] for each in self.collections
        }
        for each in self.resources:
            place = (_parent(each.inside), each.found.kind)
            if place in found:
                found[place].append(each.found)
        return {place: tuple(members) for place, members in found.items()}

    @cached_property
    def singletons(self) -> Mapping[tuple[Sid | None, Kind], LiveResource]:
        """The resources that exist once in their parent, by the parent's SID and their kind."""
        found = (each for each in self.resources if each.found.kind.singleton)
        return {(_parent(each.inside), each.found.kind): each.found for each in found}


def is_same_state(one: SavedSnapshot, other: SavedSnapshot) -> bool:
    """Whether two snapshots differ at most in when, by what and at which commit they were taken."""
    return _state_of(one) == _state_of(other)


def _state_of(saved: SavedSnapshot) -> SavedSnapshot:
    """Return the part that makes a snapshot worth writing: no times, no commits, and no order."""
    resources = (replace(each, found=replace(each.found, date_updated=None)) for each in saved.resources)
    return replace(
        saved,
        taken_at=datetime.min,  # noqa: DTZ901 — it stands for no time
        taken_by="drift",
        digest="",
        commit=None,
        ledger=saved.ledger and _state_of_ledger(saved.ledger),
        resources=tuple(sorted(resources, key=lambda each: (each.address, each.found.sid or ""))),
    )


def _state_of_ledger(ledger: Ledger) -> Ledger:
    entries = (replace(each, date_updated=None) for each in ledger.entries)
    return replace(
        ledger,
        commit=None,
        entries=tuple(sorted(entries, key=lambda each: (each.address, not each.current, each.sid or ""))),
    )


def _parent(inside: tuple[Sid, ...]) -> Sid | None:
    return inside[-1] if inside else None


class SnapshotSource:
    """Reads from a snapshot. Raises NotRecorded for what was not read when it was taken."""

    def __init__(self, saved: SavedSnapshot) -> None:
        self._saved = saved

    async def singleton(self, place: ReadPlace) -> LiveResource:
        """Return a resource that exists once in its parent."""
        found = self._saved.singletons.get((place.parent, place.kind))
        if found is None:
            raise NotRecorded
        return found

    async def member(self, place: ReadPlace, name: str) -> LiveResource | None:
        """Return one member of a collection; None if the collection is recorded, and had no member with this SID."""
        return next((each for each in self._members(place) if each.sid == name), None)

    async def pages(self, place: ReadPlace) -> AsyncGenerator[list[LiveResource], None]:
        """Return a collection as one page."""
        yield list(self._members(place))

    def _members(self, place: ReadPlace) -> tuple[LiveResource, ...]:
        found = self._saved.members.get((place.parent, place.kind))
        if found is None:
            raise NotRecorded
        return found
