"""The transports of a campaign: the emulator in the same process, or those of confsync to a server on loopback."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from urllib.parse import urlsplit

import httpx
import pytest

from confsync.twilio import api
from confsync.twilio import transport as transports
from confsync.twilio.origin import Origin
from confsync.twilio.prepared_request import PreparedRequest

Wrapper = Callable[[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport]


class Transport(StrEnum):
    """Which transport the requests of a campaign take."""

    EMULATOR = "emulator"
    """The emulator in the process that sends the requests, without sockets."""

    SOCKETS = "sockets"
    """confsync's own transport, to a server in another process or thread."""

    @property
    def is_real(self) -> bool:
        """Whether confsync creates this transport itself."""
        return self is not Transport.EMULATOR


class WrappingTransport(httpx.AsyncBaseTransport):
    """Does something around each request of another transport, and is closed together with it."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def aclose(self) -> None:
        await self._inner.aclose()


@contextmanager
def real_transport(url: str, wrap: Wrapper) -> Iterator[None]:
    """Let confsync create its own transport for each run in this block, and send every request to one server."""
    port = urlsplit(url).port

    def create(origin: Origin, concurrency: int) -> tuple[httpx.AsyncBaseTransport, int]:
        created, limit = transports.transport_to(origin, concurrency)
        return wrap(_RedirectingTransport(created, port)), limit

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(api, "transport_to", create)
        yield


class _RedirectingTransport(WrappingTransport):
    """Sends each request to another port.

    Each run has a server with a port of its own, and the ledger and the saved plans must not contain it.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, port: int | None) -> None:
        super().__init__(inner)
        self._port = port

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(port=self._port)
        if isinstance(request, PreparedRequest):
            request.origin = f"{request.url.scheme}://{request.url.netloc.decode()}"
        return await self._inner.handle_async_request(request)
