"""One connection to Twilio over HTTP/1.1, which says of each error whether the request may have been sent."""

# httpx's own connection does the same with about twice the CPU time, because it supports several asynchronous
# libraries, and this one only asyncio. Requests through a proxy use httpx's.

import asyncio
import select
import socket
import ssl
from collections.abc import AsyncIterator
from ipaddress import ip_address
from time import monotonic

import h11
import httpx

from confsync.twilio.policy import NEXT_ADDRESS_SECONDS
from confsync.twilio.prepared_request import raw_path

LARGEST_HEAD = 100 * 1024
"""The most bytes that the status line and the headers of a response may have."""

MOST_UNREAD = 256 * 1024
"""The bytes of a response that are received before anyone reads them."""


class HttpConnection(httpx.AsyncBaseTransport):
    """Sends one request at a time; connects again after an error, or if it was not used for `idle_seconds`.

    Raises `httpx.InvalidURL`, `httpx.ConnectError` or `httpx.ConnectTimeout` if the request was not sent, and
    `httpx.ReadError` or `httpx.RemoteProtocolError` if it may have been.
    """

    def __init__(self, trust: ssl.SSLContext, idle_seconds: float) -> None:
        self._trust = trust
        self._idle_seconds = idle_seconds
        self._protocol: _Protocol | None = None
        self._unused_since = 0.0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request. The body of the response is read while it is iterated."""
        protocol = await self._connected(request)
        try:
            head = await protocol.send(request)
        except BaseException:
            self._disconnect()
            raise
        return httpx.Response(head.status_code, headers=head.headers.raw_items(), stream=_Body(protocol, self))

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

    async def _connected(self, request: httpx.Request) -> "_Protocol":
        is_fresh = monotonic() - self._unused_since < self._idle_seconds
        if self._protocol is None or not (is_fresh and self._protocol.is_reusable):
            self._disconnect()
            self._protocol = await _connect(request, self._trust)
        return self._protocol

    def _disconnect(self) -> None:
        if self._protocol is not None:
            self._protocol.transport.abort()
            self._protocol = None


async def _connect(request: httpx.Request, trust: ssl.SSLContext) -> "_Protocol":
    url, seconds = request.url, request.extensions["timeout"]["connect"]
    encrypted = url.scheme == "https"
    # A cancelled race of addresses can leave a socket open for a while (asyncio), so a single address does not race.
    delay = None if _is_address(url.host) else NEXT_ADDRESS_SECONDS
    try:
        async with asyncio.timeout(seconds):
            _, protocol = await asyncio.get_running_loop().create_connection(
                _Protocol,
                url.raw_host.decode("ascii"),
                url.port or (443 if encrypted else 80),
                ssl=trust if encrypted else None,
                happy_eyeballs_delay=delay,
            )
    except TimeoutError as error:
        raise httpx.ConnectTimeout(str(error), request=request) from error
    except (socket.gaierror, ssl.SSLError) as error:
        raise httpx.ConnectError(str(error), request=request) from error
    except OSError as error:
        raise httpx.ConnectError("All connection attempts failed", request=request) from error
    except UnicodeError as error:  # a part of the host's name is empty or too long
        raise httpx.InvalidURL("no host can have this name") from error
    return protocol


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


class _Body(httpx.AsyncByteStream):
    """The body of one response, whose connection is free again once it is closed."""

    def __init__(self, protocol: "_Protocol", connection: HttpConnection) -> None:
        self._protocol = protocol
        self._connection = connection

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while isinstance(event := await self._protocol.next_event(), h11.Data):
            yield bytes(event.data)

    async def aclose(self) -> None:
        self._connection.release()


_NEED_DATA: object = h11.NEED_DATA
_Parsed = h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]


class _Protocol(asyncio.Protocol):
    """What arrives on one connection."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.closed = asyncio.get_running_loop().create_future()
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=LARGEST_HEAD)
        self._error: Exception | None = None
        self.unread = 0
        self._arrival: asyncio.Future[None] | None = None

    @property
    def is_reusable(self) -> bool:
        """Whether nothing has arrived since the last response, not even the end of the connection."""
        # What arrived while the event loop was busy is still in the socket. If a request were sent nevertheless, that
        # would be taken for its response.
        return self._is_silent and not _is_readable(self.transport.get_extra_info("socket"))

    @property
    def _is_silent(self) -> bool:
        return not any(self._http.trailing_data) and not self.transport.is_closing()

    async def send(self, request: httpx.Request) -> h11.Response:
        """Send a request, and return the head of the response."""
        try:
            head = h11.Request(method=request.method, target=raw_path(request), headers=request.headers.raw)
            parts = (head, h11.Data(data=request.content), h11.EndOfMessage())
            self.transport.write(b"".join(self._http.send(each) or b"" for each in parts))
        except h11.LocalProtocolError as error:
            raise httpx.LocalProtocolError(str(error), request=request) from error
        while isinstance(event := await self.next_event(), h11.InformationalResponse):
            pass
        if not isinstance(event, h11.Response):
            raise httpx.RemoteProtocolError("the server changed the protocol", request=request)
        return event

    async def next_event(self) -> _Parsed:
        """Wait for the next part of the response."""
        while (event := self._parsed()) is _NEED_DATA:
            if self._error is not None:
                raise httpx.ReadError(str(self._error)) from self._error
            self._continue_receiving()
            self._arrival = asyncio.get_running_loop().create_future()
            await self._arrival
        return event

    def finish(self) -> bool:
        """End the exchange; return whether the connection can be used for another one."""
        self._continue_receiving()
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        is_sent = not self.transport.get_write_buffer_size()
        return is_sent and self._is_silent

    def _continue_receiving(self) -> None:
        if self.unread > MOST_UNREAD:
            self.transport.resume_reading()
        self.unread = 0

    def _parsed(self) -> _Parsed:
        if self._http.their_state is h11.SEND_RESPONSE and self._http.trailing_data == (b"", True):
            raise httpx.RemoteProtocolError("the server closed the connection without a response")
        try:
            return self._http.next_event()
        except h11.RemoteProtocolError as error:
            raise httpx.RemoteProtocolError(str(error)) from error

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the transport."""
        if isinstance(transport, asyncio.Transport):
            self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Keep what arrived until it is read."""
        self.unread += len(data)
        if self.unread > MOST_UNREAD:
            self.transport.pause_reading()
        self._receive(data)

    def eof_received(self) -> None:
        """Note that nothing more will arrive, and let the transport close."""
        self._receive(b"")

    def connection_lost(self, error: Exception | None) -> None:
        """Note how the connection ended."""
        self._error = error or ConnectionError("the connection was closed")
        self._wake()
        if not self.closed.done():  # the task that waited for it may have been cancelled
            self.closed.set_result(None)

    def _receive(self, data: bytes) -> None:
        self._http.receive_data(data)
        self._wake()

    def _wake(self) -> None:
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)


def _is_readable(connected: socket.socket) -> bool:
    poll = select.poll()
    poll.register(connected, select.POLLIN)
    return bool(poll.poll(0))
