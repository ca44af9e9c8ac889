"""Reads the live state in parallel: only the collections, singletons and links that the configuration names.

Some collections can have millions of members (users, conversations). Their members are read one by one, by the name
that Twilio accepts in place of a SID, and the collection is never listed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping
from functools import partial

from msgspec import Struct, field

from confsync.config.config import Config
from confsync.config.desired import Desired
from confsync.errors import ContradictoryRead
from confsync.live.source import NotRecorded, ReadPlace, Source
from confsync.live.task_group import task_group
from confsync.model import Kind
from confsync.names import API, Address, Sid, collection_url, is_sid, linked_address, member_url, parent_of
from confsync.plan.match import LiveResource
from confsync.resources import children_of
from confsync.state.ledger import Entry, Ledger

CollectionKey = tuple[Sid | None, Kind]
"""A collection, singleton or set of links: the SID of its parent (None at the top) and the kind of its members."""

_ByNaturalKey = Mapping[tuple[object, ...], list[Desired]]


class Reading(Struct, frozen=True):
    """Everything that was read.

    `gone` are owned SIDs that no longer exist, `dangling` are such SIDs to which something that was read refers.
    `unrecorded` are the addresses of collections and singletons that the source does not know. A resource that is read
    may have several addresses until it is identified.
    """

    collections: dict[CollectionKey, tuple[LiveResource, ...]] = field(default_factory=dict)
    singletons: dict[CollectionKey, LiveResource] = field(default_factory=dict)
    gone: set[Sid] = field(default_factory=set)
    dangling: set[Sid] = field(default_factory=set)
    unrecorded: set[Address] = field(default_factory=set)


async def read_live(source: Source, config: Config, ledger: Ledger, owned: Iterable[Entry] | None = None) -> Reading:
    """Read what a configuration names. Start each level as soon as the page with its parent has arrived.

    `owned` are the entries whose resources must be found again; by default, all of the ledger.

    Raises ContradictoryRead if a list lacks an owned resource that still exists, and what the source raises.
    """
    reader = _Reader(source, config, ledger, ledger.entries if owned is None else owned)
    async with task_group() as tasks:
        reader.read_children(tasks, _Parent(None, None, API, frozenset({Address()})))
    await reader.find_dangling()
    return reader.result()


class _Parent(Struct, frozen=True):
    """A live resource whose children are read: its kind, SID and URL, and every address that it may have."""

    kind: Kind | None
    sid: Sid | None
    url: str
    addresses: frozenset[Address]

    def place(self, kind: Kind) -> ReadPlace:
        """Return the place of what is directly in it."""
        return ReadPlace(kind, self.sid, collection_url(kind, self.url))


_Read = Callable[[_Parent, Kind], Awaitable[None]]


class _Reader:
    def __init__(self, source: Source, config: Config, ledger: Ledger, owned: Iterable[Entry]) -> None:
        self._reading = Reading()
        self._source = source
        self._config = config
        self._ledger = ledger
        self._entries = _by_collection(owned)
        self._seen: set[Sid] = set()
        self._renamed = _by_previous_address(config)
        self._adopting = _by_sid(config.adopt)

    def result(self) -> Reading:
        """Return what was read. A resource that was seen anywhere is not gone, even if it was missing elsewhere."""
        self._reading.gone.difference_update(self._seen)
        return self._reading

    async def find_dangling(self) -> None:
        """Look up what was referred to and not read. Only what has no parent can be looked up by its SID."""
        referred = dict(self._references())
        async with task_group() as tasks:
            checks = {sid: tasks.create_task(self._is_missing(kind, sid)) for sid, kind in referred.items()}
        self._reading.dangling.update(sid for sid, check in checks.items() if check.result())

    async def _is_missing(self, kind: Kind, sid: Sid) -> bool:
        try:
            return await self._source.member(ReadPlace(kind, None, collection_url(kind)), sid) is None
        except NotRecorded:
            return False

    def _references(self) -> Iterator[tuple[Sid, Kind]]:
        # Twilio may refuse to delete the account's default service, so a singleton costs no further request.
        for live in (each for members in self._reading.collections.values() for each in members):
            for each in live.kind.refs:
                kind, sid = each.ref.kind if each.ref else live.kind, live.fields.get(each.name)
                if kind.parent is None and is_sid(sid, kind.sid_prefix) and sid not in self._seen:
                    yield Sid(str(sid)), kind

    def read_children(self, tasks: asyncio.TaskGroup, parent: _Parent) -> None:
        for kind in children_of(parent.kind):
            if kind.group:
                inside = frozenset(each / kind.section for each in parent.addresses)
                self.read_children(tasks, _Parent(kind, None, collection_url(kind, parent.url), inside))
            elif kind.singleton:
                if any(each / kind.section in self._config.resources for each in parent.addresses):
                    tasks.create_task(self._read_if_recorded(self._read_singleton, parent, kind))
            elif any((each, kind) in self._config.collections for each in parent.addresses):
                tasks.create_task(self._read_if_recorded(partial(self._read_members, tasks), parent, kind))

    async def _read_if_recorded(self, read: _Read, parent: _Parent, kind: Kind) -> None:
        try:
            await read(parent, kind)
        except NotRecorded:
            self._reading.unrecorded.update(each / kind.section for each in parent.addresses)

    async def _read_members(self, tasks: asyncio.TaskGroup, parent: _Parent, kind: Kind) -> None:
        if kind.linked_kind is not None:
            members = await self._read_links(parent, kind)
        elif kind.read_by_name:
            members = await self._read_one_by_one(tasks, parent, kind)
        else:
            members = await self._read_list(tasks, parent, kind)
        self._reading.collections[parent.sid, kind] = members

    async def _read_singleton(self, parent: _Parent, kind: Kind) -> None:
        self._reading.singletons[parent.sid, kind] = await self._source.singleton(parent.place(kind))

    async def _read_list(self, tasks: asyncio.TaskGroup, parent: _Parent, kind: Kind) -> tuple[LiveResource, ...]:
        declared = self._declared_in(parent, kind)
        members: list[LiveResource] = []
        async for page in self._source.pages(parent.place(kind)):
            for live in page:
                members.append(live)
                self._read_below(tasks, parent, live, declared)
        self._seen.update(each.sid for each in members if each.sid)
        await self._look_for_missing(parent, kind, {each.sid for each in members})
        return tuple(members)

    async def _look_for_missing(self, parent: _Parent, kind: Kind, listed: set[Sid | None]) -> None:
        """Fetch each owned resource that the list lacks: either it is gone, or the list is wrong."""
        for entry in self._owned_in(parent, kind):
            if entry.sid not in listed and await self._read_owned(parent, kind, entry):
                raise ContradictoryRead(
                    f"Twilio's list of {kind.section} lacks {entry.address} ({entry.sid}), but the resource exists.",
                    hint="Wait a minute and run the command again. confsync makes no plan from a wrong list.",
                )

    async def _read_one_by_one(self, tasks: asyncio.TaskGroup, parent: _Parent, kind: Kind) -> tuple[LiveResource, ...]:
        """Read owned and adopted members by SID, then the declared ones that were not among them by name."""
        declared = self._declared_in(parent, kind)
        owned = [self._read_owned(parent, kind, entry) for entry in self._owned_in(parent, kind)]
        adopted = [self._read_member(parent, kind, sid) for sid in self._adopted_in(parent, kind)]
        by_sid = await _gather((*owned, *adopted))
        known = {key for live in by_sid for key in live.natural_keys}
        by_name = [self._read_named(parent, kind, each[0]) for key, each in declared.items() if key not in known]
        members = {live.sid: live for live in (*by_sid, *await _gather(by_name)) if live.sid}
        self._seen.update(members)
        for live in members.values():
            self._read_below(tasks, parent, live, declared)
        return tuple(members.values())

    async def _read_owned(self, parent: _Parent, kind: Kind, entry: Entry) -> LiveResource | None:
        """Read an owned resource by its SID, and note it as gone if it no longer exists."""
        if entry.sid is None:
            return None
        live = await self._read_member(parent, kind, entry.sid)
        if live is None:
            self._reading.gone.add(entry.sid)
        return live

    async def _read_named(self, parent: _Parent, kind: Kind, desired: Desired) -> LiveResource | None:
        """Read a declared resource by its name."""
        live = await self._read_member(parent, kind, desired.name)
        # a name may look like a SID, and Twilio then returns the resource with that SID
        return live if live and desired.natural_key() in live.natural_keys else None

    async def _read_member(self, parent: _Parent, kind: Kind, name: str) -> LiveResource | None:
        return await self._source.member(parent.place(kind), name)

    async def _read_links(self, parent: _Parent, kind: Kind) -> tuple[LiveResource, ...]:
        """Read the links of a resource, each by the name of the other side and by the SID that the ledger has for it.

        Which of the two is right is only known once everything is read.
        """
        declared = [each for address in parent.addresses for each in self._config.members.get((address, kind), ())]
        place = parent.place(kind)
        named = await _gather(self._source.member(place, name) for name in self._other_names(declared))
        known = {live.fields.get(kind.key_fields[0].name) for live in named}
        owned = [sid for sid in self._other_sids(declared) if sid not in known]
        return (*named, *await _gather(self._source.member(place, sid) for sid in owned))

    def _other_names(self, declared: Iterable[Desired]) -> Iterator[str]:
        return (self._config.resources[linked_address(each.kind, each.address)].name for each in declared)

    def _other_sids(self, declared: Iterable[Desired]) -> Iterator[Sid]:
        entries = (self._ledger.current.get(linked_address(each.kind, each.address)) for each in declared)
        return (entry.sid for entry in entries if entry and entry.sid)

    def _read_below(
        self, tasks: asyncio.TaskGroup, parent: _Parent, live: LiveResource, declared: _ByNaturalKey
    ) -> None:
        if live.sid and (addresses := self._addresses_of(parent, live, declared)):
            url = member_url(collection_url(live.kind, parent.url), live.sid)
            self.read_children(tasks, _Parent(live.kind, live.sid, url, addresses))

    def _declared_in(self, parent: _Parent, kind: Kind) -> _ByNaturalKey:
        declared: dict[tuple[object, ...], list[Desired]] = {}
        for address in parent.addresses:
            for desired in self._config.members.get((address, kind), ()):
                declared.setdefault(desired.natural_key(), []).append(desired)
        return declared

    def _addresses_of(self, parent: _Parent, live: LiveResource, declared: _ByNaturalKey) -> frozenset[Address]:
        """Return every address that a live resource may have: by its natural key, by `adopt` and by the ledger."""
        addresses = {each.address for key in live.natural_keys for each in declared.get(key, ())}
        addresses |= _below(parent, live.kind, self._adopting.get(live.sid, ()))
        owner = self._ledger.owner.get(live.sid) if live.sid else None
        if owner:
            # if the parent has moved, the ledger still has the old address: its key counts under the new one too
            here = {each / live.kind.section / owner.address.key for each in parent.addresses}
            addresses |= {each for each in here if each in self._config.resources}
            addresses |= _below(parent, live.kind, self._renamed.get(owner.address, ()))
            if addresses or owner.address in self._config.resources:
                addresses.add(owner.address)
        return frozenset(addresses)

    def _adopted_in(self, parent: _Parent, kind: Kind) -> Iterator[Sid]:
        """Yield the SIDs that `adopt` names in this collection and that the ledger does not own yet."""
        for address in parent.addresses:
            for each in self._config.members.get((address, kind), ()):
                sid = self._config.adopt.get(each.address)
                if sid and sid not in self._ledger.owner:
                    yield sid

    def _owned_in(self, parent: _Parent, kind: Kind) -> Iterator[Entry]:
        """Yield the ledger's entries in this very parent: two resources that swap places share their addresses."""
        for address in parent.addresses:
            above = self._ledger.current.get(address)
            if above is None or above.sid == parent.sid:
                entries = self._entries.get((*address, kind.section), ())
                yield from (each for each in entries if each.may_be_in(parent.sid))


