"""Counts the live resources at the top in sections that the configuration does not write, and so does not read."""

from collections import Counter
from collections.abc import Container, Iterator

from confsync.config.config import Config
from confsync.errors import TwilioError
from confsync.live.task_group import task_group
from confsync.model import Kind
from confsync.names import API, Address, Sid, collection_url
from confsync.plan.plan import Plan, UnmanagedCount
from confsync.resources import children_of
from confsync.twilio.api import Api

_TOP = Address()

MOST_COUNTED = 1_000
"""Counting stops here: nobody needs a larger number exactly, and a list may have any length."""


async def count_unwritten(api: Api, config: Config, owned: Container[Sid]) -> tuple[UnmanagedCount, ...]:
    """Count what nobody declares in each section that is not written, without what confsync owns.

    A list that cannot be read is not counted: no plan fails because of a section that it does not need.
    """
    unwritten = [(kind, url) for above, kind, url in top_collections() if (above, kind) not in config.collections]
    async with task_group() as tasks:
        counts = [tasks.create_task(_count(api, kind, url, owned)) for kind, url in unwritten]
    return tuple(each.result() for each in counts)


def count_written(config: Config, plan: Plan) -> Iterator[UnmanagedCount]:
    """Count the unmanaged resources of each section at the top that is written, with the probable duplicates."""
    collections = (
        *(each.address[:-1] for each in plan.unmanaged),
        *(each.collection for each in plan.probable_duplicates),
    )
    found = Counter(map(Address, collections))
    for above, kind, _ in top_collections():
        if (above, kind) in config.collections:
            yield UnmanagedCount(kind.section, found[above / kind.section])


def top_collections(parent: Kind | None = None, above: Address = _TOP) -> Iterator[tuple[Address, Kind, str]]:
    """Yield each collection at the top or in a group at the top, with the address above it, and its URL."""
    for kind in children_of(parent):
        if kind.group:
            yield from top_collections(kind, above / kind.section)
        elif not kind.singleton:
            yield above, kind, collection_url(kind, collection_url(parent) if parent else API)


async def _count(api: Api, kind: Kind, url: str, owned: Container[Sid]) -> UnmanagedCount:
    number = 0
    pages = api.pages(url, kind.list_key, kind.page_size)
    try:
        async for page in pages:
            number += sum(each["sid"] not in owned for each in page)
            if number >= MOST_COUNTED:
                return UnmanagedCount(kind.section, MOST_COUNTED, complete=False)
    except TwilioError:
        return UnmanagedCount(kind.section, number, complete=False)
    finally:
        await pages.aclose()
    return UnmanagedCount(kind.section, number)
