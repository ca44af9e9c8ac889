"""Where the live state is read from: Twilio, or anything else that answers the same questions."""

from collections.abc import AsyncGenerator, Mapping
from typing import Protocol

from msgspec import Struct

from confsync.errors import MalformedResponse, NotFound
from confsync.interning import Interner
from confsync.model import Kind
from confsync.names import Sid, is_sid, member_url
from confsync.plan.match import LiveResource
from confsync.twilio.api import Api
from confsync.twilio.wire import decode_fields, never_set


class ReadPlace(Struct, frozen=True):
    """A collection, a singleton or the links of a resource: its kind, the SID of its parent, and its URL."""

    kind: Kind
    parent: Sid | None
    url: str


class NotRecorded(Exception):
    """The source does not know whether anything is in a place."""


class Source(Protocol):
    """Reads live resources. Each method raises NotRecorded if the source does not know the place."""

    async def singleton(self, place: ReadPlace) -> LiveResource:
        """Read a resource that exists once in its parent."""
        ...

    async def member(self, place: ReadPlace, name: str) -> LiveResource | None:
        """Read one member of a collection, by its SID or by the name that Twilio accepts instead."""
        ...

    def pages(self, place: ReadPlace) -> AsyncGenerator[list[LiveResource], None]:
        """Read a collection page by page."""
        ...


class TwilioSource:
    """Reads from Twilio. Each method raises what the client raises."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self._interner = Interner()

    async def singleton(self, place: ReadPlace) -> LiveResource:
        """Read a resource that exists once in its parent."""
        return self._parsed(place.kind, await self.api.get(place.url))

    async def member(self, place: ReadPlace, name: str) -> LiveResource | None:
        """Read one member of a collection; return None if it does not exist."""
        try:
            return self._parsed(place.kind, await self.api.get(member_url(place.url, name)))
        except NotFound:
            return None

    async def pages(self, place: ReadPlace) -> AsyncGenerator[list[LiveResource], None]:
        """Read a collection page by page."""
        async for page in self.api.pages(place.url, place.kind.list_key, place.kind.page_size):
            yield [self._parsed(place.kind, body) for body in page]

    def _parsed(self, kind: Kind, body: Mapping[str, object]) -> LiveResource:
        return parse_live_resource(kind, body, self._interner)


async def list_members(api: Api, kind: Kind, home: str) -> tuple[LiveResource, ...]:
    """Read all of one collection in Twilio, without waiting for other reads between its pages."""
    pages = api.pages(home, kind.list_key, kind.page_size, ahead=True)
    return tuple([parse_live_resource(kind, body) async for page in pages for body in page])


def parse_live_resource(kind: Kind, body: Mapping[str, object], interner: Interner | None = None) -> LiveResource:
    """Parse one live resource from a response. Raises MalformedResponse.

    With an interner, resources share the values that are equal.
    """
    sid, updated, created = body.get("sid"), body.get("date_updated"), body.get("date_created")
    if created == updated:
        created = updated  # one object instead of two
    if not kind.created_by_twilio and not is_sid(sid, kind.sid_prefix):
        raise MalformedResponse(f"Twilio returned {kind.a_title} without a valid SID.")
    if kind.created_by_twilio and not _has_any_field(kind, body):
        raise MalformedResponse(f"Twilio returned {kind.a_title} without any of its fields.")
    fields, empty = decode_fields(kind, body), never_set(kind, body)
    return LiveResource(
        kind=kind,
        sid=Sid(str(sid)) if not kind.created_by_twilio else None,
        fields=interner.mapping(fields) if interner else fields,
        date_updated=updated if isinstance(updated, str) else None,
        date_created=created if isinstance(created, str) else None,
        never_set=interner.texts(empty) if interner else empty,
    )


def _has_any_field(kind: Kind, body: Mapping[str, object]) -> bool:
    # without a SID, nothing else shows what a response is about
    return any(each.read_path[0] in body for each in kind.fields if not each.write_only)
