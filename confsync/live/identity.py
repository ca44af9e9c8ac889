"""Matches each configured resource with a live one: by the SID in the ledger, otherwise by its natural key.

`adopt` takes precedence: it names one SID for an address. A match that the ledger owns under another address has moved.

If the immutable fields of an owned resource differ, the resource is superseded: confsync matches its address by natural
key, as if the ledger did not know it. If its kind allows no second resource, it is replaced instead.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from msgspec import Struct, field

from confsync.config.config import Config
from confsync.config.desired import Desired
from confsync.config.tree import MissingSecret
from confsync.live.natural_key import by_natural_key, has_declared_key
from confsync.live.reading import Reading
from confsync.live.reassignment import Claim, find_reassigned
from confsync.model import Kind
from confsync.names import Address, Sid, linked_address
from confsync.plan.match import How, LiveResource, Match
from confsync.plan.plan import UnmanagedResource
from confsync.resources import children_of
from confsync.secret import as_secret
from confsync.state.ledger import Entry, Ledger
from confsync.state.other_environments import NO_OTHERS, OtherEnvironments, Owner


class OwnedElsewhere(Struct, frozen=True):
    """A live resource that a different environment of the account owns."""

    found: LiveResource
    owner: Owner


class Identity(Struct):
    """Which live resource each address is.

    `superseded` holds the live resource that an address had and has no longer, `vanished` the SID of one that no longer
    exists. `missing_adoptions` holds SIDs that `adopt` names and that do not exist. `elsewhere` has the only live
    resource that an address could be, if a different environment of the account owns it.
    """

    ledger: Ledger
    others: OtherEnvironments = NO_OTHERS
    matches: dict[Address, Match] = field(default_factory=dict)
    ambiguous: dict[Address, tuple[Sid, ...]] = field(default_factory=dict)
    superseded: dict[Address, LiveResource] = field(default_factory=dict)
    vanished: dict[Address, Sid] = field(default_factory=dict)
    missing_adoptions: dict[Address, Sid] = field(default_factory=dict)
    elsewhere: dict[Address, OwnedElsewhere] = field(default_factory=dict)
    unmanaged: list[UnmanagedResource] = field(default_factory=list)

    def match_only_candidate(
        self, address: Address, live: LiveResource, parent: Sid | None, other: Sid | None = None
    ) -> None:
        """Match a resource that exists once, because Twilio creates it. `other` is the other side of a link."""
        owner = self.others.singletons.get((parent, live.kind, other))
        if owner:
            self.elsewhere[address] = OwnedElsewhere(live, owner)
            return
        self.matches[address] = Match(live, How.OWNED if address in self.ledger.current else How.ADOPTED)


def identify(config: Config, reading: Reading, ledger: Ledger, others: OtherEnvironments = NO_OTHERS) -> Identity:
    """Match every configured resource with what was read, from the top down: children move with their parent.

    What a different environment of the account owns is only looked up.
    """
    identity = Identity(ledger, others)
    _identify_below(identity, config, reading, None, Address(), None)
    return identity


def _identify_below(
    identity: Identity, config: Config, reading: Reading, parent: Kind | None, above: Address, sid: Sid | None
) -> None:
    if sid is not None:
        identity.ledger = identity.ledger.gathered(sid, above)
    for kind in children_of(parent):
        if kind.group:
            _identify_below(identity, config, reading, kind, above / kind.section, None)
        elif kind.singleton:
            live = reading.singletons.get((sid, kind))
            declared = config.resources.get(above / kind.section) if live else None
            if live and declared:
                identity.match_only_candidate(declared.address, live, sid)
        elif (members := reading.collections.get((sid, kind))) is not None:
            _identify_members(identity, config, reading, kind, above, sid, members)


def _identify_members(
    identity: Identity,
    config: Config,
    reading: Reading,
    kind: Kind,
    above: Address,
    sid: Sid | None,
    members: tuple[LiveResource, ...],
) -> None:
    declared = config.members.get((above, kind), ())
    if kind.linked_kind is not None:
        _identify_links(identity, declared, members, sid)
        return
    collection = _Collection(identity, config.adopt, kind, above, sid, declared, members)
    collection.identify(is_declared=(above, kind) not in config.implicit_collections)
    for desired in declared:
        match = identity.matches.get(desired.address)
        if match:
            _identify_below(identity, config, reading, kind, desired.address, match.found.sid)


def _identify_links(
    identity: Identity, declared: Iterable[Desired], members: Iterable[LiveResource], sid: Sid | None
) -> None:
    """Match each link by the live resource on its other side, which was matched before."""
    by_other = {live.fields.get(live.kind.key_fields[0].name): live for live in members}
    for desired in declared:
        other = identity.matches.get(linked_address(desired.kind, desired.address))
        live = by_other.get(other.found.sid) if other else None
        if live and other:
            identity.match_only_candidate(desired.address, live, sid, other.found.sid)


class _Collection:
    """Matches the declared members of one collection with its live ones."""

    def __init__(
        self,
        identity: Identity,
        adopt: Mapping[Address, Sid],
        kind: Kind,
        above: Address,
        parent: Sid | None,
        declared: tuple[Desired, ...],
        members: tuple[LiveResource, ...],
    ) -> None:
        self.identity = identity
        self.adopt = adopt
        self.kind = kind
        self.above = above
        self.parent = parent
        self.declared = declared
        self.members = members
        self.by_sid = {each.sid: each for each in members}
        self.by_key = by_natural_key(members)
        self.taken: set[Sid] = set()
        self.adopted: dict[Address, Sid] = {}
        self.managed = frozenset(each.address for each in declared if not each.lifecycle.lookup)

    def identify(self, *, is_declared: bool) -> None:
        others = [desired for desired in self.declared if not self._match_adopted(desired)]
        unowned = [desired for desired in others if not self._match_owned(desired)]
        for desired in sorted(unowned, key=lambda each: each.lifecycle.absent):
            self._match_by_key(desired)
        self._follow_moves()
        owner = self.identity.ledger.owner
        self.identity.unmanaged.extend(each for each in self._unmanaged() if is_declared or each.found.sid in owner)

    def _match_adopted(self, desired: Desired) -> bool:
        """Match an address with the SID that `adopt` names for it, until the ledger owns it there."""
        sid = self.adopt.get(desired.address)
        if sid is None or self._is_adopted_already(desired, sid, live := self.by_sid.get(sid)):
            return False
        owner = self.identity.others.owner.get(sid)
        if live is not None and owner and not desired.lifecycle.lookup:
            self.identity.elsewhere[desired.address] = OwnedElsewhere(live, owner)
        elif live is not None:
            self._take(desired, self._match(desired, live))
        elif not desired.lifecycle.absent:
            self.identity.missing_adoptions[desired.address] = sid
        self.adopted[desired.address] = sid
        return True

    def _is_adopted_already(self, desired: Desired, sid: Sid, live: LiveResource | None) -> bool:
        """Whether the ledger owns a SID at this address, or did until another resource took its place."""
        held = self._entry(desired) if live is None and not desired.lifecycle.absent else None
        if held and held.sid in self.by_sid:
            return True  # somebody deleted what was adopted, and an apply created or adopted another one
        entry = self.identity.ledger.owner.get(sid)
        if entry is None or entry.address != desired.address:
            return False
        return entry.current or (live is not None and any(immutable_changes(desired, live)))

    def _match_owned(self, desired: Desired) -> bool:
        """Match an address with the live resource that the ledger has for it."""
        entry = self._entry(desired)
        if entry is None or entry.sid is None:
            return False
        live = self.by_sid.get(entry.sid)
        if live is None:
            self.identity.vanished[desired.address] = entry.sid
        if live is None or live.sid in self.taken:
            return False
        if not desired.lifecycle.absent and (self._is_superseded(desired, live) or self._is_another(desired, live)):
            self.identity.superseded[desired.address] = live
            return False
        previous = entry.address if entry.address != desired.address else None
        self._take(desired, Match(live, How.MOVED if previous else How.OWNED, previous))
        return True

    def _entry(self, desired: Desired) -> Entry | None:
        """Return the ledger's entry of an address if its resource may be in this collection."""
        entry = self.identity.ledger.current.get(desired.address) or self._previous(desired)
        return entry if entry and entry.may_be_in(self.parent) and not desired.lifecycle.lookup else None

    def _previous(self, desired: Desired) -> Entry | None:
        """Return the ledger's entry at an address from `previously` that nothing else is declared at."""
        addresses = (Address.parse(each) for each in sorted(desired.lifecycle.previously))
        entries = (self.identity.ledger.current.get(each) for each in addresses if each not in self.managed)
        return next((each for each in entries if each), None)

    def _is_superseded(self, desired: Desired, live: LiveResource) -> bool:
        """Whether a live resource cannot be changed to what is declared, and a second one can be created."""
        if live.terminal and desired.natural_key() not in live.natural_keys:
            return True
        return self.kind.on_immutable_change == "create" and any(immutable_changes(desired, live))

    def _is_another(self, desired: Desired, live: LiveResource) -> bool:
        """Whether the natural keys show that resources exchanged addresses, in a kind where a key occurs only once."""
        once = self.kind.unique or self.kind.key_is_label
        return once and desired.natural_key() not in live.natural_keys and desired.address in self._reassigned

    @cached_property
    def _reassigned(self) -> frozenset[Address]:
        adopted = frozenset(self.adopted.values())
        return find_reassigned(self._claim(each, adopted) for each in self.declared if not each.lifecycle.lookup)

    def _claim(self, desired: Desired, adopted: frozenset[Sid]) -> Claim:
        """Return what an address has, and what its natural key names. What `adopt` names is not available."""
        entry, key = self._entry(desired), desired.natural_key()
        live = self.by_sid.get(entry.sid) if entry and entry.sid not in adopted else None
        held = live.sid if live else None
        if desired.lifecycle.absent or desired.address in self.adopted:
            return Claim(desired.address, held)
        if live and (key in live.natural_keys or self.adopt.get(desired.address) == held):
            return Claim(desired.address, held, held)
        if live and self._is_superseded(desired, live):
            held = None
        owned = self.identity.ledger.owner
        named = [sid for each in self.by_key.get(key, ()) if (sid := each.sid) in owned and sid not in adopted]
        is_fixed = live is not None and any(immutable_changes(desired, live))
        return Claim(desired.address, held, named[0] if len(named) == 1 else None, is_fixed)

    def _match_by_key(self, desired: Desired) -> None:
        candidates = tuple(self._candidates(desired))
        free = [each for each in candidates if not self._is_claimed(each, desired)]
        free = self._only_owned(desired, free) or free
        if len(free) > 1:
            self.identity.ambiguous[desired.address] = tuple(each.sid for each in free if each.sid)
        elif free:
            self._take(desired, self._match(desired, free[0]))
        else:
            self._note_owner_elsewhere(desired, candidates)

    def _note_owner_elsewhere(self, desired: Desired, candidates: Iterable[LiveResource]) -> None:
        owned = ((each, self.identity.others.owner.get(each.sid)) for each in candidates if each.sid)
        found = next((OwnedElsewhere(each, owner) for each, owner in owned if owner), None)
        if found and found.found.sid not in self.taken:
            self.identity.elsewhere[desired.address] = found

    def _only_owned(self, desired: Desired, free: Iterable[LiveResource]) -> list[LiveResource]:
        """Return those of several candidates that the ledger owns: anybody may give another one the same name."""
        # what `lookup` names must exist only once, and what must be absent is deleted
        if desired.lifecycle.lookup or desired.lifecycle.absent:
            return []
        return [each for each in free if each.sid in self.identity.ledger.owner]

    def _candidates(self, desired: Desired) -> Iterable[LiveResource]:
        """Return the live resources with the natural key; a resource that must be absent may declare a part of it."""
        if not desired.lifecycle.absent:
            return self.by_key.get(desired.natural_key(), ())
        return [each for each in self.members if has_declared_key(desired, each)]

    def _match(self, desired: Desired, live: LiveResource) -> Match:
        if desired.lifecycle.lookup:
            return Match(live, How.LOOKED_UP)
        owner = self.identity.ledger.owner.get(live.sid) if live.sid else None
        if owner and owner.current and owner.address != desired.address:
            return Match(live, How.MOVED, previous=owner.address)
        return Match(live, How.ADOPTED)

    def _is_claimed(self, live: LiveResource, desired: Desired) -> bool:
        """Whether a live resource belongs to another declared address, and was not superseded there; or elsewhere.

        A resource that must be absent is never one that the ledger owns at another address, or owned there until
        another resource took its place: it would be deleted because of its name alone.
        """
        if live.sid in self.taken:
            return True
        if live.sid in self.identity.others.owner and not desired.lifecycle.lookup:
            return True
        owner = self.identity.ledger.owner.get(live.sid) if live.sid else None
        if owner is None or (owner.current and owner.address == desired.address):
            return False
        if desired.lifecycle.absent:
            return True
        if not owner.current or owner.address in self.identity.superseded:
            return False
        return owner.address in self.managed

    def _follow_moves(self) -> None:
        matches = (self.identity.matches.get(each.address) for each in self.declared)
        pairs = zip(self.declared, matches, strict=True)
        moves = {match.previous: desired.address for desired, match in pairs if match and match.previous}
        for previous in moves:
            self.identity.superseded.pop(previous, None)
        self.identity.ledger = self.identity.ledger.moved(moves)

    def _unmanaged(self) -> Iterator[UnmanagedResource]:
        ambiguous = {sid for each in self.declared for sid in self.identity.ambiguous.get(each.address, ())}
        for live in self.members:
            if live.sid not in self.taken and live.sid not in ambiguous:
                yield UnmanagedResource.of(self.above / self.kind.section, live)

    def _take(self, desired: Desired, match: Match) -> None:
        self.identity.matches[desired.address] = match
        if match.found.sid:
            self.taken.add(match.found.sid)


def immutable_changes(desired: Desired, live: LiveResource) -> Iterator[str]:
    """Yield the immutable fields in which a live resource differs from its declaration.

    A live value that is missing, or that this version does not know, is not a difference.
    """
    for each in desired.kind.immutables:
        value = live.fields.get(each.name)
        known = value is not None and not (each.choices and value not in each.choices) and each.name not in live.masked
        lacking = isinstance(desired.fields.get(each.name), MissingSecret)
        if known and not lacking and desired.wants(each) and as_secret(desired.fields[each.name]) != as_secret(value):
            yield each.name
    yield from _other_keys(desired, live)


def _other_keys(desired: Desired, live: LiveResource) -> Iterator[str]:
    """Yield the declared key field if the live resource has another one: an address does not become an identity."""
    firsts = [key[0] for key in desired.kind.key_options]
    for name in firsts:
        others = (live.fields.get(other) for other in firsts if other != name)
        if desired.fields.get(name) is not None and live.fields.get(name) is None and any(others):
            yield name
