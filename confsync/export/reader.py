"""Reads everything of a live account that an export covers, in parallel, and with GET requests only."""

import asyncio
from collections.abc import Callable

from msgspec import Struct

from confsync.export.naming import ChoosesKeys, Naming
from confsync.export.selection import ExportSelection
from confsync.live.reading import Reading
from confsync.live.source import parse_live_resource
from confsync.live.task_group import task_group
from confsync.model import Kind
from confsync.names import API, Address, Sid, collection_url, member_url
from confsync.plan.match import LiveResource
from confsync.resources import children_of
from confsync.twilio.api import Api

ExportProgress = Callable[[int, int], None]
"""Called with how many services were read, and how many are known."""


async def read_account(api: Api, selection: ExportSelection, naming: Naming, progress: ExportProgress) -> Reading:
    """Read every collection, singleton and link that the selection covers. Raises what the client raises."""
    reader = _AccountReader(api, selection, naming, progress)
    await reader.read_children(_Parent(None, None, API, (Address(),)))
    return reader.reading


class _Parent(Struct, frozen=True):
    """A live resource whose children are read: its kind, SID and URL, and every address by which it may be selected."""

    kind: Kind | None
    sid: Sid | None
    url: str
    addresses: tuple[Address, ...]


class _AccountReader:
    def __init__(self, api: Api, selection: ExportSelection, naming: Naming, progress: ExportProgress) -> None:
        self.reading = Reading()
        self._api = api
        self._selection = selection
        self._naming = naming
        self._progress = progress
        self._done = self._total = 0

    async def read_children(self, parent: _Parent) -> None:
        """Read everything below a resource, or below the account."""
        async with task_group() as tasks:
            self._start(tasks, parent)

    def _start(self, tasks: asyncio.TaskGroup, parent: _Parent) -> None:
        for kind in children_of(parent.kind):
            homes = tuple(each / kind.section for each in parent.addresses)
            if kind.group:
                self._start(tasks, _Parent(kind, None, collection_url(kind, parent.url), homes))
            elif self._selection.reads(homes, kind):
                read = self._read_singleton if kind.singleton else self._read_members
                tasks.create_task(read(parent, kind, homes))

    async def _read_singleton(self, parent: _Parent, kind: Kind, _: tuple[Address, ...]) -> None:
        body = await self._api.get(collection_url(kind, parent.url))
        self.reading.singletons[parent.sid, kind] = parse_live_resource(kind, body)

    async def _read_members(self, parent: _Parent, kind: Kind, homes: tuple[Address, ...]) -> None:
        """List a collection. Read what is in its members as soon as they are known to be selected."""
        members: list[LiveResource] = []
        url = collection_url(kind, parent.url)
        key = ".".join(kind.key_fields[0].read_path) if kind.linked_kind else "sid"
        async with task_group() as tasks:
            async for page in self._api.pages(url, kind.list_key, kind.page_size, id_key=key):
                found = [parse_live_resource(kind, body) for body in page]
                members.extend(found)
                if self._selection.covers_everything:  # nobody needs to know the keys of the others
                    self._start_below(tasks, parent, found, {})
            if not self._selection.covers_everything:
                addresses = candidate_addresses(self._naming, kind, homes, members)
                self._start_below(tasks, parent, members, addresses)
            self.reading.collections[parent.sid, kind] = tuple(members)

    def _start_below(
        self,
        tasks: asyncio.TaskGroup,
        parent: _Parent,
        members: list[LiveResource],
        addresses: dict[Sid, tuple[Address, ...]],
    ) -> None:
        below = [each for each in members if each.sid and children_of(each.kind)]
        self._total += len(below) if parent.kind is None else 0
        for each in below:
            tasks.create_task(self._read_member(parent, each, addresses.get(Sid(str(each.sid)), (Address(),))))

    async def _read_member(self, parent: _Parent, live: LiveResource, addresses: tuple[Address, ...]) -> None:
        url = member_url(collection_url(live.kind, parent.url), str(live.sid))
        await self.read_children(_Parent(live.kind, live.sid, url, addresses))
        if parent.kind is None:
            self._done += 1
            self._progress(self._done, self._total)


def candidate_addresses(
    naming: ChoosesKeys, kind: Kind, homes: tuple[Address, ...], members: list[LiveResource]
) -> dict[Sid, tuple[Address, ...]]:
    """Return every address by which each member may be selected: by its key and by its live name."""
    found: dict[Sid, dict[Address, None]] = {}
    for home in homes:
        keys = naming.keys(home, kind, members)
        for each in members:
            if each.sid:
                names = (keys[each.sid], *((each.name,) if each.name else ()))
                found.setdefault(each.sid, {}).update((home / name, None) for name in names)
    return {sid: tuple(addresses) for sid, addresses in found.items()}
