"""What hangs on a thing that is about to be deleted: counted page by page, and never further than a cap."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing

from msgspec import Struct

from confsync.errors import NotFound
from confsync.live.task_group import task_group
from confsync.model import Kind
from confsync.names import API, Sid, collection_url, member_url
from confsync.plan.blast_radius import BlastRadius, Count
from confsync.plan.match import LiveResource
from confsync.planning.dependents import Counted, Listing, Where, dependents_of, listing_of
from confsync.resources.service import Service
from confsync.twilio.api import Api
from confsync.twilio.body import Json
from confsync.twilio.pages import Filters
from confsync.twilio.wire import decode

CAP = 1_000


async def blast_radius(
    api: Api, doomed: LiveResource, home: str, *, cap: int = CAP, leaving: frozenset[Sid] = frozenset()
) -> BlastRadius:
    """Count what hangs on a live thing; `home` is the URL of its collection, and what is not found is not there.

    Nothing is written. For each count at most `cap` items are read, whether they count or not, and a page more of each
    list that is read at the same time; a count that stops there is "at least". What is `leaving` (SIDs) does not count.
    Raises what the client raises.
    """
    reach = dependents_of(doomed.kind)
    survey = _Survey(api, doomed, home, cap, leaving)
    async with task_group() as tasks:
        counts = [tasks.create_task(survey.count(each)) for each in reach.counted]
        named = tasks.create_task(survey.named_in(reach.defaults))
    return BlastRadius(tuple(each.result() for each in counts), (*named.result(), *reach.says(doomed)))


class _Stretch(Struct, frozen=True):
    """The items of a list that were read, and whether those are all."""

    items: list[Json]
    complete: bool


class _Budget(Struct):
    """How many items may still be read for one count, over all of its lists."""

    left: int


class _Survey(Struct, frozen=True):
    api: Api
    doomed: LiveResource
    home: str
    cap: int
    leaving: frozenset[Sid]

    async def count(self, counted: Counted) -> Count:
        above, complete = await self._places(counted.where)
        budget, filters = _Budget(self.cap), (*counted.listing.filters, *self._asked(counted))
        async with task_group() as tasks:
            readings = [tasks.create_task(self._read(each, counted.listing, filters, budget)) for each in above]
        read = [each.result() for each in readings]
        number = sum(self._hangs(item, counted) for stretch in read for item in stretch.items)
        return Count(counted.noun, number, complete and all(stretch.complete for stretch in read))

    async def named_in(self, singleton: Kind | None) -> tuple[str, ...]:
        """Say as what a singleton names the thing: the account's default service, a service's default role."""
        if singleton is None or singleton.parent is None:
            return ()
        try:
            fields = decode(singleton, await self.api.get(collection_url(singleton, self._surroundings)))
        except NotFound:
            return ()
        named = (each.path[-1].replace("_", " ") for each in singleton.refs if fields[each.name] == self.doomed.sid)
        return tuple(f"it is the {singleton.parent.title}'s {name}" for name in named)

    async def _places(self, where: Where) -> tuple[Iterable[str], bool]:
        """Give the URLs below which there is a list to count, and whether those are all."""
        match where:
            case Where.WITHIN:
                return (member_url(self.home, str(self.doomed.sid)),), True
            case Where.BESIDE:
                return (self._surroundings,), True
            case Where.IN_EVERY_SERVICE:
                services = await self._read(API, listing_of(Service.kind), (), _Budget(self.cap))
                home = collection_url(Service.kind)
                return (member_url(home, str(each["sid"])) for each in services.items), services.complete

    @property
    def _surroundings(self) -> str:
        """The URL of what the thing stands in."""
        return self.home.removesuffix(collection_url(self.doomed.kind, ""))

    async def _read(self, above: str, listing: Listing, filters: Filters, budget: _Budget) -> _Stretch:
        """Read a list until the budget is spent. Where it goes away meanwhile, there may have been more of it."""
        if budget.left <= 0:
            return _Stretch([], complete=False)
        items: list[Json] = []
        try:
            async with aclosing(self._pages(f"{above}/{listing.path}", listing, filters)) as pages:
                async for page in pages:
                    items += page
                    budget.left -= len(page)
                    if budget.left <= 0:
                        return _Stretch(items, complete=False)
        except NotFound:
            return _Stretch(items, complete=not items)
        return _Stretch(items, complete=True)

    def _pages(self, url: str, listing: Listing, filters: Filters) -> AsyncGenerator[list[Json], None]:
        size = min(listing.page_size, self.cap)
        return self.api.pages(url, listing.key, size, filters=filters, id_key=listing.id_key)

    def _asked(self, counted: Counted) -> Filters:
        if counted.asked_by is None:
            return ()
        name, field = counted.asked_by
        return ((name, str(self.doomed.fields[field])),)

    def _hangs(self, item: Json, counted: Counted) -> bool:
        if item.get("sid") in self.leaving:
            return False
        return not counted.named_in or _at(item, counted.named_in) == self.doomed.sid


def _at(item: object, path: tuple[str, ...]) -> object:
    for step in path:
        item = item.get(step) if isinstance(item, dict) else None
    return item
