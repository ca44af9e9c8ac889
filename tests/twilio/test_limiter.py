"""How many requests run at once."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsync.twilio.limiter import Concurrency, ConcurrencyLimiter, RateLimiter, Rates
from confsync.twilio.limits import WRITES_PER_SECOND
from tests.twilio.still_clock import StillClock


async def responses(limiter: ConcurrencyLimiter, *statuses: int | None) -> int:
    for status in statuses:
        limiter.release(await limiter.acquire(), status)
    return limiter.limit


def test_the_limit_starts_low_and_grows_with_each_response() -> None:
    limiter = ConcurrencyLimiter(32, 16)
    assert limiter.limit == 16
    assert asyncio.run(responses(limiter, 200, 404, 500)) == 19


def test_the_limit_never_exceeds_its_maximum() -> None:
    assert asyncio.run(responses(ConcurrencyLimiter(20, 16), *[200] * 50)) == 20
    assert ConcurrencyLimiter(3).limit == 3


@pytest.mark.parametrize(("maximum", "limit"), [(100, 70), (32, 32)])
def test_the_limit_can_start_where_another_one_ended(maximum: int, limit: int) -> None:
    limiter = ConcurrencyLimiter(maximum)
    limiter.start_at(70)
    assert limiter.limit == limit


def test_a_missing_response_does_not_raise_the_limit() -> None:
    assert asyncio.run(responses(ConcurrencyLimiter(32, 16), None, None)) == 16


def test_each_429_halves_the_limit_down_to_one() -> None:
    limiter = ConcurrencyLimiter(32, 16)
    assert [asyncio.run(responses(limiter, 429)) for _ in range(6)] == [8, 4, 2, 1, 1, 1]


def test_after_a_429_the_limit_grows_by_one_per_round() -> None:
    limiter = ConcurrencyLimiter(32, 16)
    assert asyncio.run(responses(limiter, 429, *[200] * 8)) == 9
    assert asyncio.run(responses(limiter, *[200] * 9)) == 10


def test_concurrent_requests_halve_the_limit_once() -> None:
    async def burst() -> int:
        limiter = ConcurrencyLimiter(32, 16)
        generations = [await limiter.acquire() for _ in range(16)]
        for generation in generations:
            limiter.release(generation, 429)
        return limiter.limit

    assert asyncio.run(burst()) == 8


@pytest.mark.parametrize(("seconds", "expected"), [(0.06, 18), (0.49, 18), (0.5, 17), (9.0, 17)])
def test_the_limit_does_not_grow_while_responses_are_slow(seconds: float, expected: int) -> None:
    async def two() -> int:
        limiter = ConcurrencyLimiter(32, 16)
        limiter.release(await limiter.acquire(), 200, 0.06)
        limiter.release(await limiter.acquire(), 200, seconds)
        return limiter.limit

    assert asyncio.run(two()) == expected


@pytest.mark.parametrize(("concurrent", "expected"), [(None, 8), (500, 8), (6, 3), (1, 1), (0, 8)])
def test_a_429_halves_what_twilio_says_ran_at_once(concurrent: int | None, expected: int) -> None:
    async def one() -> int:
        limiter = ConcurrencyLimiter(32, 16)
        limiter.release(await limiter.acquire(), 429, 0.06, concurrent)
        return limiter.limit

    assert asyncio.run(one()) == expected


def test_the_state_has_the_most_that_ran_at_once_and_counts_rejections() -> None:
    async def run() -> Concurrency:
        limiter = ConcurrencyLimiter(32, 16)
        generations = [await limiter.acquire() for _ in range(3)]
        for generation, status in zip(generations, (200, 429, 429), strict=True):
            limiter.release(generation, status)
        return limiter.state

    assert asyncio.run(run()) == Concurrency(limit=8, peak=3, rejected=2)


def test_no_more_requests_than_the_limit_run_and_all_are_admitted() -> None:
    async def crowd() -> tuple[int, int]:
        limiter, inside, most, served = ConcurrencyLimiter(5), 0, 0, 0

        async def one() -> None:
            nonlocal inside, most, served
            generation = await limiter.acquire()
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1
            served += 1
            limiter.release(generation, 200)

        await asyncio.gather(*(one() for _ in range(50)))
        return most, served

    assert asyncio.run(crowd()) == (5, 50)


def test_a_request_that_is_ahead_starts_before_those_that_wait() -> None:
    async def order() -> list[str]:
        limiter, started = ConcurrencyLimiter(1), list[str]()

        async def one(name: str, *, ahead: bool) -> None:
            generation = await limiter.acquire(ahead=ahead)
            started.append(name)
            await asyncio.sleep(0)
            limiter.release(generation, 200)

        names = ("running", False), ("waiting", False), ("ahead", True)
        await asyncio.gather(*(one(name, ahead=ahead) for name, ahead in names))
        return started

    assert asyncio.run(order()) == ["running", "ahead", "waiting"]


def test_a_request_cancelled_while_waiting_frees_its_place() -> None:
    async def leave_the_queue() -> None:
        limiter = ConcurrencyLimiter(1)
        generation = await limiter.acquire()
        waiting, handed = asyncio.create_task(limiter.acquire()), asyncio.create_task(limiter.acquire())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.sleep(0)
        limiter.release(generation, 200)
        handed.cancel()
        await asyncio.gather(waiting, handed, return_exceptions=True)
        await asyncio.wait_for(limiter.acquire(), 1)

    asyncio.run(leave_the_queue())


def test_a_rate_limit_spaces_out_the_starts() -> None:
    clock = StillClock()

    async def three() -> None:
        rate_limiter = RateLimiter(Rates(4), clock)
        for _ in range(3):
            await rate_limiter.wait()

    asyncio.run(three())
    assert clock.slept == [0.25, 0.25]


def test_without_a_rate_limit_nothing_waits() -> None:
    clock = StillClock()
    asyncio.run(RateLimiter(Rates(), clock).wait())
    assert clock.slept == []


@given(
    st.lists(st.tuples(st.sampled_from(["IS1", "IS2", ""]), st.floats(0, 0.4)), max_size=120),
    st.integers(1, WRITES_PER_SECOND),
)
def test_fewer_writes_than_twilio_accepts_start_within_any_second_in_one_service(
    writes: list[tuple[str, float]], most: int
) -> None:
    clock, starts = StillClock(), list[tuple[str, float]]()

    async def write_all() -> None:
        limiter = RateLimiter(Rates(writes_per_service=most), clock)
        limiter.refuse("")
        for service, pause in writes:
            await clock.sleep(pause)
            await limiter.wait_for_write(service)
            starts.append((service, clock.monotonic()))

    asyncio.run(write_all())
    for service in {service for service, _ in starts}:
        times = [time for each, time in starts if each == service]
        assert all(later - earlier >= 1 - 1e-6 for earlier, later in zip(times, times[most:], strict=False))
    assert clock.monotonic() <= sum(pause for _, pause in writes) + len(writes) / most


def test_services_do_not_wait_for_each_other_and_a_few_writes_do_not_wait_at_all() -> None:
    clock = StillClock()

    async def write_all() -> None:
        limiter = RateLimiter(Rates(), clock)
        for number in range(10 * WRITES_PER_SECOND):
            await limiter.wait_for_write(f"IS{number % 10}")

    asyncio.run(write_all())
    assert clock.slept == []


def test_writes_outside_a_service_wait_for_each_other_once_twilio_refuses_one() -> None:
    clock = StillClock()

    async def write_all() -> None:
        limiter = RateLimiter(Rates(), clock)
        for _ in range(2 * WRITES_PER_SECOND):
            await limiter.wait_for_write("")
        limiter.refuse("IS1")
        await limiter.wait_for_write("")
        assert clock.slept == []
        limiter.refuse("")
        await limiter.wait_for_write("")

    asyncio.run(write_all())
    assert clock.slept == [1.0]


def test_the_limit_of_writes_is_below_what_twilio_accepts() -> None:
    assert Rates().writes_per_service == WRITES_PER_SECOND < 30
