"""Which requests are retried, how often, after which pause, and when confsync gives up."""

import asyncio
import socket
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsync.errors import RunStopped, Stale
from confsync.twilio.api import Recheck
from confsync.twilio.messages import Operation, Response
from confsync.twilio.outcomes import AttemptOutcome, classify
from confsync.twilio.retry import Retrier, RetryBudget, Settled, parse_http_date, pause_after, retry_after
from tests.twilio.still_clock import NOON, StillClock

BUSY = Response(429, {}, None)
GOOD = Response(200, {}, {"sid": "IS" + "1" * 32})
RESET = httpx.ReadError("reset")
REFUSED = httpx.ConnectError("refused")


def run(
    operation: Operation,
    *script: Response | Exception,
    clock: StillClock | None = None,
    budget: RetryBudget | None = None,
    recheck: Recheck | None = None,
) -> Settled:
    steps = iter(script)

    async def attempt() -> Response:
        step = next(steps)
        if isinstance(step, Exception):
            raise step
        return step

    retrier = Retrier(clock or StillClock(), lambda: 0.5, budget or RetryBudget())
    return asyncio.run(retrier.until_settled(operation, attempt, recheck))


def test_the_pauses_double_from_half_a_second_up_to_eight() -> None:
    assert [pause_after(attempts, 1.0) for attempts in range(1, 8)] == [0.5, 1, 2, 4, 8, 8, 8]


@given(st.integers(1, 10**9), st.floats(0, 1, exclude_max=True))
def test_a_pause_is_never_longer_than_eight_seconds_nor_negative(attempts: int, chance: float) -> None:
    assert 0 <= pause_after(attempts, chance) <= min(8.0, 0.5 * 2.0 ** min(attempts - 1, 100))


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
def test_retry_after_is_read_in_seconds_or_relative_to_the_date_of_the_response(
    headers: dict[str, str], seconds: float
) -> None:
    assert retry_after(headers, NOON) == seconds


@given(st.text(), st.text())
def test_any_text_is_accepted_as_retry_after(value: str, date: str) -> None:
    assert retry_after({"retry-after": value, "date": date}, NOON) >= 0


@given(st.datetimes(datetime(1980, 1, 1), datetime(2200, 1, 1)), st.integers(-(10**6), 10**6))  # noqa: DTZ001 — hypothesis takes bare bounds
def test_a_wrong_clock_on_this_machine_has_no_effect(date: datetime, seconds: int) -> None:
    date = date.replace(microsecond=0, tzinfo=UTC)
    headers = {"retry-after": format_datetime(date + timedelta(seconds=seconds)), "date": format_datetime(date)}
    assert retry_after(headers, NOON) == max(0, seconds)


def test_retry_after_is_added_to_the_pause() -> None:
    clock = StillClock()
    settled = run(Operation.CREATE, Response(429, {"retry-after": "9"}, None), GOOD, clock=clock)
    assert (settled.outcome, settled.attempts, clock.slept) == (AttemptOutcome.DONE, 2, [9.25])


def test_retry_after_without_a_date_of_the_response_counts_from_now() -> None:
    clock = StillClock()
    busy = Response(429, {"retry-after": format_datetime(NOON + timedelta(seconds=20))}, None)
    assert run(Operation.CREATE, busy, GOOD, clock=clock).outcome is AttemptOutcome.DONE
    assert clock.slept == [20.25]


