"""One connection to Twilio over HTTP/1.1, which says of each error whether the request may have been sent."""

# httpx's own connection does the same with about four times the CPU time, because it supports several asynchronous
# libraries and parses HTTP in Python.

import ssl
from collections.abc import AsyncIterator
from time import monotonic

import httpx

from confsync.twilio.connecting import connect
from confsync.twilio.http_messages import encode_request
from confsync.twilio.http_protocol import HttpProtocol
from confsync.twilio.prepared_request import raw_path


class HttpConnection(httpx.AsyncBaseTransport):
    """Sends one request at a time; connects again after an error, or if it was not used for `idle_seconds`.

    Raises `httpx.InvalidURL`, `httpx.ConnectError`, `httpx.ConnectTimeout` or `httpx.ProxyError` if the request was not
    sent, and `httpx.ReadError` or `httpx.RemoteProtocolError` if it may have been.
    """

    def __init__(self, trust: ssl.SSLContext, idle_seconds: float, proxy: httpx.Proxy | None = None) -> None:
        self._trust = trust
        self._idle_seconds = idle_seconds
        self._proxy = proxy
        self._protocol: HttpProtocol | None = None
        self._unused_since = 0.0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request. The body of the response is read while it is iterated."""
        protocol = await self._connected(request)
        try:
            head = await protocol.send(
                encode_request(request.method, raw_path(request), request.headers.raw, request.content)
            )
        except BaseException:
            self._disconnect()
            raise
        return httpx.Response(head.status, headers=head.headers, stream=_Body(protocol, self))

    async def aclose(self) -> None:
        """Close the connection."""
        protocol = self._protocol
        self._disconnect()
        if protocol is not None:
            await protocol.closed

    @property
    def buffered(self) -> int:
        """How many bytes were received since somebody last read."""
        return self._protocol.unread if self._protocol else 0

    def release(self) -> None:
        """Keep the connection for the next request, unless the response is incomplete or was the last one."""
        if self._protocol is not None and self._protocol.finish():
            self._unused_since = monotonic()
        else:
            self._disconnect()

    async def _connected(self, request: httpx.Request) -> HttpProtocol:
        is_fresh = monotonic() - self._unused_since < self._idle_seconds
        if self._protocol is None or not (is_fresh and self._protocol.is_reusable):
            self._disconnect()
            self._protocol = await connect(request, self._trust, self._proxy)
        return self._protocol

    def _disconnect(self) -> None:
        if self._protocol is not None:
            self._protocol.abort()
            self._protocol = None


class _Body(httpx.AsyncByteStream):
    """The body of one response, whose connection is free again once it is closed."""

    def __init__(self, protocol: HttpProtocol, connection: HttpConnection) -> None:
        self._protocol = protocol
        self._connection = connection

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while part := await self._protocol.next_part():
            yield part

    async def aclose(self) -> None:
        self._connection.release()
