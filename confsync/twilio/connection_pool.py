"""Many connections to one host, of which a free one is found at once.

httpx's own pool looks at every connection for each request, and asks the system about every idle one: at 32 connections
that is three quarters of a request's CPU time. Here each connection is a pool of one, and the last one used comes next.
"""

from collections.abc import AsyncIterator, Callable

import httpx


class ConnectionPool(httpx.AsyncBaseTransport):
    """As many connections as there are requests under way, kept for the next ones; the sender limits their number."""

    def __init__(self, open_lane: Callable[[], httpx.AsyncBaseTransport]) -> None:
        self._open_lane = open_lane
        self._lanes: list[httpx.AsyncBaseTransport] = []
        self._free: list[httpx.AsyncBaseTransport] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request on a free lane, which is free again when the answer is closed."""
        lane = self._free.pop() if self._free else self._another()
        try:
            response = await lane.handle_async_request(request)
        except BaseException:
            self._free.append(lane)
            raise
        if isinstance(response.stream, httpx.AsyncByteStream):
            response.stream = _Stream(response.stream, lambda: self._free.append(lane))
        return response

    async def aclose(self) -> None:
        """Close all connections."""
        for lane in self._lanes:
            await lane.aclose()

    def _another(self) -> httpx.AsyncBaseTransport:
        lane = self._open_lane()
        self._lanes.append(lane)
        return lane


class _Stream(httpx.AsyncByteStream):
    """A body that frees its lane when it is closed; one that cannot be closed properly keeps it."""

    def __init__(self, stream: httpx.AsyncByteStream, free: Callable[[], None]) -> None:
        self._stream = stream
        self._free = free

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._stream)

    async def aclose(self) -> None:
        await self._stream.aclose()
        self._free()
