"""Connections, and when they are free again."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from confsync.twilio.connection_pool import ConnectionPool

ASKING = httpx.Request("GET", "http://127.0.0.1/")


class Body(httpx.AsyncByteStream):
    def __init__(self, *, breaks: bool) -> None:
        self._breaks = breaks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"{}"

    async def aclose(self) -> None:
        if self._breaks:
            raise httpx.CloseError("reset")


class Lane(httpx.AsyncBaseTransport):
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


class Road:
    """Lanes, and each of them to look at."""

    def __init__(self, **faults: bool) -> None:
        self.opened: list[Lane] = []
        self._faults = faults
        self.lanes = ConnectionPool(self._open)

    def _open(self) -> Lane:
        self.opened.append(Lane(**self._faults))
        return self.opened[-1]

    async def ask(self) -> httpx.Response:
        return await self.lanes.handle_async_request(ASKING)


def test_one_after_another_takes_the_same_lane() -> None:
    async def use(road: Road) -> None:
        for _ in range(3):
            await (await road.ask()).aclose()

    road = Road()
    asyncio.run(use(road))
    assert [lane.uses for lane in road.opened] == [3]


def test_a_lane_is_taken_until_its_answer_is_closed_and_the_last_one_freed_comes_next() -> None:
    async def use(road: Road) -> None:
        first, second = await road.ask(), await road.ask()
        await second.aclose()
        await first.aclose()
        await (await road.ask()).aclose()

    road = Road()
    asyncio.run(use(road))
    assert [lane.uses for lane in road.opened] == [2, 1]


def test_a_lane_on_which_no_answer_came_is_free_again() -> None:
    async def use(road: Road) -> None:
        for _ in range(2):
            with pytest.raises(httpx.ReadError):
                await road.ask()

    road = Road(lost=True)
    asyncio.run(use(road))
    assert [lane.uses for lane in road.opened] == [2]


def test_a_lane_whose_answer_cannot_be_closed_is_not_used_again() -> None:
    async def use(road: Road) -> None:
        for _ in range(2):
            answer = await road.ask()
            with pytest.raises(httpx.CloseError):
                await answer.aclose()

    road = Road(breaks=True)
    asyncio.run(use(road))
    assert [lane.uses for lane in road.opened] == [1, 1]


def test_all_lanes_are_closed_in_the_end() -> None:
    async def use(road: Road) -> None:
        async with road.lanes:
            await asyncio.gather(road.ask(), road.ask())

    road = Road()
    asyncio.run(use(road))
    assert [lane.closed for lane in road.opened] == [True, True]
