"""HTTP/1.1 on one connection: sends a request, and waits for the parts of its response."""

import asyncio
import select
import socket
import ssl

import httpx

from confsync.twilio.http_messages import Head, Incoming

MOST_UNREAD = 256 * 1024
"""The bytes of a response that are received before anyone reads them."""


class HttpProtocol(asyncio.Protocol):
    """What is sent and what arrives on one connection."""

    transport: asyncio.Transport

    def __init__(self) -> None:
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
        return self._is_silent and not _is_readable(self.transport.get_extra_info("socket"))

    @property
    def _is_silent(self) -> bool:
        return self._response.is_new and not self.transport.is_closing()

    async def send(self, request: bytes) -> Head:
        """Send a request, and return the head of the response."""
        self.transport.write(request)
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
        self._continue_receiving()
        if not self._response.may_be_followed or self.transport.get_write_buffer_size():
            return False
        self._response = Incoming()
        return self._is_silent

    async def start_tls(self, trust: ssl.SSLContext, host: str) -> None:
        """Encrypt the tunnel to a host that the response has opened; the next response is the host's."""
        self._response = Incoming()
        loop = asyncio.get_running_loop()
        if encrypted := await loop.start_tls(self.transport, self, trust, server_hostname=host):
            self.transport = encrypted

    async def _more(self) -> None:
        """Wait until more of the response has arrived."""
        if self._error is not None:
            raise self._error
        self._continue_receiving()
        self._arrival = asyncio.get_running_loop().create_future()
        await self._arrival

    def _continue_receiving(self) -> None:
        if self.unread > MOST_UNREAD:
            self.transport.resume_reading()
        self.unread = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the transport."""
        if isinstance(transport, asyncio.Transport):
            self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Keep what arrived until it is read."""
        self.unread += len(data)
        if self.unread > MOST_UNREAD:
            self.transport.pause_reading()
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