def test_without_a_response_there_is_only_the_pause() -> None:
    clock = StillClock()
    run(Operation.CREATE, REFUSED, REFUSED, GOOD, clock=clock)
    assert clock.slept == [0.25, 0.5]


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_a_date_in_a_header_is_in_utc_wherever_this_machine_is(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        for text in (
            "Mon, 04 May 2026 12:00:00 GMT",
            "Mon, 04 May 2026 12:00:00 -0000",
            "Mon, 04 May 2026 14:00:00 +0200",
        ):
            date = parse_http_date(text)
            assert date == NOON
            assert date.tzinfo is UTC
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_request_that_gives_up_after_waits_of_a_minute_does_not_say_when_to_retry() -> None:
    assert run(Operation.READ, *[Response(503, {"retry-after": "60"}, None)] * 5).retry_at is None


class StoppedClock(StillClock):
    """A clock of a run that is stopped while it waits."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        raise RunStopped


@pytest.mark.parametrize(
    ("operation", "result", "ambiguous"),
    [
        (Operation.DELETE, RESET, True),
        (Operation.DELETE, BUSY, False),
        (Operation.CREATE, BUSY, False),
        (Operation.READ, RESET, False),
    ],
)
def test_a_run_that_is_stopped_during_a_pause_settles_only_a_write_that_may_have_happened(
    operation: Operation, result: Response | Exception, *, ambiguous: bool
) -> None:
    if ambiguous:
        assert run(operation, result, clock=StoppedClock()).ambiguous
        return
    with pytest.raises(RunStopped):
        run(operation, result, clock=StoppedClock())


def test_a_run_that_is_stopped_before_an_attempt_sends_nothing() -> None:
    with pytest.raises(RunStopped):
        run(Operation.CREATE, RunStopped())


def test_a_wait_of_a_minute_is_accepted_and_a_longer_one_ends_the_request() -> None:
    assert run(Operation.READ, Response(503, {"retry-after": "60"}, None), GOOD).outcome is AttemptOutcome.DONE
    settled = run(Operation.READ, Response(503, {"retry-after": "61"}, None))
    assert settled.retry_at == NOON + timedelta(seconds=61)


def test_an_absurd_wait_ends_the_request() -> None:
    settled = run(Operation.READ, Response(429, {"retry-after": "9" * 400}, None))
    assert settled.retry_at is not None
    assert settled.retry_at > NOON + timedelta(days=3650)


def test_a_request_has_at_most_five_attempts() -> None:
    settled = run(Operation.READ, *[BUSY] * 5)
    assert (settled.outcome, settled.attempts) == (AttemptOutcome.REJECTED, 5)


def test_an_unknown_host_has_at_most_three_attempts() -> None:
    error = httpx.ConnectError("dns")
    error.__cause__ = OSError("dns")
    error.__cause__.__cause__ = socket.gaierror(-2, "no name")
    assert run(Operation.CREATE, error, error, GOOD).attempts == 3
    settled = run(Operation.CREATE, *[error] * 3)
    assert (settled.outcome, settled.attempts, settled.ambiguous) == (AttemptOutcome.NOT_SENT, 3, False)


@pytest.mark.parametrize(
    ("operation", "script", "ambiguous"),
    [
        (Operation.CREATE, [REFUSED, BUSY, GOOD], False),
        (Operation.CREATE, [REFUSED, RESET], True),
        (Operation.UPDATE, [BUSY, RESET], True),
        (Operation.DELETE, [RESET, REFUSED, REFUSED, REFUSED, REFUSED], True),
        (Operation.DELETE, [RESET, Response(401, {}, None)], True),
    ],
)
def test_one_ambiguous_attempt_makes_the_request_ambiguous(
    operation: Operation, script: Iterable[Response | Exception], *, ambiguous: bool
) -> None:
    assert run(operation, *script).ambiguous is ambiguous


def test_a_run_has_at_most_a_hundred_retries() -> None:
    budget = RetryBudget()
    attempts = [run(Operation.READ, *[BUSY] * 5, budget=budget).attempts for _ in range(30)]
    assert sum(attempts) - len(attempts) == 100
    assert attempts[-1] == 1


def test_successes_earn_retries_up_to_the_initial_budget() -> None:
    budget = RetryBudget()
    assert [budget.spend() for _ in range(101)] == [True] * 100 + [False]
    for _ in range(5):
        budget.earn()
    assert [budget.spend(), budget.spend()] == [True, False]
    for _ in range(10_000):
        budget.earn()
    assert budget.left == 100


RESULTS: dict[str, Response | Exception] = {
    "good": GOOD,
    "busy": BUSY,
    "busy for a while": Response(429, {"retry-after": "20"}, None),
    "conflict": Response(409, {}, {"code": 50391}),
    "broken": Response(503, {}, None),
    "reset": RESET,
    "refused": REFUSED,
    "no body": Response(200, {}, None),
    "bad": Response(400, {}, {"code": 20001}),
    "missing": Response(404, {}, {"code": 20404}),
}


@given(st.sampled_from(Operation), st.lists(st.sampled_from(sorted(RESULTS)), min_size=5, max_size=5))
def test_whatever_happens_a_write_that_may_have_happened_is_not_repeated_and_the_time_is_limited(
    operation: Operation, names: list[str]
) -> None:
    clock, script = StillClock(), [RESULTS[each] for each in names]
    settled = run(operation, *script, clock=clock)
    outcomes = [classify(each, operation) for each in script[: settled.attempts]]
    assert settled.attempts <= 5
    assert settled.result is script[settled.attempts - 1]
    assert settled.ambiguous is (AttemptOutcome.AMBIGUOUS in outcomes)
    if operation in {Operation.CREATE, Operation.UPDATE}:
        assert AttemptOutcome.AMBIGUOUS not in outcomes[:-1]
    assert not {AttemptOutcome.DONE, AttemptOutcome.FINAL}.intersection(outcomes[:-1])
    assert clock.monotonic() <= 4 * (20 + 8)


def test_only_a_rejected_request_is_checked_before_it_is_sent_again() -> None:
    checks = list[float]()
    clock = StillClock()

    async def recheck() -> None:
        checks.append(clock.monotonic())

    assert run(Operation.UPDATE, REFUSED, BUSY, GOOD, clock=clock, recheck=recheck).outcome is AttemptOutcome.DONE
    assert checks == [sum(clock.slept)]


def test_a_check_that_fails_ends_the_request() -> None:
    async def recheck() -> None:
        raise Stale("changed")

    with pytest.raises(Stale):
        run(Operation.UPDATE, BUSY, recheck=recheck)


def test_a_bug_is_not_retried() -> None:
    with pytest.raises(ZeroDivisionError):
        run(Operation.READ, ZeroDivisionError())
