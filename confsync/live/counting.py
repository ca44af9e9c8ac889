"""Counts the live resources at the top in sections that the configuration does not write, and so does not read."""

from collections import Counter
from collections.abc import Container, Iterable, Iterator

from msgspec import Struct

from confsync.config.config import Config
from confsync.errors import TwilioError
from confsync.live.source import parse_live_resource
from confsync.live.task_group import task_group
from confsync.model import Kind
from confsync.names import API, Address, Sid, collection_url
from confsync.plan.match import LiveResource
from confsync.plan.plan import Plan, UnmanagedCount, UnmanagedResource
from confsync.resources import children_of
from confsync.twilio.api import Api
from confsync.twilio.body import Json

_TOP = Address()

MOST_COUNTED = 1_000
"""Counting stops here: nobody needs a larger number exactly, and a list may have any length."""


async def count_unwritten(api: Api, config: Config, owned: Container[Sid]) -> tuple[UnmanagedCount, ...]:
    """Count what nobody declares in each section that is not written, without what is owned or ignored.

    A list that cannot be read is not counted: no plan fails because of a section that it does not need.
    """
    async with task_group() as tasks:
        counts = [
            tasks.create_task(_count(_Uncounted(config, owned, above / kind.section, kind), api, url))
            for above, kind, url in top_collections()
            if (above, kind) not in config.collections
        ]
    return tuple(each.result() for each in counts)


def count_written(config: Config, plan: Plan) -> Iterator[UnmanagedCount]:
    """Count the unmanaged resources of each section at the top that is written, with the probable duplicates."""
    collections = (
        *(each.address[:-1] for each in plan.unmanaged),
        *(each.collection for each in plan.probable_duplicates),
    )
    found = Counter(collections)
    written = {
        above / kind.section: kind for above, kind, _ in top_collections() if (above, kind) in config.collections
    }
    at_top = (each for each in plan.unmanaged if each.address[:-1] in written)
    by_twilio = Counter(each.address[:-1] for each in at_top if each.found.created_by_twilio)
    for home, kind in written.items():
        yield UnmanagedCount(kind.section, found[home], by_twilio=by_twilio[home])


def top_collections(parent: Kind | None = None, above: Address = _TOP) -> Iterator[tuple[Address, Kind, str]]:
    """Yield each collection at the top or in a group at the top, with the address above it, and its URL."""
    for kind in children_of(parent):
        if kind.group:
            yield from top_collections(kind, above / kind.section)
        elif not kind.singleton:
            yield above, kind, collection_url(kind, collection_url(parent) if parent else API)


class _Uncounted(Struct, frozen=True):
    """Which members of a collection do not count: those that some environment owns, and those that are ignored."""

    config: Config
    owned: Container[Sid]
    home: Address
    kind: Kind

    def counted(self, page: Iterable[Json]) -> Iterator[LiveResource]:
        """Yield what counts on a page."""
        for body in page:
            if body["sid"] not in self.owned:
                live = parse_live_resource(self.kind, body)
                if not self.config.environment.ignores(UnmanagedResource.of(self.home, live).address):
                    yield live


async def _count(uncounted: _Uncounted, api: Api, url: str) -> UnmanagedCount:
    number, by_twilio, kind = 0, 0, uncounted.kind
    pages = api.pages(url, kind.list_key, kind.page_size)
    try:
        async for page in pages:
            for live in uncounted.counted(page):
                number += 1
                by_twilio += live.created_by_twilio
            if number >= MOST_COUNTED:
                return UnmanagedCount(kind.section, MOST_COUNTED, complete=False, by_twilio=by_twilio)
    except TwilioError:
        return UnmanagedCount(kind.section, number, complete=False, by_twilio=by_twilio)
    finally:
        await pages.aclose()
    return UnmanagedCount(kind.section, number, by_twilio=by_twilio)
