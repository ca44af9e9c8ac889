"""What was read from Twilio a moment ago, and a source that does not read it again."""

from collections.abc import AsyncGenerator, Mapping

from msgspec import Struct, field

from confsync.live.source import ReadPlace, Source
from confsync.names import member_url
from confsync.plan.match import LiveResource


class AlreadyRead(Struct, frozen=True):
    """Complete lists by the path of the collection, and other resources by their own path."""

    lists: Mapping[str, tuple[LiveResource, ...]] = field(default_factory=dict)
    resources: Mapping[str, LiveResource] = field(default_factory=dict)


class CachedSource:
    """Answers with what was already read, and reads everything else from another source."""

    def __init__(self, source: Source, read: AlreadyRead) -> None:
        self._source = source
        self._read = read

    async def singleton(self, place: ReadPlace) -> LiveResource:
        """Read a resource that exists once in its parent."""
        return self._read.resources.get(place.url) or await self._source.singleton(place)

    async def member(self, place: ReadPlace, name: str) -> LiveResource | None:
        """Read one member of a collection."""
        return self._read.resources.get(member_url(place.url, name)) or await self._source.member(place, name)

    async def pages(self, place: ReadPlace) -> AsyncGenerator[list[LiveResource], None]:
        """Read a collection page by page; one that was already read is one page."""
        if (members := self._read.lists.get(place.url)) is not None:
            yield list(members)
            return
        async for page in self._source.pages(place):
            yield page
