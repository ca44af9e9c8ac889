"""A trend says what each period found, and how long repairs took."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsync.history.history import FindingSpan
from confsync.history.trend import MOST_PERIODS, last_success, periods_of, repair_times, repair_times_by
from tests.history.runs import FIRST_NIGHT, finding, night, recorded

AGENT, CHIEF = finding("agent"), finding("chief", sort="deleted", section="users")
DAY = timedelta(days=1)


def test_the_mean_time_to_repair_of_a_history_that_was_computed_by_hand(tmp_path: Path) -> None:
    """`agent` is open in nights 0 to 2 and 5, that is 3 + 1 days, with an edit between; `chief` from night 1 on."""
    edited = finding("agent", "2", sort="both")
    nights = [[AGENT], [AGENT, CHIEF], [edited, CHIEF], [CHIEF], [CHIEF], [AGENT, CHIEF], [CHIEF]]
    history = recorded(tmp_path / "history.db", (night(number, found) for number, found in enumerate(nights)))
    ((_, runs, spans),) = ((each.target, each.runs, each.spans) for each in history.contents())
    times = repair_times(spans)
    assert (times.found, times.open, times.repaired, times.mean) == (3, 1, 2, timedelta(days=2))
    by_sort = repair_times_by(spans, lambda span: span.finding.sort)
    assert {sort: (each.found, each.mean) for sort, each in by_sort.items()} == {
        "both": (1, 3 * DAY),  # its last sort
        "live": (1, DAY),
        "deleted": (1, None),
    }
    assert list(repair_times_by(spans, lambda span: span.finding.section)) == ["roles", "users"]
    assert last_success(runs) == FIRST_NIGHT + 6 * DAY


def test_a_partial_run_neither_repairs_nor_succeeds(tmp_path: Path) -> None:
    runs = [night(0, [AGENT]), night(1, complete=False), night(3)]
    (only,) = recorded(tmp_path / "history.db", runs).contents()
    assert repair_times(only.spans).mean == 3 * DAY
    assert last_success(only.runs[:2]) == FIRST_NIGHT
    assert [each.start for each in periods_of(only.runs)[1] if each.counts is None] == [
        date(2026, 3, 2),
        date(2026, 3, 3),
    ]


def test_a_clock_that_is_behind_makes_no_negative_time() -> None:
    times = repair_times([FindingSpan(finding=AGENT, opened=FIRST_NIGHT, closed=FIRST_NIGHT - DAY)])
    assert times.mean == timedelta()


def test_a_day_shows_its_last_complete_run() -> None:
    runs = [night(0, [AGENT, CHIEF]), night(0.2, [AGENT]), night(0.3, complete=False)]
    unit, periods = periods_of(runs)
    assert (unit, [(each.start, each.counts) for each in periods]) == ("day", [(date(2026, 3, 1), {"live": 1})])


def test_without_a_complete_run_there_is_no_period() -> None:
    assert periods_of([]) == ("day", ())
    assert periods_of([night(0, complete=False)]) == ("day", ())


@pytest.mark.parametrize(
    ("nights", "unit"), [(1, "day"), (62, "day"), (63, "week"), (1_000, "month"), (4_000, "quarter"), (9_000, "year")]
)
def test_a_long_time_has_longer_periods(nights: int, unit: str) -> None:
    runs = [night(0, [AGENT]), night(nights - 1, [CHIEF])]
    found, periods = periods_of(runs)
    assert found == unit
    assert len(periods) <= MOST_PERIODS
    assert (periods[0].counts, periods[-1].counts)[-1] == {"deleted": 1}


@given(st.lists(st.tuples(st.integers(0, 40_000), st.booleans(), st.integers(0, 2)), max_size=6))
def test_periods_are_in_order_and_end_with_the_last_complete_run(nights: list[tuple[int, bool, int]]) -> None:
    found = [night(number, [AGENT] * count, complete=complete) for number, complete, count in sorted(nights)]
    unit, periods = periods_of(found)
    starts = [each.start for each in periods]
    assert starts == sorted(set(starts))
    assert len(periods) <= MOST_PERIODS
    complete = [each for each in found if each.complete]
    assert [each.counts for each in periods[-1:]] == [each.counts for each in complete[-1:]]
    assert unit == "year" or not complete or starts[0] <= complete[0].at.date()
