"""What Twilio holds now, expressed in addresses."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from msgspec import Struct, field

from confsync.codecs import Value
from confsync.config.config import Config
from confsync.config.desired import Desired, value_digest
from confsync.config.tree import MissingSecret
from confsync.live.identity import Identity, identify
from confsync.live.pending import settle_pending, settle_replaces
from confsync.live.reading import Reading, read_live
from confsync.live.source import Source
from confsync.names import Address, Sid, parent_of
from confsync.plan.difference import LiveValue
from confsync.plan.match import LiveResource, Match
from confsync.plan.plan import UnmanagedResource
from confsync.redaction import mask_url_path
from confsync.secret import Secret
from confsync.state.ledger import Entry, Ledger
from confsync.state.other_environments import NO_OTHERS, OtherEnvironments, Owner

_OPEN_TYPES = frozenset({str, bool, int, frozenset, Address, type(None)})
"""The types of declared values that are certainly not sensitive."""


class Namesake(Struct, frozen=True):
    """A live resource that confsync does not own, and a declared or owned one with the same natural key."""

    address: Address
    ours: LiveResource
    other: UnmanagedResource


class Snapshot(Struct, frozen=True, dict=True):
    """The live side of a plan. `gone` are owned SIDs that no longer exist, `dangling` those that values name.

    `reading` is what it was made from.
    """

    identity: Identity
    declared: frozenset[Address]
    gone: frozenset[Sid] = frozenset()
    dangling: frozenset[Sid] = frozenset()
    reading: Reading = field(default_factory=Reading)

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger, with moved resources at their new addresses and without those that no longer exist."""
        return self.identity.ledger.without(self.gone)

    @property
    def matches(self) -> Mapping[Address, Match]:
        """The live resource of each configured address."""
        return self.identity.matches

    @property
    def unmanaged(self) -> tuple[UnmanagedResource, ...]:
        """Every live resource that was read and that no configured one matches."""
        return tuple(self.identity.unmanaged)

    @property
    def other_owners(self) -> Mapping[Sid, Owner]:
        """The owner of each SID that a different environment of the account owns."""
        return self.identity.others.owner

    @cached_property
    def sids(self) -> Mapping[Address, Sid]:
        """The SID of each configured resource that exists."""
        return {address: match.found.sid for address, match in self.matches.items() if match.found.sid}

    @cached_property
    def known_sids(self) -> Mapping[Address, Sid]:
        """The SID of everything that was read. The address of an unmanaged resource is built from its live name."""
        unmanaged = {each.address: each.found.sid for each in self.unmanaged if each.found.sid}
        return {**unmanaged, **self.sids}

    @cached_property
    def by_sid(self) -> Mapping[Sid, LiveResource]:
        """Every live resource that has a SID."""
        found = (*(each.found for each in self.matches.values()), *(each.found for each in self.unmanaged))
        return {each.sid: each for each in found if each.sid}

    @cached_property
    def sids_by_key(self) -> Mapping[tuple[Address, object], tuple[Sid, ...]]:
        """The SIDs of the live resources with a natural key, by the address of their collection and that key."""
        places = ((address, match.found) for address, match in self.matches.items())
        unmanaged = ((each.address, each.found) for each in self.unmanaged)
        sids_by_key: dict[tuple[Address, object], tuple[Sid, ...]] = {}
        for address, found in (*places, *unmanaged):
            sids = (found.sid,) if found.sid else ()
            for key in found.natural_keys:
                place = (Address(address[:-1]), key)
                sids_by_key[place] = (*sids_by_key.get(place, ()), *sids)
        return sids_by_key

    @cached_property
    def namesakes(self) -> tuple[Namesake, ...]:
        """Each resource that nobody declares or owns, next to each declared or owned one of the same name."""
        owner = self.ledger.owner
        owned = [(owner[sid], each) for each in self.unmanaged if (sid := each.found.sid) and sid in owner]
        strange = (each for each in self.unmanaged if each.found.sid not in owner)
        others = _by_place(each for each in strange if each.found.sid not in self.other_owners)
        known = (
            *((address, address, match.found) for address, match in self.matches.items() if others and match.found.sid),
            *((entry.address, each.address, each.found) for entry, each in owned),
        )
        return tuple(
            Namesake(address, live, other) for address, place, live in known for other in _in_place(others, place, live)
        )

    def with_addresses(self, found: LiveResource) -> Mapping[str, LiveValue]:
        """Return the fields of a live resource with addresses in place of SIDs."""
        refs = {each.name: self._address(found.fields.get(each.name)) for each in found.kind.refs}
        return {**found.fields, **refs} if refs else found.fields

    def masked_fields(self, desired: Desired, found: LiveResource) -> Mapping[str, LiveValue]:
        """Return live fields without what is sensitive.

        A value is a secret if the desired one is, or if the one last applied was. Of another URL to which Twilio sends
        data, only the host is shown, unless it is the desired one, or the ledger says that it was applied openly.
        """
        live, entry = self.with_addresses(found), self.ledger.owner.get(found.sid) if found.sid else None
        entry = entry or self.ledger.current.get(desired.address)
        masked = {name: _with_host_only(desired, name, live, entry) for name in _receivers(found)}
        masked = {name: shown for name, shown in masked.items() if shown is not live[name]}
        fingerprints = entry.fingerprints if entry else {}
        if not fingerprints and _OPEN_TYPES.issuperset(map(type, desired.fields.values())):
            return {**live, **masked} if masked else live
        secret = {
            name: Secret(value)
            for name, value in live.items()
            if isinstance(value, str) and _is_sensitive(desired, name, value, fingerprints)
        }
        return {**live, **masked, **secret}

    def _address(self, value: Value) -> LiveValue:
        return self._names.get(Sid(value), value) if isinstance(value, str) else value

    @cached_property
    def _names(self) -> Mapping[Sid, Address]:
        """The address of each SID. An unmanaged resource has one unless a configured resource has that address."""
        unmanaged = {
            each.found.sid: each.address
            for each in self.unmanaged
            if each.found.sid and each.address not in self.declared
        }
        return {**unmanaged, **{sid: address for address, sid in self.sids.items()}}


