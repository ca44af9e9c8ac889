"""When the connections of a pool are free again."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from confsync.twilio.connection_pool import ConnectionPool

REQUEST = httpx.Request("GET", "http://127.0.0.1/")


class Body(httpx.AsyncByteStream):
    def __init__(self, *, breaks: bool) -> None:
        self._breaks = breaks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"{}"

    async def aclose(self) -> None:
        if self._breaks:
            raise httpx.CloseError("reset")


class Connection(httpx.AsyncBaseTransport):
    """A connection that remembers how often it was used."""

    def __init__(self, *, lost: bool = False, breaks: bool = False) -> None:
        self.uses = 0
        self.closed = False
        self._lost = lost
        self._breaks = breaks

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.uses += 1
        if self._lost:
            raise httpx.ReadError("reset", request=request)
        return httpx.Response(200, stream=Body(breaks=self._breaks))

    async def aclose(self) -> None:
        self.closed = True


class Connections:
    """A pool, and the connections that it opened."""

    def __init__(self, **faults: bool) -> None:
        self.opened: list[Connection] = []
        self._faults = faults
        self.pool = ConnectionPool(self._open)

    def _open(self) -> Connection:
        self.opened.append(Connection(**self._faults))
        return self.opened[-1]

    async def send(self) -> httpx.Response:
        return await self.pool.handle_async_request(REQUEST)


def test_sequential_requests_use_the_same_connection() -> None:
    async def use(connections: Connections) -> None:
        for _ in range(3):
            await (await connections.send()).aclose()

    connections = Connections()
    asyncio.run(use(connections))
    assert [each.uses for each in connections.opened] == [3]


def test_a_connection_is_busy_until_its_response_is_closed_and_the_last_freed_is_used_next() -> None:
    async def use(connections: Connections) -> None:
        first, second = await connections.send(), await connections.send()
        await second.aclose()
        await first.aclose()
        await (await connections.send()).aclose()

    connections = Connections()
    asyncio.run(use(connections))
    assert [each.uses for each in connections.opened] == [2, 1]


def test_a_connection_without_a_response_is_free_again() -> None:
    async def use(connections: Connections) -> None:
        for _ in range(2):
            with pytest.raises(httpx.ReadError):
                await connections.send()

    connections = Connections(lost=True)
    asyncio.run(use(connections))
    assert [each.uses for each in connections.opened] == [2]


def test_a_connection_whose_response_cannot_be_closed_is_not_used_again() -> None:
    async def use(connections: Connections) -> None:
        for _ in range(2):
            response = await connections.send()
            with pytest.raises(httpx.CloseError):
                await response.aclose()

    connections = Connections(breaks=True)
    asyncio.run(use(connections))
    assert [each.uses for each in connections.opened] == [1, 1]


def test_the_pool_closes_all_connections() -> None:
    async def use(connections: Connections) -> None:
        async with connections.pool:
            await asyncio.gather(connections.send(), connections.send())

    connections = Connections()
    asyncio.run(use(connections))
    assert [each.closed for each in connections.opened] == [True, True]
