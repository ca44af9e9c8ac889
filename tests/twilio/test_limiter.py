"""How many requests are under way at once."""

import asyncio

from confsync.twilio.limiter import Limiter, RateLimiter
from tests.twilio.still_clock import StillClock


async def answers(limiter: Limiter, *statuses: int | None) -> int:
    for status in statuses:
        limiter.leave(await limiter.enter(), status)
    return limiter.limit


def test_it_starts_moderate_and_grows_with_every_answer() -> None:
    limiter = Limiter(32)
    assert limiter.limit == 8
    assert asyncio.run(answers(limiter, 200, 404, 500)) == 11


def test_it_never_grows_over_its_most() -> None:
    assert asyncio.run(answers(Limiter(10), *[200] * 50)) == 10
    assert Limiter(3).limit == 3


def test_no_answer_is_no_reason_to_grow() -> None:
    assert asyncio.run(answers(Limiter(32), None, None)) == 8


def test_too_many_halves_it_down_to_one() -> None:
    limiter = Limiter(32)
    assert [asyncio.run(answers(limiter, 429)) for _ in range(5)] == [4, 2, 1, 1, 1]


def test_after_too_many_it_grows_by_one_with_each_round() -> None:
    limiter = Limiter(32)
    assert asyncio.run(answers(limiter, 429, *[200] * 4)) == 5
    assert asyncio.run(answers(limiter, *[200] * 5)) == 6


def test_a_burst_that_was_under_way_together_halves_it_once() -> None:
    async def burst() -> int:
        limiter = Limiter(32)
        eras = [await limiter.enter() for _ in range(8)]
        for era in eras:
            limiter.leave(era, 429)
        return limiter.limit

    assert asyncio.run(burst()) == 4


def test_no_more_than_the_limit_are_inside_and_all_get_in_at_last() -> None:
    async def crowd() -> tuple[int, int]:
        limiter, inside, most, served = Limiter(5), 0, 0, 0

        async def one() -> None:
            nonlocal inside, most, served
            era = await limiter.enter()
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1
            served += 1
            limiter.leave(era, 200)

        await asyncio.gather(*(one() for _ in range(50)))
        return most, served

    assert asyncio.run(crowd()) == (5, 50)


def test_who_is_cancelled_while_waiting_takes_no_place_along() -> None:
    async def leave_the_queue() -> None:
        limiter = Limiter(1)
        era = await limiter.enter()
        waiting, handed = asyncio.create_task(limiter.enter()), asyncio.create_task(limiter.enter())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.sleep(0)
        limiter.leave(era, 200)
        handed.cancel()
        await asyncio.gather(waiting, handed, return_exceptions=True)
        await asyncio.wait_for(limiter.enter(), 1)

    asyncio.run(leave_the_queue())


def test_a_pace_spaces_out_the_starts() -> None:
    clock = StillClock()

    async def three() -> None:
        pace = RateLimiter(4, clock)
        for _ in range(3):
            await pace.turn()

    asyncio.run(three())
    assert clock.slept == [0.25, 0.25]


def test_without_a_pace_nobody_waits() -> None:
    clock = StillClock()
    asyncio.run(RateLimiter(None, clock).turn())
    assert clock.slept == []
