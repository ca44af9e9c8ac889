"""Reads again what an apply may have changed; of everything else, what was read before it still holds."""

from collections.abc import Iterable

from msgspec.structs import replace

from confsync.config.config import Config
from confsync.live.reading import CollectionKey, Reading, read_live
from confsync.live.snapshot_content import is_recordable
from confsync.live.source import Source
from confsync.names import Address
from confsync.state.ledger import Ledger


async def read_again(
    source: Source, config: Config, ledger: Ledger, before: Reading, changed: Iterable[Address]
) -> Reading:
    """Read the services, credentials and sections of the account in which something changed.

    What no snapshot contains is not read. Raises what `read_live` raises.
    """
    tops = frozenset(Address(each[:2]) for each in changed)
    now = await read_live(source, _part_of(config, tops), ledger, ())
    collections, singletons = {**before.collections, **now.collections}, {**before.singletons, **now.singletons}
    present = {each.sid for members in collections.values() for each in members}

    def exists(place: CollectionKey) -> bool:
        return place[0] is None or place[0] in present

    return Reading(
        collections={place: members for place, members in collections.items() if exists(place)},
        singletons={place: found for place, found in singletons.items() if exists(place)},
    )


def _part_of(config: Config, tops: frozenset[Address]) -> Config:
    """Return the part of a configuration that is in resources at the top, and that a snapshot may contain."""
    around = {Address(each[:-1]) for each in tops}
    places = ((place, place[0] / place[1].section) for place in config.collections if is_recordable(place[1]))
    return replace(
        config,
        resources={
            address: each
            for address, each in config.resources.items()
            if Address(address[:2]) in tops and is_recordable(each.kind)
        },
        collections=frozenset(place for place, at in places if at in around or Address(at[:2]) in tops),
    )