async def _gather(reads: Iterable[Coroutine[object, object, LiveResource | None]]) -> tuple[LiveResource, ...]:
    """Read concurrently, and return what exists in the order of the reads."""
    async with task_group() as tasks:
        started = [tasks.create_task(each) for each in reads]
    results = (each.result() for each in started)
    return tuple(each for each in results if each)


def _below(parent: _Parent, kind: Kind, addresses: Iterable[Address]) -> set[Address]:
    return {each for each in addresses if parent_of(kind, each) in parent.addresses}


def _by_previous_address(config: Config) -> Mapping[Address, list[Address]]:
    renamed: dict[Address, list[Address]] = {}
    for desired in config.resources.values():
        for previous in desired.lifecycle.previously:
            renamed.setdefault(Address.parse(previous), []).append(desired.address)
    return renamed


def _by_sid(adopt: Mapping[Address, Sid]) -> Mapping[Sid | None, list[Address]]:
    addresses: dict[Sid | None, list[Address]] = {}
    for address, sid in adopt.items():
        addresses.setdefault(sid, []).append(address)
    return addresses


def _by_collection(entries: Iterable[Entry]) -> dict[tuple[str, ...], list[Entry]]:
    collections: dict[tuple[str, ...], list[Entry]] = {}
    for entry in entries:
        collections.setdefault(tuple(entry.address[:-1]), []).append(entry)
    return collections
