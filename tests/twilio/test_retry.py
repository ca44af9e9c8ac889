"""How often, how long apart, and when to give up."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsync.twilio.outcomes import Operation, Outcome
from confsync.twilio.response import Response
from confsync.twilio.retry import Budget, Retry, Settled, asked_wait, pause
from tests.twilio.still_clock import NOON, StillClock

BUSY = Response(429, {}, None)
GOOD = Response(200, {}, {"sid": "IS" + "1" * 32})
RESET = httpx.ReadError("reset")
REFUSED = httpx.ConnectError("refused")


def run(
    verb: Operation, *script: Response | Exception, clock: StillClock | None = None, budget: Budget | None = None
) -> Settled:
    steps = iter(script)

    async def attempt() -> Response:
        step = next(steps)
        if isinstance(step, Exception):
            raise step
        return step

    retry = Retry(clock or StillClock(), lambda: 0.5, budget or Budget())
    return asyncio.run(retry.until_settled(verb, attempt))


def test_the_pauses_double_from_half_a_second_up_to_eight() -> None:
    assert [pause(tries, 1.0) for tries in range(1, 8)] == [0.5, 1, 2, 4, 8, 8, 8]


@given(st.integers(1, 10**9), st.floats(0, 1, exclude_max=True))
def test_a_pause_is_never_longer_than_eight_seconds_nor_negative(tries: int, chance: float) -> None:
    assert 0 <= pause(tries, chance) <= min(8.0, 0.5 * 2.0 ** min(tries - 1, 100))


DATE = "Mon, 04 May 2026 10:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"retry-after": "7"}, 7),
        ({"retry-after": " 7 "}, 7),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "-5"}, 0),
        ({"retry-after": "1.5"}, 0),
        ({"retry-after": "soon"}, 0),
        ({"retry-after": "\N{ARABIC-INDIC DIGIT SEVEN}"}, 0),
        ({"retry-after": "9" * 5000}, float("inf")),
        ({"retry-after": "Mon, 04 May 2026 10:00:30 GMT", "date": DATE}, 30),
        ({"retry-after": "Mon, 04 May 2026 11:00:30 +0100", "date": DATE}, 30),
        ({"retry-after": "Mon, 04 May 2026 09:00:00 GMT", "date": DATE}, 0),
        ({"retry-after": "Mon, 04 May 2026 12:00:20 GMT"}, 20),
        ({"retry-after": "Mon, 04 May 2026 12:00:20 GMT", "date": "garbage"}, 20),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 -2300", "date": DATE}, 0),
        ({"retry-after": "Mon, 99 May 2026 10:00:30 GMT", "date": DATE}, 0),
    ],
)
def test_retry_after_is_read_in_seconds_or_against_the_answers_own_date(
    headers: dict[str, str], seconds: float
) -> None:
    assert asked_wait(headers, NOON) == seconds


@given(st.text(), st.text())
def test_retry_after_never_makes_trouble(wish: str, date: str) -> None:
    assert asked_wait({"retry-after": wish, "date": date}, NOON) >= 0


@given(st.datetimes(datetime(1980, 1, 1), datetime(2200, 1, 1)), st.integers(-(10**6), 10**6))  # noqa: DTZ001 — hypothesis takes bare bounds
def test_the_wrong_clock_of_this_machine_does_not_matter(date: datetime, seconds: int) -> None:
    date = date.replace(microsecond=0, tzinfo=UTC)
    headers = {"retry-after": format_datetime(date + timedelta(seconds=seconds)), "date": format_datetime(date)}
    assert asked_wait(headers, NOON) == max(0, seconds)


def test_a_wish_to_wait_is_granted_before_the_next_try() -> None:
    clock = StillClock()
    ending = run(Operation.CREATE, Response(429, {"retry-after": "9"}, None), GOOD, clock=clock)
    assert (ending.outcome, ending.tries, clock.slept) == (Outcome.DONE, 2, [9.25])


def test_a_wish_to_wait_a_minute_is_granted_and_a_longer_one_ends_it_with_the_time_to_come_back() -> None:
    assert run(Operation.READ, Response(503, {"retry-after": "60"}, None), GOOD).outcome is Outcome.DONE
    ending = run(Operation.READ, Response(503, {"retry-after": "61"}, None))
    assert ending.retry_at == NOON + timedelta(seconds=61)


def test_an_absurd_wish_to_wait_ends_it_too() -> None:
    ending = run(Operation.READ, Response(429, {"retry-after": "9" * 400}, None))
    assert ending.retry_at is not None
    assert ending.retry_at > NOON + timedelta(days=3650)


def test_nothing_is_tried_more_than_five_times() -> None:
    ending = run(Operation.READ, *[BUSY] * 5)
    assert (ending.outcome, ending.tries) == (Outcome.REJECTED, 5)


@pytest.mark.parametrize(
    ("verb", "script", "doubtful"),
    [
        (Operation.CREATE, [REFUSED, BUSY, GOOD], False),
        (Operation.CREATE, [REFUSED, RESET], True),
        (Operation.UPDATE, [BUSY, RESET], True),
        (Operation.DELETE, [RESET, REFUSED, REFUSED, REFUSED, REFUSED], True),
        (Operation.DELETE, [RESET, Response(401, {}, None)], True),
    ],
)
def test_one_try_that_may_have_happened_leaves_a_doubt(
    verb: Operation, script: Iterable[Response | Exception], *, doubtful: bool
) -> None:
    assert run(verb, *script).linted is doubtful


def test_a_run_has_only_so_many_retries() -> None:
    budget = Budget()
    tries = [run(Operation.READ, *[BUSY] * 5, budget=budget).tries for _ in range(30)]
    assert sum(tries) - len(tries) == 100
    assert tries[-1] == 1


def test_good_answers_earn_retries_up_to_the_first_allowance() -> None:
    budget = Budget()
    assert [budget.spend() for _ in range(101)] == [True] * 100 + [False]
    for _ in range(5):
        budget.earn()
    assert [budget.spend(), budget.spend()] == [True, False]
    for _ in range(10_000):
        budget.earn()
    assert budget.left == 100


def test_a_bug_is_not_retried() -> None:
    with pytest.raises(ZeroDivisionError):
        run(Operation.READ, ZeroDivisionError())
