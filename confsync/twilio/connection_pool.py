"""Many connections to one host, of which a free one is found at once."""

# httpx's own pool looks at every connection for each request, and polls every idle one: at 32 connections that takes
# three quarters of a request's CPU time. Here each connection is a pool of one, and the one used last is used next.

from collections.abc import AsyncIterator, Callable

import httpx


class ConnectionPool(httpx.AsyncBaseTransport):
    """Opens a connection whenever none is free, and keeps all for later requests; the caller limits concurrency."""

    def __init__(self, open_connection: Callable[[], httpx.AsyncBaseTransport]) -> None:
        self._open_connection = open_connection
        self._connections: list[httpx.AsyncBaseTransport] = []
        self._free: list[httpx.AsyncBaseTransport] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request on a free connection, which is free again once the response is closed."""
        connection = self._free.pop() if self._free else self._open()
        try:
            response = await connection.handle_async_request(request)
        except BaseException:
            self._free.append(connection)
            raise
        if isinstance(response.stream, httpx.AsyncByteStream):
            response.stream = _ReleasingStream(response.stream, lambda: self._free.append(connection))
        return response

    async def aclose(self) -> None:
        """Close all connections."""
        for connection in self._connections:
            await connection.aclose()

    def _open(self) -> httpx.AsyncBaseTransport:
        connection = self._open_connection()
        self._connections.append(connection)
        return connection


class _ReleasingStream(httpx.AsyncByteStream):
    """A body that frees its connection once it is closed; if closing fails, the connection is not used again."""

    def __init__(self, stream: httpx.AsyncByteStream, release: Callable[[], None]) -> None:
        self._stream = stream
        self._release = release

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._stream)

    async def aclose(self) -> None:
        await self._stream.aclose()
        self._release()
