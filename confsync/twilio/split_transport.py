"""Sends reads over a faster transport than writes."""

from collections.abc import Callable

import httpx


class SplitTransport(httpx.AsyncBaseTransport):
    """Sends writes over one transport, and reads over another, each of which is opened when it is first needed.

    If the one for reads cannot connect, it is not used again, so that every connection error comes from the other one.
    """

    def __init__(self, plain: httpx.AsyncBaseTransport, open_fast: Callable[[], httpx.AsyncBaseTransport]) -> None:
        self._plain = plain
        self._open_fast = open_fast
        self._fast: httpx.AsyncBaseTransport | None = None
        self._failed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request over one of the two."""
        fast = self._fast_for(request)
        if fast is not None:
            try:
                return await fast.handle_async_request(request)
            except httpx.ConnectError:
                self._failed = True
        return await self._plain.handle_async_request(request)

    async def aclose(self) -> None:
        """Close both."""
        await self._plain.aclose()
        if self._fast is not None:
            await self._fast.aclose()

    def _fast_for(self, request: httpx.Request) -> httpx.AsyncBaseTransport | None:
        if request.method != "GET" or self._failed:
            return None
        if self._fast is None:
            self._fast = self._open_fast()
        return self._fast
