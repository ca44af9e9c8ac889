"""Which live thing each configured resource is: by the SID that the ledger holds, else by its natural key.

A match that we own under an address no longer declared has moved. An owned thing whose immutable fields differ is
superseded, unless its kind leaves no room for a second one, which is replaced: the resource is then looked for by its
natural key, as if the ledger did not know it. `adopt` comes before all of that: it ties an address to one SID.
"""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field

from confsync.config.config import Config
from confsync.config.desired import Desired
from confsync.live.reading import Reading
from confsync.model import Kind
from confsync.names import Address, Sid, linked
from confsync.plan.match import How, LiveResource, Match
from confsync.plan.unmanaged import UnmanagedResource
from confsync.resources import children_of
from confsync.secret import as_secret
from confsync.state.ledger import Entry, Ledger


class Identity(Struct):
    """Who is who. `superseded` is the live thing, `vanished` the SID, that an address had and has no longer.

    `untied` is the SID that an address is tied to and that is not there.
    """

    ledger: Ledger
    matches: dict[Address, Match] = field(default_factory=dict)
    ambiguous: dict[Address, tuple[Sid, ...]] = field(default_factory=dict)
    superseded: dict[Address, LiveResource] = field(default_factory=dict)
    vanished: dict[Address, Sid] = field(default_factory=dict)
    untied: dict[Address, Sid] = field(default_factory=dict)
    unmanaged: list[UnmanagedResource] = field(default_factory=list)

    def how_given(self, address: Address) -> How:
        """Say how something is recognised that Twilio makes by itself: there is nothing else that it could be."""
        return How.OWNED if address in self.ledger.current else How.ADOPTED


def identify(config: Config, reading: Reading, ledger: Ledger) -> Identity:
    """Match every configured resource with what was read, from the top down: what moved takes its contents along."""
    identity = Identity(ledger)
    _identify_below(identity, config, reading, None, Address(), None)
    return identity


def _identify_below(
    identity: Identity, config: Config, reading: Reading, parent: Kind | None, above: Address, sid: Sid | None
) -> None:
    for kind in children_of(parent):
        if kind.group:
            _identify_below(identity, config, reading, kind, above / kind.section, None)
            continue
        if kind.singleton:
            _identify_singleton(identity, config, reading, above / kind.section, (sid, kind))
            continue
        listed = reading.collections.get((sid, kind))
        if listed is None:
            continue
        declared = config.members.get((above, kind), ())
        if kind.linked_kind is not None:
            _identify_links(identity, declared, listed)
            continue
        _Collection(identity, config.adopt, kind, above, declared, listed).identify()
        for desired in declared:
            match = identity.matches.get(desired.address)
            if match:
                _identify_below(identity, config, reading, kind, desired.address, match.found.sid)


def _identify_singleton(
    identity: Identity, config: Config, reading: Reading, address: Address, place: tuple[Sid | None, Kind]
) -> None:
    found = reading.singletons.get(place)
    if found and address in config.resources:
        identity.matches[address] = Match(found, identity.how_given(address))


def _identify_links(identity: Identity, declared: Iterable[Desired], read: Iterable[LiveResource]) -> None:
    """Match each link by the live thing on its other side, which was matched before."""
    by_other = {found.fields.get(found.kind.key_fields[0].name): found for found in read}
    for desired in declared:
        other = identity.matches.get(linked(desired.kind, desired.address))
        found = by_other.get(other.found.sid) if other else None
        if found:
            identity.matches[desired.address] = Match(found, identity.how_given(desired.address))


ByKey = Mapping[tuple[object, ...], list[LiveResource]]


