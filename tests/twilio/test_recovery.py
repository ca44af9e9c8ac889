"""A write whose outcome is unknown: it is sent again only after a look that finds no effect, and at most once."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsync.errors import OutcomeUnknown, Unreachable
from confsync.twilio.recovery import pauses_between_looks, send_or_find
from confsync.twilio.retry_policy import LONGEST_SEND_SECONDS
from tests.twilio.still_clock import NOON, StillClock


def recovered(*steps: str) -> tuple[str, list[str]]:
    """Send and look as a script says, and tell how it ended and what was done."""
    script, done = iter(steps), list[str]()

    async def send() -> str:
        done.append("send")
        match next(script):
            case "lost":
                raise OutcomeUnknown("lost")
            case "refused":
                raise Unreachable("refused")
            case result:
                return result

    async def find(unknown: OutcomeUnknown) -> str | None:
        assert unknown.happened == "lost"
        done.append("look")
        return next(script) or None

    try:
        return asyncio.run(send_or_find(send, find)), done
    except (OutcomeUnknown, Unreachable) as error:
        return type(error).__name__, done


@pytest.mark.parametrize(
    ("steps", "ends", "does"),
    [
        (["done"], "done", ["send"]),
        (["lost", "found"], "found", ["send", "look"]),
        (["lost", "", "done"], "done", ["send", "look", "send"]),
        (["lost", "", "lost", "found"], "found", ["send", "look", "send", "look"]),
        (["lost", "", "lost", ""], "OutcomeUnknown", ["send", "look", "send", "look"]),
        (["lost", "", "refused"], "Unreachable", ["send", "look", "send"]),
        (["refused"], "Unreachable", ["send"]),
    ],
)
def test_a_write_is_sent_again_once_if_a_look_finds_no_effect(steps: list[str], ends: str, does: list[str]) -> None:
    assert recovered(*steps) == (ends, does)


def test_the_looks_at_a_write_that_was_just_sent_are_after_0_2_5_and_10_seconds() -> None:
    clock = StillClock()
    assert times_of_looks(clock) == [0, 2, 5, 10]


@pytest.mark.parametrize(("age", "times"), [(1.5, [0, 0.5, 3.5, 8.5]), (9.5, [0, 0.5]), (11, [0])])
def test_a_look_whose_time_has_passed_is_left_out(age: float, times: list[float]) -> None:
    assert times_of_looks(StillClock(), LONGEST_SEND_SECONDS + age) == times


@given(st.floats(-1000, 1000))
def test_the_looks_at_a_write_of_another_run_end_ten_seconds_after_it_may_have_waited_for_it(age: float) -> None:
    clock = StillClock()
    looks = times_of_looks(clock, age)
    assert looks[0] == 0
    assert looks == sorted(looks)
    expected = min(10.0, max(0.0, 10.0 - (age - LONGEST_SEND_SECONDS)))
    assert looks[-1] == pytest.approx(expected, abs=1e-3)


def times_of_looks(clock: StillClock, age: float | None = None) -> list[float]:
    begun = None if age is None else NOON - timedelta(seconds=age)
    times = list[float]()
    for pause in pauses_between_looks(clock, begun):
        asyncio.run(clock.sleep(pause))
        times.append(clock.monotonic())
    return times
