"""What Twilio says, read in parallel: only the collections and singletons that the configuration names."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from confsync.config.config import Config
from confsync.config.desired import Desired
from confsync.engine.ledger import Entry, Ledger
from confsync.errors import ContradictoryRead, MalformedAnswer, NotFound
from confsync.model import Kind, Value
from confsync.names import API, Address, Sid, collection_url, is_sid
from confsync.resources import children_of
from confsync.twilio.api import Api
from confsync.twilio.wire import decode


@dataclass(frozen=True, slots=True)
class Found:
    """One live thing as Twilio told it; references are SIDs still. A singleton has no SID.

    What it says is kept out of its repr: a sensitive variable may have become part of it.
    """

    kind: Kind
    sid: Sid | None
    fields: Mapping[str, Value] = field(repr=False)
    date_updated: str | None = None

    def natural_key(self) -> tuple[Value, ...]:
        """Tell how a person would recognise it."""
        return self.kind.natural_key(self.fields)


Place = tuple[Sid | None, Kind]
"""Where things were read: the SID of what they stand in, none at the top, and their kind."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that was read, by place. `gone` are owned SIDs that no longer exist."""

    collections: dict[Place, tuple[Found, ...]] = field(default_factory=dict)
    singletons: dict[Place, Found] = field(default_factory=dict)
    gone: set[Sid] = field(default_factory=set)


async def read(api: Api, config: Config, ledger: Ledger) -> Reading:
    """Read what the configuration names, each level as soon as the page that holds its parent is there.

    Raises ContradictoryRead where a list lacks an owned thing that still exists, and what the client raises.
    """
    reader = _Reader(api, config, ledger)
    try:
        async with asyncio.TaskGroup() as tasks:
            reader.spawn_below(tasks, _Spot(None, None, API, frozenset({Address()})))
    except BaseExceptionGroup as failures:
        raise _first(failures) from None
    return reader.reading


@dataclass(frozen=True, slots=True)
class _Spot:
    """A live thing to read below: its kind, SID and URL, and every address under which it may be known."""

    kind: Kind | None
    sid: Sid | None
    url: str
    addresses: frozenset[Address]


class _Reader:
    def __init__(self, api: Api, config: Config, ledger: Ledger) -> None:
        self.reading = Reading()
        self._api = api
        self._config = config
        self._ledger = ledger
        self._owned = _by_collection(ledger.entries)

    def spawn_below(self, tasks: asyncio.TaskGroup, spot: _Spot) -> None:
        for kind in children_of(spot.kind):
            if kind.singleton and any(each / kind.section in self._config.resources for each in spot.addresses):
                tasks.create_task(self._read_singleton(spot, kind))
            elif any((each, kind) in self._config.collections for each in spot.addresses):
                tasks.create_task(self._read_collection(tasks, spot, kind))

    async def _read_singleton(self, spot: _Spot, kind: Kind) -> None:
        body = await self._api.get(collection_url(kind, spot.url))
        self.reading.singletons[spot.sid, kind] = found_in(kind, body)

    async def _read_collection(self, tasks: asyncio.TaskGroup, spot: _Spot, kind: Kind) -> None:
        url = collection_url(kind, spot.url)
        wanted = self._wanted(spot, kind)
        members: list[Found] = []
        async for page in self._api.pages(url, kind.list_key, kind.page_size):
            for body in page:
                found = found_in(kind, body)
                members.append(found)
                if found.sid and (addresses := self._names_of(found, wanted)):
                    self.spawn_below(tasks, _Spot(kind, found.sid, f"{url}/{found.sid}", addresses))
        self.reading.collections[spot.sid, kind] = tuple(members)
        await self._look_for_missing(spot, kind, {each.sid for each in members})

    async def _look_for_missing(self, spot: _Spot, kind: Kind, listed: set[Sid | None]) -> None:
        """Fetch each owned thing that the list lacks: either it is gone, or the list is wrong."""
        for entry in self._owned_in(spot, kind):
            if entry.sid is None or entry.sid in listed:
                continue
            try:
                await self._api.get(f"{collection_url(kind, spot.url)}/{entry.sid}")
            except NotFound:
                self.reading.gone.add(entry.sid)
                continue
            raise ContradictoryRead(
                f"Twilio's list of {kind.section} lacks {entry.address} ({entry.sid}), and yet it exists.",
                next_step="Run it again in a minute; no plan is made from a list that is wrong.",
            )

    def _wanted(self, spot: _Spot, kind: Kind) -> dict[tuple[object, ...], list[Desired]]:
        wanted: dict[tuple[object, ...], list[Desired]] = {}
        for address in spot.addresses:
            for desired in self._config.members.get((address, kind), ()):
                wanted.setdefault(desired.natural_key(), []).append(desired)
        return wanted

    def _names_of(self, found: Found, wanted: Mapping[tuple[object, ...], list[Desired]]) -> frozenset[Address]:
        """Give every address under which a live thing may be known: by its natural key, and by the ledger."""
        names = {each.address for each in wanted.get(found.natural_key(), ())}
        owner = self._ledger.owner.get(found.sid) if found.sid else None
        if owner and (names or owner.address in self._config.resources):
            names.add(owner.address)
        return frozenset(names)

    def _owned_in(self, spot: _Spot, kind: Kind) -> Iterator[Entry]:
        for address in spot.addresses:
            yield from self._owned.get((*address, kind.section), ())


def found_in(kind: Kind, body: Mapping[str, object]) -> Found:
    """Take one live thing from an answer. Raises MalformedAnswer."""
    sid, updated = body.get("sid"), body.get("date_updated")
    if not kind.singleton and not is_sid(sid, kind.sid_prefix):
        raise MalformedAnswer(f"Twilio answered a {kind.title} without a well-formed SID.")
    return Found(
        kind=kind,
        sid=Sid(str(sid)) if not kind.singleton else None,
        fields=decode(kind, body),
        date_updated=updated if isinstance(updated, str) else None,
    )


def _by_collection(entries: Iterable[Entry]) -> dict[tuple[str, ...], list[Entry]]:
    found: dict[tuple[str, ...], list[Entry]] = {}
    for entry in entries:
        found.setdefault(tuple(entry.address[:-1]), []).append(entry)
    return found


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """Unwrap the failure that stopped the reading; the rest were cancelled for it."""
    first = failures.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