async def take_snapshot(
    source: Source,
    config: Config,
    ledger: Ledger,
    others: OtherEnvironments = NO_OTHERS,
    *,
    view: Config | None = None,
    owned: Iterable[Entry] | None = None,
) -> Snapshot:
    """Read the live state of what the configuration names. Raises ContradictoryRead, and what the source raises.

    `view` is the part of the configuration to read, and `owned` the part of the ledger to find again. Resources are
    identified with the whole of both. `others` says what different environments of the account own.
    """
    reading = await read_live(source, view or config, ledger, owned)
    ledger = settle_pending(settle_replaces(ledger, reading), reading, config.resources, others.owner)
    identity = identify(config, reading, ledger, others)
    gone, dangling = frozenset(reading.gone), frozenset(reading.dangling)
    return Snapshot(identity, frozenset(config.resources), gone, dangling, reading)


def comes_with_parent(desired: Desired, snapshot: Snapshot) -> bool:
    """Whether Twilio will create a resource together with its parent, which does not exist yet."""
    parent = parent_of(desired.kind, desired.address)
    return desired.natural_key() in desired.kind.built_in and parent not in snapshot.matches


_ByPlace = Mapping[tuple[Address, object], list[UnmanagedResource]]


def _by_place(resources: Iterable[UnmanagedResource]) -> _ByPlace:
    """Index resources by the address of their collection and by each natural key."""
    places: dict[tuple[Address, object], list[UnmanagedResource]] = {}
    for each in resources:
        for key in each.found.natural_keys:
            places.setdefault((Address(each.address[:-1]), key), []).append(each)
    return places


def _in_place(others: _ByPlace, place: Address, live: LiveResource) -> Iterable[UnmanagedResource]:
    """Return those with a natural key of a live resource, in the collection of an address, each once."""
    found = (other for key in live.natural_keys for other in others.get((Address(place[:-1]), key), ()))
    return {each.found.sid: each for each in found}.values()


def _is_sensitive(desired: Desired, name: str, live: str, fingerprints: Mapping[str, str]) -> bool:
    value = desired.fields.get(name)
    return isinstance(value, Secret | MissingSecret) or (name in fingerprints and value != live)


def _receivers(found: LiveResource) -> Iterator[str]:
    return (each.name for each in found.kind.receivers if isinstance(found.fields.get(each.name), str))


def _with_host_only(desired: Desired, name: str, live: Mapping[str, LiveValue], entry: Entry | None) -> LiveValue:
    url = live[name]
    known = url == desired.fields.get(name) or (entry and entry.applied.get(name) == value_digest(url))
    return url if known or not isinstance(url, str) else mask_url_path(url)
