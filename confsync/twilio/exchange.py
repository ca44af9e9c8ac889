"""One request and its response, over a transport, within a deadline."""

from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus

import httpx
from msgspec import Struct

from confsync.twilio.body import BadBody, read_body
from confsync.twilio.limits import CONNECT_SECONDS, STOP_SECONDS
from confsync.twilio.messages import Operation, Received, Request
from confsync.twilio.outcomes import TRANSPORT_ERRORS
from confsync.twilio.prepared_request import PreparedRequest
from confsync.twilio.stopping import StoppableClock

FORM = (b"Content-Type", b"application/x-www-form-urlencoded")

Headers = Sequence[tuple[bytes, bytes]]


class Deadlines(Struct, frozen=True):
    """Seconds that connecting may take, and the whole exchange; a silence may last as long as the whole."""

    connect: float
    total: float

    @classmethod
    def within(cls, total: float) -> "Deadlines":
        """Divide the seconds so that connecting (TCP, then TLS) times out well before the whole exchange does."""
        return cls(min(CONNECT_SECONDS, total / 4), total)

    def for_httpx(self) -> dict[str, float]:
        """Return them in the form that httpx's transports expect."""
        return {"connect": self.connect, "read": self.total, "write": self.total, "pool": self.total}


class Exchange:
    """Sends authenticated requests to one origin, and receives the responses. Redirects are not followed."""

    # Only this class sends requests. It holds the credentials together with the origin, so they cannot go elsewhere.

    def __init__(
        self,
        base_url: str,
        headers: Headers,
        transport: httpx.AsyncBaseTransport,
        deadlines: Deadlines,
        clock: StoppableClock,
    ) -> None:
        self._base_url = base_url
        self._headers = httpx.Headers([(b"Host", httpx.URL(base_url).netloc), *headers])
        self._form_headers = httpx.Headers([*self._headers.raw, FORM])
        self._transport = transport
        self._deadlines = deadlines
        self.clock = clock
        self._extensions = {"timeout": deadlines.for_httpx()}

    async def receive(self, request: Request) -> Received:
        """Send a request once, and receive what Twilio answers. If the run is stopped, only a write has some time left.

        Raises RunStopped if the run is stopped already, and one of `TRANSPORT_ERRORS` if there is no response, or if a
        successful one is incomplete. An incomplete error response is still a response: its status says that Twilio
        refused.
        """
        self.clock.check()
        head: httpx.Response | None = None
        grace = 0.0 if request.operation is Operation.READ else STOP_SECONDS
        try:
            async with self.clock.limit(self._deadlines.total, grace=grace):
                head = await self._transport.handle_async_request(self._for_httpx(request))
                return await _receive_body(head)
        except TRANSPORT_ERRORS:
            if head is None or head.status_code < HTTPStatus.BAD_REQUEST:
                raise
            return Received(head.status_code, _plain_headers(head), b"", "is incomplete")

    def _for_httpx(self, request: Request) -> httpx.Request:
        if not request.target.startswith("/"):
            raise ValueError("a path must begin with a slash, or it could extend the name of the host")
        headers = self._headers
        if request.body is not None:
            length = (b"Content-Length", str(len(request.body)).encode("ascii"))
            headers = httpx.Headers([*self._form_headers.raw, length])
        return PreparedRequest(
            request.method, self._base_url, request.target, headers, self._extensions, request.body or b""
        )


async def _receive_body(head: httpx.Response) -> Received:
    headers = _plain_headers(head)
    try:
        body = await read_body(_chunks(head), headers.get("content-encoding", ""))
        return Received(head.status_code, headers, body)
    except BadBody as bad:
        return Received(head.status_code, headers, b"", str(bad))
    finally:
        with suppress(*TRANSPORT_ERRORS):  # the response is complete, however the connection ends
            await head.aclose()


def _plain_headers(head: httpx.Response) -> dict[str, str]:
    # httpx guesses the encoding of all headers each time that one of them is looked up
    return dict(head.headers.items())


def _chunks(head: httpx.Response) -> httpx.AsyncByteStream:
    if not isinstance(head.stream, httpx.AsyncByteStream):
        raise TypeError("an asynchronous transport returns an asynchronous stream")
    return head.stream
