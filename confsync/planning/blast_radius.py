"""Counts what depends on the resources that a plan deletes or replaces, page by page, and never beyond a cap."""

from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import aclosing

from msgspec import Struct
from msgspec.structs import replace

from confsync.annotations import Listing
from confsync.errors import NotFound
from confsync.live.task_group import task_group
from confsync.model import Kind
from confsync.names import API, Sid, collection_url, home_url, member_url, parent_of
from confsync.plan.change import DESTROYS, Change
from confsync.plan.match import LiveResource
from confsync.plan.risk import BlastRadius, Count
from confsync.planning.dependents import CountedList, counted_lists, facts_about, listing_of, referring_singletons
from confsync.planning.make import LivePlan
from confsync.planning.risks.checks import with_risks
from confsync.twilio.api import Api
from confsync.twilio.body import Json
from confsync.twilio.paginator import Filters
from confsync.twilio.wire import decode_fields

CAP = 1_000


async def count_dependents(plan: LivePlan, api: Api) -> LivePlan:
    """Count what depends on each resource that a plan deletes or replaces. A plan that does neither reads nothing.

    Raises what the client raises.
    """
    lost = [each for each in plan.changes if each.match and DESTROYS.intersection(each.actions)]
    if not lost:
        return plan
    async with task_group() as tasks:
        counts = {each.key: tasks.create_task(_radius_of(each, plan, api)) for each in lost}
    changes = (
        _with_radius(each, plan, counts[each.key].result()) if each.key in counts else each for each in plan.changes
    )
    return replace(plan, changes=tuple(changes), reads=api.requests["reads"])


async def measure_blast_radius(
    api: Api, doomed: LiveResource, home: str, *, cap: int = CAP, leaving: frozenset[Sid] = frozenset()
) -> BlastRadius:
    """Count what depends on a live resource. `home` is the URL of its collection; what is not found does not exist.

    For each count, at most `cap` items are read, plus one page of every list that is read at the same time; a count
    that stops there is "at least". Resources that are `leaving` (SIDs) do not count. Raises what the client raises.
    """
    survey = _Survey(api, doomed, home, cap, leaving)
    async with task_group() as tasks:
        counts = [tasks.create_task(survey.count(each)) for each in counted_lists(doomed.kind)]
        named = [tasks.create_task(survey.facts_of(each)) for each in referring_singletons(doomed.kind)]
    facts = (fact for each in named for fact in each.result())
    return BlastRadius(tuple(each.result() for each in counts), (*facts, *facts_about(doomed)))


def _with_radius(change: Change, plan: LivePlan, radius: BlastRadius | None) -> Change:
    """Add what depends on a resource that is deleted, which decides how severe that is."""
    return with_risks(replace(change, radius=radius), plan.config, plan.snapshot, plan.fingerprinter, plan.ledger)


async def _radius_of(change: Change, plan: LivePlan, api: Api) -> BlastRadius | None:
    if change.match is None:
        return None
    home = home_url(change.kind, parent_of(change.kind, change.address), plan.snapshot.known_sids)
    leaving = frozenset(_leaving(change.kind, plan))
    return await measure_blast_radius(api, change.match.found, home, leaving=leaving)


def _leaving(kind: Kind, plan: LivePlan) -> Iterator[Sid]:
    """Find the resources whose reference to a resource of a kind changes: they are updated before it is deleted."""
    dependents = {each.kind for each in counted_lists(kind)}
    for change in plan.changes:
        if change.kind in dependents and change.writes and change.sid:
            changed = {each.path for each in change.differences}.intersection(change.send)
            if any(field.name in changed for field in change.kind.references_to(kind)):
                yield change.sid


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

    async def count(self, counted: CountedList) -> Count:
        parents, complete = await self._parents(counted)
        budget, filters = _Budget(self.cap), (*counted.listing.filters, *self._filter(counted))
        async with task_group() as tasks:
            readings = [tasks.create_task(self._read(each, counted.listing, filters, budget)) for each in parents]
        read = [each.result() for each in readings]
        number = sum(self._depends(item, counted) for stretch in read for item in stretch.items)
        return Count(counted.noun, number, complete and all(stretch.complete for stretch in read))

    async def facts_of(self, singleton: Kind) -> tuple[str, ...]:
        """Say as what a singleton names the resource: the account's default service, a service's default role."""
        try:
            fields = decode_fields(singleton, await self.api.get(collection_url(singleton, self._parent_url)))
        except NotFound:
            return ()
        owner = singleton.parent.title if singleton.parent else "account"
        named = (each for each in singleton.references_to(self.doomed.kind) if fields[each.name] == self.doomed.sid)
        return tuple(f"it is the {owner}'s {each.path[-1].replace('_', ' ')}" for each in named)

    async def _parents(self, counted: CountedList) -> tuple[Iterable[str], bool]:
        """Give the URLs below which there is a list to count, and whether those are all."""
        if counted.inside:
            return (member_url(self.home, str(self.doomed.sid)),), True
        if counted.in_every is None:
            return (self._parent_url,), True
        parents = await self._read(API, listing_of(counted.in_every), (), _Budget(self.cap))
        home = collection_url(counted.in_every)
        return (member_url(home, str(each["sid"])) for each in parents.items), parents.complete

    @property
    def _parent_url(self) -> str:
        """The URL of the resource's parent."""
        return self.home.removesuffix(collection_url(self.doomed.kind, ""))

    async def _read(self, above: str, listing: Listing, filters: Filters, budget: _Budget) -> _Stretch:
        """Read a list until the budget is spent. Where it disappears meanwhile, there may have been more of it."""
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
        return self.api.pages(url, listing.list_key, size, filters=filters, id_key=listing.id_key)

    def _filter(self, counted: CountedList) -> Filters:
        if counted.filter_by is None:
            return ()
        parameter, field = counted.filter_by
        return ((parameter, str(self.doomed.fields[field])),)

    def _depends(self, item: Json, counted: CountedList) -> bool:
        if item.get("sid") in self.leaving:
            return False
        return not counted.sid_paths or any(_at(item, path) == self.doomed.sid for path in counted.sid_paths)


def _at(item: object, path: tuple[str, ...]) -> object:
    for step in path:
        item = item.get(step) if isinstance(item, dict) else None
    return item
