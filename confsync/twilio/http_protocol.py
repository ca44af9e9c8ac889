"""HTTP/1.1 on one connection: sends a request, and waits for the parts of its response."""

import asyncio
import select
import socket
import ssl
import sys

import httpx

from confsync.twilio.http_messages import Head, Incoming

MOST_UNREAD = 256 * 1024
"""The bytes of a response that are received before anyone reads them."""


class HttpProtocol(asyncio.Protocol):
    """What is sent and what arrives on one connection."""

    def __init__(self) -> None:
        self._transports: list[asyncio.Transport] = []  # the socket's, then one for each layer of encryption
        self.closed = asyncio.get_running_loop().create_future()
        self._response = Incoming()
        self._error: Exception | None = None
        self._arrival: asyncio.Future[None] | None = None
        self.unread = 0

    @property
    def is_reusable(self) -> bool:
        """Whether nothing has arrived since the last response, not even the end of the connection."""
        # What arrived while the event loop was busy is still in the socket. If a request were sent nevertheless, that
        # would be taken for its response.
        return self._is_silent and not _is_readable(self._transports[0].get_extra_info("socket"))

    @property
    def _is_silent(self) -> bool:
        return self._response.is_new and not any(each.is_closing() for each in self._transports)

    @property
    def _transport(self) -> asyncio.Transport:
        return self._transports[-1]

    def check_new(self) -> None:
        """Raise httpx.RemoteProtocolError if the server does not wait for the first request."""
        is_encrypted = len(self._transports) > 1  # then part of the handshake may still be in the socket
        if not (self._is_silent if is_encrypted else self.is_reusable):
            raise httpx.RemoteProtocolError("the server did not wait for a request")

    async def send(self, request: bytes) -> Head:
        """Send a request, and return the head of the response."""
        self._transport.write(request)
        while not (head := self._response.head):
            await self._more()
        return head

    async def next_part(self) -> bytes:
        """Wait for the next part of the body; it is empty at the end."""
        while not (part := self._response.take_body()):
            if self._response.is_complete:
                return b""
            await self._more()
        return part

    def finish(self) -> bool:
        """End the exchange; return whether the connection can be used for another one."""
        # While receiving is paused, more may have been decrypted, which would be taken for the next response.
        is_paused = self.unread > MOST_UNREAD
        is_unsent = any(each.get_write_buffer_size() for each in self._transports)
        if is_paused or is_unsent or not self._response.may_be_followed:
            return False
        self.unread = 0
        self._response = Incoming()
        return self._is_silent

    async def start_tls(self, trust: ssl.SSLContext, host: str) -> None:
        """Encrypt what follows, either from the beginning or in a tunnel that a response has opened.

        Raises OSError or httpx.TransportError.
        """
        if self._error is not None:
            raise self._error
        self._response = Incoming()
        self.unread = 0
        if sys.version_info < (3, 12, 2) and len(self._transports) > 1:
            # This asyncio cannot close a layer of encryption because of an error in the layer above it.
            self._transport._force_close = lambda _: self.abort()  # type: ignore[attr-defined]  # noqa: SLF001
        loop = asyncio.get_running_loop()
        encrypted = await loop.start_tls(self._transport, self, trust, server_hostname=host)
        if encrypted is None:
            raise httpx.ReadError("the connection was closed")
        self._transports.append(encrypted)

    def abort(self) -> None:
        """Close the connection at once."""
        self._transports[0].abort()

    async def _more(self) -> None:
        """Wait until more of the response has arrived."""
        if self._error is not None:
            raise self._error
        self._continue_receiving()
        self._arrival = asyncio.get_running_loop().create_future()
        await self._arrival

    def _continue_receiving(self) -> None:
        if self.unread > MOST_UNREAD:
            self._transport.resume_reading()
        self.unread = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the transport."""
        if isinstance(transport, asyncio.Transport):
            self._transports = [transport]

    def data_received(self, data: bytes) -> None:
        """Keep what arrived until it is read."""
        self.unread += len(data)
        if self.unread > MOST_UNREAD:
            self._transport.pause_reading()
        try:
            self._response.feed(data)
        except httpx.RemoteProtocolError as error:
            self._error = error
        self._wake()

    def eof_received(self) -> None:
        """Note that nothing more will arrive, and let the transport close."""
        self._response.end()
        self._fail(httpx.RemoteProtocolError("the server closed the connection before the response was complete"))

    def connection_lost(self, error: Exception | None) -> None:
        """Note how the connection ended."""
        self._fail(httpx.ReadError(str(error or "the connection was closed")))
        if not self.closed.done():  # the task that waited for it may have been cancelled
            self.closed.set_result(None)

    def _fail(self, error: httpx.TransportError) -> None:
        self._error = self._error or error
        self._wake()

    def _wake(self) -> None:
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)


def _is_readable(connected: socket.socket) -> bool:
    poll = select.poll()
    poll.register(connected, select.POLLIN)
    return bool(poll.poll(0))