class _Collection:
    """One collection: what is declared in it and what Twilio listed."""

    def __init__(
        self,
        identity: Identity,
        tied: Mapping[Address, Sid],
        kind: Kind,
        above: Address,
        declared: tuple[Desired, ...],
        listed: tuple[LiveResource, ...],
    ) -> None:
        self.identity = identity
        self.tied = tied
        self.kind = kind
        self.above = above
        self.declared = declared
        self.listed = listed
        self.taken: set[Sid] = set()
        self.wanted = frozenset(each.natural_key() for each in declared if not each.lifecycle.absent)
        self.managed = frozenset(each.address for each in declared if not each.lifecycle.lookup)

    def identify(self) -> None:
        by_sid = {each.sid: each for each in self.listed}
        by_key = _by_key(self.listed)
        untied = [desired for desired in self.declared if not self._tied(desired, by_sid)]
        unknown = [desired for desired in untied if not self._owned(desired, by_sid, by_key)]
        for desired in sorted(unknown, key=lambda each: each.lifecycle.absent):
            self._by_natural_key(desired, self._alike(desired, by_key))
        self._look_for_twins(by_key)
        self._follow_moves()
        self.identity.unmanaged.extend(self._strays())

    def _tied(self, desired: Desired, by_sid: Mapping[Sid | None, LiveResource]) -> bool:
        """Take the live thing that `adopt` ties an address to, and nothing else, until the ledger has it there."""
        sid = self.tied.get(desired.address)
        if sid is None or self._is_tied_already(desired, sid, found := by_sid.get(sid)):
            return False
        if found is None:
            if not desired.lifecycle.absent:
                self.identity.untied[desired.address] = sid
            return True
        self._take(desired, self._match(desired, found))
        return True

    def _is_tied_already(self, desired: Desired, sid: Sid, found: LiveResource | None) -> bool:
        """Whether the ledger has it there, or had until another one took its place: that line has done its work."""
        entry = self.identity.ledger.owner.get(sid)
        if entry is None or entry.address != desired.address:
            return False
        return entry.current or (found is not None and any(immutable_changes(desired, found)))

    def _alike(self, desired: Desired, by_key: ByKey) -> Iterable[LiveResource]:
        """Give what has the natural key; what is to be absent may say a part of it."""
        if not desired.lifecycle.absent:
            return by_key.get(desired.natural_key(), ())
        said = {each.name: desired.fields[each.name] for each in self.kind.key_fields if each.name in desired.fields}
        return [each for each in self.listed if said and all(_is(each, name, value) for name, value in said.items())]

    def _owned(self, desired: Desired, by_sid: Mapping[Sid | None, LiveResource], by_key: ByKey) -> bool:
        """Take the live thing that the ledger holds for an address."""
        entry = self.identity.ledger.current.get(desired.address) or self._previous(desired)
        if desired.lifecycle.lookup or entry is None or entry.sid is None:
            return False
        found = by_sid.get(entry.sid)
        if found is None:
            self.identity.vanished[desired.address] = entry.sid
            return False
        if found.sid in self.taken:
            return False
        if not desired.lifecycle.absent and self._is_no_longer(desired, found, by_key):
            self.identity.superseded[desired.address] = found
            return False
        previous = entry.address if entry.address != desired.address else None
        self._take(desired, Match(found, How.MOVED if previous else How.OWNED, previous))
        return True

    def _previous(self, desired: Desired) -> Entry | None:
        """Give what the ledger has at an address that something had before, and that nothing has now."""
        addresses = (Address.parse(each) for each in sorted(desired.lifecycle.previously))
        entries = (self.identity.ledger.current.get(each) for each in addresses if each not in self.managed)
        return next((each for each in entries if each), None)

    def _is_no_longer(self, desired: Desired, found: LiveResource, by_key: ByKey) -> bool:
        return self._is_superseded(desired, found) or self._is_another(desired, found, by_key)

    def _is_superseded(self, desired: Desired, found: LiveResource) -> bool:
        """Whether what an address had cannot become what is asked for, and another one can be made beside it."""
        if found.terminal and desired.natural_key() not in found.natural_keys:
            return True
        return self.kind.on_immutable_change == "create" and any(immutable_changes(desired, found))

    def _is_another(self, desired: Desired, found: LiveResource, by_key: ByKey) -> bool:
        """Whether two things change places, or one goes to another address, where nothing may have one key twice.

        So it is where something else of ours has the natural key that is asked for, or another declared resource asks
        for the key that this one has.
        """
        key = desired.natural_key()
        if key in found.natural_keys or not (self.kind.unique or self.kind.key_is_label):
            return False
        owner = self.identity.ledger.owner
        taken = any(each.sid in owner for each in by_key.get(key, ()) if each.sid)
        return taken or not self.wanted.isdisjoint(found.natural_keys)

    def _by_natural_key(self, desired: Desired, alike: Iterable[LiveResource]) -> None:
        free = [each for each in alike if not self._claimed(each, desired)]
        if len(free) > 1:
            self.identity.ambiguous[desired.address] = tuple(each.sid for each in free if each.sid)
        elif free:
            self._take(desired, self._match(desired, free[0]))

    def _match(self, desired: Desired, found: LiveResource) -> Match:
        if desired.lifecycle.lookup:
            return Match(found, How.LOOKED_UP)
        owner = self.identity.ledger.owner.get(found.sid) if found.sid else None
        if owner and owner.current and owner.address != desired.address:
            return Match(found, How.MOVED, previous=owner.address)
        return Match(found, How.ADOPTED)

    def _claimed(self, found: LiveResource, desired: Desired) -> bool:
        """Whether a live thing is already another declared resource, which has not become something else."""
        if found.sid in self.taken:
            return True
        owner = self.identity.ledger.owner.get(found.sid) if found.sid else None
        if owner is None or not owner.current or owner.address == desired.address:
            return False
        if owner.address in self.identity.superseded:
            return False
        return owner.address in self.managed

    def _look_for_twins(self, by_key: ByKey) -> None:
        """Refuse to choose where something that is not ours has the natural key of something that is."""
        for desired in self.declared:
            if desired.lifecycle.absent or desired.address in self.tied:
                continue
            match = self.identity.matches.get(desired.address)
            twins = [
                each.sid
                for each in by_key.get(desired.natural_key(), ())
                if each.sid and each.sid not in self.taken and each.sid not in self.identity.ledger.owner
            ]
            if match and match.found.sid and twins:
                self.identity.ambiguous[desired.address] = (match.found.sid, *twins)

    def _follow_moves(self) -> None:
        matches = (self.identity.matches.get(each.address) for each in self.declared)
        pairs = zip(self.declared, matches, strict=True)
        moves = {match.previous: desired.address for desired, match in pairs if match and match.previous}
        for previous in moves:
            self.identity.superseded.pop(previous, None)
        self.identity.ledger = self.identity.ledger.moved(moves)

    def _strays(self) -> Iterator[UnmanagedResource]:
        unclear = (self.identity.ambiguous.get(each.address, ()) for each in self.declared)
        ambiguous = {sid for sids in unclear for sid in sids}
        for found in self.listed:
            if found.sid not in self.taken and found.sid not in ambiguous:
                yield UnmanagedResource(self.above / self.kind.section / str(found.name or found.sid), found)

    def _take(self, desired: Desired, match: Match) -> None:
        self.identity.matches[desired.address] = match
        if match.found.sid:
            self.taken.add(match.found.sid)


def _by_key(listed: Iterable[LiveResource]) -> ByKey:
    found: dict[tuple[object, ...], list[LiveResource]] = {}
    for each in listed:
        for key in each.natural_keys:
            found.setdefault(key, []).append(each)
    return found


def _is(found: LiveResource, name: str, value: object) -> bool:
    return as_secret(found.fields.get(name)) == as_secret(value)


def immutable_changes(desired: Desired, found: LiveResource) -> Iterator[str]:
    """Give the fields in which a live thing differs from what is asked for and cannot be changed.

    A value that is missing, or that we do not know, proves nothing.
    """
    for each in desired.kind.immutables:
        live = found.fields.get(each.name)
        known = live is not None and not (each.choices and live not in each.choices)
        if known and desired.wants(each) and as_secret(desired.fields[each.name]) != as_secret(live):
            yield each.name
    yield from _another_way(desired, found)


def _another_way(desired: Desired, found: LiveResource) -> Iterator[str]:
    """Give what something should be recognised by, and is not: an address does not become an identity."""
    firsts = [way[0] for way in desired.kind.key_options]
    for name in firsts:
        others = (found.fields.get(other) for other in firsts if other != name)
        if desired.fields.get(name) is not None and found.fields.get(name) is None and any(others):
            yield name
