"""Leaves out of a plan what a snapshot does not know: a resource that was never read may exist or not."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from confsync.config.config import Config
from confsync.config.desired import Desired
from confsync.live.snapshot import Snapshot
from confsync.live.snapshot_content import is_recordable
from confsync.model import Kind
from confsync.names import Address, parent_of
from confsync.plan.match import LiveResource, Match
from confsync.plan.plan import UnrecordedPlace
from confsync.resources import kind_of
from confsync.secret import MASK
from confsync.state.ledger import Ledger

Places = frozenset[Address]
"""The addresses of collections and singletons."""

PERSONAL = "personal data, which no snapshot contains"
UNREAD = "not read when the snapshot was taken"


class RecordedParts(NamedTuple):
    """The parts of a configuration, of the live state and of a ledger that can be compared; and what cannot."""

    config: Config
    snapshot: Snapshot
    ledger: Ledger
    unrecorded: tuple[UnrecordedPlace, ...] = ()


def without_unrecorded(config: Config, snapshot: Snapshot, ledger: Ledger) -> RecordedParts:
    """Leave out what the source of a snapshot did not know. From Twilio itself, everything is known."""
    places = frozenset(_unrecorded_places(snapshot))
    if not places:
        return RecordedParts(config, snapshot, ledger)
    resources = {address: each for address, each in config.resources.items() if not _is_in(address, places)}
    recorded = replace(
        config,
        resources=resources,
        collections=frozenset(each for each in config.collections if not _is_in(each[0] / each[1].section, places)),
        implicit_collections=frozenset(
            each for each in config.implicit_collections if not _is_in(each[0] / each[1].section, places)
        ),
        adopt={address: sid for address, sid in config.adopt.items() if not _is_in(address, places)},
        forget=frozenset(each for each in config.forget if not _is_in(each, places)),
    )
    identity = snapshot.identity
    matches = {
        address: _without_references(resources[address], each, places)
        for address, each in identity.matches.items()
        if address in resources
    }
    narrowed = replace(identity, matches=matches, ledger=_ledger_outside(identity.ledger, places))
    return RecordedParts(
        recorded,
        replace(snapshot, identity=narrowed, declared=frozenset(resources)),
        _ledger_outside(ledger, places),
        tuple(_parts(config, places)),
    )


def _unrecorded_places(snapshot: Snapshot) -> Iterator[Address]:
    """Yield the places that are not recorded, in resources that exist: in one that does not, there is nothing."""
    for place in snapshot.reading.unrecorded:
        parent = _parent_of_place(place)
        if not parent or kind_of(parent) is None or parent in snapshot.matches:
            yield place


def _parent_of_place(place: Address) -> Address:
    kind = _kind_in(place)
    return parent_of(kind, place if kind.singleton else place / "a member") if kind else Address()


def _kind_in(place: Address) -> Kind | None:
    """Return the kind of what is in a collection, or of a singleton."""
    return kind_of(place) or kind_of(place / "a member")


def _place_of(address: Address, places: Places) -> Address | None:
    """Return the place that an address is, or is in."""
    above = (Address(address[:length]) for length in range(1, len(address) + 1))
    return next((each for each in above if each in places), None)


def _is_in(address: Address, places: Places) -> bool:
    return _place_of(address, places) is not None


def _ledger_outside(ledger: Ledger, places: Places) -> Ledger:
    return replace(ledger, entries=tuple(each for each in ledger.entries if not _is_in(each.address, places)))


def _without_references(desired: Desired, match: Match, places: Places) -> Match:
    """Mask the live references that cannot be compared: the declared ones are in a place that is not recorded."""
    unknown = [name for name, value in desired.fields.items() if isinstance(value, Address) and _is_in(value, places)]
    if not unknown:
        return match
    found: LiveResource = match.found
    masked: Mapping[str, bool | None] = {**found.masked, **dict.fromkeys(unknown)}
    return replace(match, found=replace(found, fields={**found.fields, **dict.fromkeys(unknown, MASK)}, masked=masked))


def _parts(config: Config, places: Places) -> Iterator[UnrecordedPlace]:
    numbers = Counter(_place_of(each, places) for each in config.declared)
    written = {above / kind.section for above, kind in config.collections - config.implicit_collections}
    for place in sorted(places):
        kind = _kind_in(place)
        if kind and (numbers[place] or place in written):
            reason = UNREAD if is_recordable(kind) else PERSONAL
            yield UnrecordedPlace(place, kind.section, numbers[place], reason)
