"""One request and one answer, over a transport, within a deadline."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus

import httpx
from msgspec import Struct

from confsync.twilio import body
from confsync.twilio.body import BadBody
from confsync.twilio.outcomes import LOST
from confsync.twilio.request import Request
from confsync.twilio.response import Response

LONGEST_CONNECT = 5.0
FORM = (b"Content-Type", b"application/x-www-form-urlencoded")

Headers = Sequence[tuple[bytes, bytes]]


class Deadlines(Struct, frozen=True):
    """Seconds that an exchange may take: connecting, and all of it; a silence may last as long as the whole."""

    connect: float
    total: float

    @classmethod
    def within(cls, total: float) -> "Deadlines":
        """Share out the seconds; connecting (TCP, then TLS) fails well before the whole does, to be told apart."""
        return cls(min(LONGEST_CONNECT, total / 4), total)

    def for_httpx(self) -> dict[str, float]:
        """Give them as httpx's transports want them."""
        return {"connect": self.connect, "read": self.total, "write": self.total, "pool": self.total}


class Exchange:
    """Sends requests to one origin, signed, and reads what comes back.

    The headers that sign a request and the origin that it goes to are kept together here, and nothing else ever makes
    a request; so the credentials cannot go anywhere else. Redirects are not followed.
    """

    def __init__(
        self, base_url: str, headers: Headers, transport: httpx.AsyncBaseTransport, deadlines: Deadlines
    ) -> None:
        self._base_url = base_url
        self._reading = httpx.Headers(list(headers))
        self._writing = httpx.Headers([*headers, FORM])
        self._transport = transport
        self._deadlines = deadlines
        self._extensions = {"timeout": deadlines.for_httpx()}

    async def send(self, outgoing: Request) -> Response:
        """Send it once.

        Raises one of `outcomes.LOST` where no answer came, or a good one came only in part. A bad answer that came in
        part is an answer: its status says no.
        """
        head: httpx.Response | None = None
        try:
            async with asyncio.timeout(self._deadlines.total):
                head = await self._transport.handle_async_request(self._request(outgoing))
                return await _read(head)
        except LOST:
            if head is None or head.status_code < HTTPStatus.BAD_REQUEST:
                raise
            return Response(head.status_code, head.headers, None, "broke off")

    def _request(self, outgoing: Request) -> httpx.Request:
        if not outgoing.target.startswith("/"):
            raise ValueError("a path begins with a slash, or it could lengthen the name of the host")
        return httpx.Request(
            outgoing.method,
            self._base_url + outgoing.target,
            headers=self._reading if outgoing.body is None else self._writing,
            content=outgoing.body,
            extensions=self._extensions,
        )


async def _read(head: httpx.Response) -> Response:
    try:
        text = await body.read(_chunks(head), head.headers.get("content-encoding", ""))
        return Response(head.status_code, head.headers, body.parsed(text))
    except BadBody as bad:
        return Response(head.status_code, head.headers, None, str(bad))
    finally:
        with suppress(*LOST):  # what was read is an answer, however the connection ends
            await head.aclose()


def _chunks(head: httpx.Response) -> httpx.AsyncByteStream:
    if not isinstance(head.stream, httpx.AsyncByteStream):
        raise TypeError("an asynchronous transport answers with an asynchronous stream")
    return head.stream
