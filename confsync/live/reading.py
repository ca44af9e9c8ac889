"""What Twilio says, read in parallel: only the collections, singletons and links that the configuration names.

Where there may be millions (users, conversations), members are read one by one, by the name that Twilio takes instead
of a SID, and nothing is listed.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Iterator, Mapping

from msgspec import Struct, field

from confsync.config.config import Config
from confsync.config.desired import Desired
from confsync.errors import ContradictoryRead, MalformedResponse, NotFound
from confsync.live.task_group import task_group
from confsync.model import Kind
from confsync.names import API, Address, Sid, collection_url, is_sid, linked, member_url, parent_of
from confsync.plan.match import LiveResource
from confsync.resources import children_of
from confsync.state.ledger import Entry, Ledger
from confsync.twilio.api import Api
from confsync.twilio.wire import decode_fields

CollectionKey = tuple[Sid | None, Kind]
"""Where things were read: the SID of what they stand in, none at the top, and their kind."""


class Reading(Struct, frozen=True):
    """Everything that was read, by place. `gone` are owned SIDs that no longer exist."""

    collections: dict[CollectionKey, tuple[LiveResource, ...]] = field(default_factory=dict)
    singletons: dict[CollectionKey, LiveResource] = field(default_factory=dict)
    gone: set[Sid] = field(default_factory=set)


async def read_live(api: Api, config: Config, ledger: Ledger, owned: Iterable[Entry] | None = None) -> Reading:
    """Read what the configuration names, each level as soon as the page that holds its parent is there.

    `owned` is what of ours must be found again, all of the ledger unless it is given.

    Raises ContradictoryRead where a list lacks an owned thing that still exists, and what the client raises.
    """
    reader = _Reader(api, config, ledger, ledger.entries if owned is None else owned)
    async with task_group() as tasks:
        reader.spawn_below(tasks, _Spot(None, None, API, frozenset({Address()})))
    return reader.done()


class _Spot(Struct, frozen=True):
    """A live thing to read below: its kind, SID and URL, and every address under which it may be known."""

    kind: Kind | None
    sid: Sid | None
    url: str
    addresses: frozenset[Address]


class _Reader:
    def __init__(self, api: Api, config: Config, ledger: Ledger, owned: Iterable[Entry]) -> None:
        self.reading = Reading()
        self._api = api
        self._config = config
        self._ledger = ledger
        self._entries = _by_collection(owned)
        self._listed: set[Sid] = set()
        self._renamed = _by_previous_address(config)
        self._tied_to = _by_sid(config.adopt)

    def done(self) -> Reading:
        """Give what was read; what was found somewhere else than where it was looked for is not gone."""
        self.reading.gone.difference_update(self._listed)
        return self.reading

    def spawn_below(self, tasks: asyncio.TaskGroup, spot: _Spot) -> None:
        for kind in children_of(spot.kind):
            if kind.group:
                inside = frozenset(each / kind.section for each in spot.addresses)
                self.spawn_below(tasks, _Spot(kind, None, collection_url(kind, spot.url), inside))
            elif kind.singleton:
                if any(each / kind.section in self._config.resources for each in spot.addresses):
                    tasks.create_task(self._read_singleton(spot, kind))
            elif any((each, kind) in self._config.collections for each in spot.addresses):
                tasks.create_task(self._read_members(tasks, spot, kind))

    async def _read_members(self, tasks: asyncio.TaskGroup, spot: _Spot, kind: Kind) -> None:
        if kind.linked_kind is not None:
            found = await self._read_links(spot, kind)
        elif kind.read_by_name:
            found = await self._read_one_by_one(tasks, spot, kind)
        else:
            found = await self._read_list(tasks, spot, kind)
        self.reading.collections[spot.sid, kind] = found

    async def _read_singleton(self, spot: _Spot, kind: Kind) -> None:
        body = await self._api.get(collection_url(kind, spot.url))
        self.reading.singletons[spot.sid, kind] = parse_live_resource(kind, body)

    async def _read_list(self, tasks: asyncio.TaskGroup, spot: _Spot, kind: Kind) -> tuple[LiveResource, ...]:
        wanted = self._wanted(spot, kind)
        members: list[LiveResource] = []
        async for page in self._api.pages(collection_url(kind, spot.url), kind.list_key, kind.page_size):
            for body in page:
                found = parse_live_resource(kind, body)
                members.append(found)
                self._spawn_below_member(tasks, spot, found, wanted)
        self._listed.update(each.sid for each in members if each.sid)
        await self._look_for_missing(spot, kind, {each.sid for each in members})
        return tuple(members)

    async def _look_for_missing(self, spot: _Spot, kind: Kind, listed: set[Sid | None]) -> None:
        """Fetch each owned thing that the list lacks: either it is gone, or the list is wrong."""
        for entry in self._owned_in(spot, kind):
            if entry.sid not in listed and await self._owned(spot, kind, entry):
                raise ContradictoryRead(
                    f"Twilio's list of {kind.section} lacks {entry.address} ({entry.sid}), and yet it exists.",
                    hint="Run it again in a minute; no plan is made from a list that is wrong.",
                )

    async def _read_one_by_one(self, tasks: asyncio.TaskGroup, spot: _Spot, kind: Kind) -> tuple[LiveResource, ...]:
        """Read what is declared by its name and what we own by its SID; often that is one and the same."""
        wanted = self._wanted(spot, kind)
        readings = [self._owned(spot, kind, entry) for entry in self._owned_in(spot, kind)]
        owned = await _all((*readings, *(self._tied(spot, kind, sid) for sid in self._tied_in(spot, kind))))
        known = {key for found in owned for key in found.natural_keys}
        readings = [self._named(spot, kind, each[0]) for key, each in wanted.items() if key not in known]
        members = {found.sid: found for found in (*owned, *await _all(readings)) if found.sid}
        self._listed.update(members)
        for found in members.values():
            self._spawn_below_member(tasks, spot, found, wanted)
        return tuple(members.values())

    async def _owned(self, spot: _Spot, kind: Kind, entry: Entry) -> LiveResource | None:
        """Read what the ledger holds; where it is no longer there, it is noted as gone."""
        if entry.sid is None:
            return None
        found = await self._fetched(kind, member_url(collection_url(kind, spot.url), entry.sid))
        if found is None:
            self.reading.gone.add(entry.sid)
        return found

    async def _tied(self, spot: _Spot, kind: Kind, sid: Sid) -> LiveResource | None:
        return await self._fetched(kind, member_url(collection_url(kind, spot.url), sid))

    async def _named(self, spot: _Spot, kind: Kind, desired: Desired) -> LiveResource | None:
        """Read what has a declared name; what has another one, since that name looks like a SID, is something else."""
        found = await self._fetched(kind, member_url(collection_url(kind, spot.url), desired.name))
        return found if found and desired.natural_key() in found.natural_keys else None

    async def _read_links(self, spot: _Spot, kind: Kind) -> tuple[LiveResource, ...]:
        """Read what holds between this thing and others: each by the other's name, and by the SID that it may have.

        Which of the two it is, is known only once everything is read.
        """
        declared = [each for address in spot.addresses for each in self._config.members.get((address, kind), ())]
        home = collection_url(kind, spot.url)
        named = await _all(self._fetched(kind, member_url(home, name)) for name in self._other_sides(declared))
        known = {found.fields.get(kind.key_fields[0].name) for found in named}
        owned = [sid for sid in self._owned_sides(declared) if sid not in known]
        return (*named, *await _all(self._fetched(kind, member_url(home, sid)) for sid in owned))

    def _other_sides(self, declared: Iterable[Desired]) -> Iterator[str]:
        return (self._config.resources[linked(each.kind, each.address)].name for each in declared)

    def _owned_sides(self, declared: Iterable[Desired]) -> Iterator[Sid]:
        entries = (self._ledger.current.get(linked(each.kind, each.address)) for each in declared)
        return (entry.sid for entry in entries if entry and entry.sid)

    async def _fetched(self, kind: Kind, url: str) -> LiveResource | None:
        try:
            return parse_live_resource(kind, await self._api.get(url))
        except NotFound:
            return None

    def _spawn_below_member(
        self,
        tasks: asyncio.TaskGroup,
        spot: _Spot,
        found: LiveResource,
        wanted: Mapping[tuple[object, ...], list[Desired]],
    ) -> None:
        if found.sid and (addresses := self._names_of(spot, found, wanted)):
            url = member_url(collection_url(found.kind, spot.url), found.sid)
            self.spawn_below(tasks, _Spot(found.kind, found.sid, url, addresses))

    def _wanted(self, spot: _Spot, kind: Kind) -> dict[tuple[object, ...], list[Desired]]:
        wanted: dict[tuple[object, ...], list[Desired]] = {}
        for address in spot.addresses:
            for desired in self._config.members.get((address, kind), ()):
                wanted.setdefault(desired.natural_key(), []).append(desired)
        return wanted

    def _names_of(
        self, spot: _Spot, found: LiveResource, wanted: Mapping[tuple[object, ...], list[Desired]]
    ) -> frozenset[Address]:
        """Give every address under which a live thing may be known: by its natural key, and by the ledger.

        Where what it stands in has moved, the ledger's address is that of before: then its key counts here as well.
        """
        names = {each.address for key in found.natural_keys for each in wanted.get(key, ())}
        names |= {each for each in self._tied_to.get(found.sid, ()) if parent_of(found.kind, each) in spot.addresses}
        owner = self._ledger.owner.get(found.sid) if found.sid else None
        if owner:
            here = {each / found.kind.section / owner.address.key for each in spot.addresses}
            names |= {each for each in here if each in self._config.resources}
            names |= {
                each for each in self._renamed.get(owner.address, ()) if parent_of(found.kind, each) in spot.addresses
            }
            if names or owner.address in self._config.resources:
                names.add(owner.address)
        return frozenset(names)

    def _tied_in(self, spot: _Spot, kind: Kind) -> Iterator[Sid]:
        """Give what `adopt` ties an address in this thing to, unless it is ours already and read as such."""
        for address in spot.addresses:
            for each in self._config.members.get((address, kind), ()):
                sid = self._config.adopt.get(each.address)
                if sid and sid not in self._ledger.owner:
                    yield sid

    def _owned_in(self, spot: _Spot, kind: Kind) -> Iterator[Entry]:
        """Give what the ledger has in this very thing: an address may be that of two things that change places."""
        for address in spot.addresses:
            above = self._ledger.current.get(address)
            if above is None or above.sid == spot.sid:
                yield from self._entries.get((*address, kind.section), ())


def parse_live_resource(kind: Kind, body: Mapping[str, object]) -> LiveResource:
    """Take one live thing from an answer. Raises MalformedResponse."""
    sid, updated = body.get("sid"), body.get("date_updated")
    if not kind.created_by_twilio and not is_sid(sid, kind.sid_prefix):
        raise MalformedResponse(f"Twilio returned {kind.a_title} without a well-formed SID.")
    return LiveResource(
        kind=kind,
        sid=Sid(str(sid)) if not kind.created_by_twilio else None,
        fields=decode_fields(kind, body),
        date_updated=updated if isinstance(updated, str) else None,
    )


async def _all(readings: Iterable[Coroutine[object, object, LiveResource | None]]) -> tuple[LiveResource, ...]:
    """Read side by side, and give what is there in the order of asking."""
    async with task_group() as tasks:
        under_way = [tasks.create_task(each) for each in readings]
    results = (each.result() for each in under_way)
    return tuple(each for each in results if each)


def _by_previous_address(config: Config) -> Mapping[Address, list[Address]]:
    found: dict[Address, list[Address]] = {}
    for desired in config.resources.values():
        for previous in desired.lifecycle.previously:
            found.setdefault(Address.parse(previous), []).append(desired.address)
    return found


def _by_sid(adopt: Mapping[Address, Sid]) -> Mapping[Sid | None, list[Address]]:
    found: dict[Sid | None, list[Address]] = {}
    for address, sid in adopt.items():
        found.setdefault(sid, []).append(address)
    return found


def _by_collection(entries: Iterable[Entry]) -> dict[tuple[str, ...], list[Entry]]:
    found: dict[tuple[str, ...], list[Entry]] = {}
    for entry in entries:
        found.setdefault(tuple(entry.address[:-1]), []).append(entry)
    return found
