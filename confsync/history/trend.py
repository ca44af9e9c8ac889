"""How drift developed: what was found in each period, and how long repairs took."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import islice

from msgspec import Struct

from confsync.history.history import FindingSpan
from confsync.history.run import DriftRun

MOST_PERIODS = 62
"""A trend has at most this many periods, so that 1,000 nights are as easy to read as 60."""


class Period(Struct, frozen=True):
    """What the last complete run of a period found, by sort; None without such a run."""

    start: date
    counts: Mapping[str, int] | None


class RepairTimes(Struct, frozen=True):
    """How many findings are open, how many there were, and how long it took on average until one was repaired.

    `mean` is None if none was repaired.
    """

    open: int
    found: int
    repaired: int
    mean: timedelta | None


def repair_times(spans: Iterable[FindingSpan]) -> RepairTimes:
    """Count findings, and average the time from the run that found one first to the run that no longer did."""
    found = tuple(spans)
    # the clock of another machine may be behind
    durations = [max(each.closed - each.opened, timedelta()) for each in found if each.closed]
    mean = sum(durations, timedelta()) / len(durations) if durations else None
    return RepairTimes(len(found) - len(durations), len(found), len(durations), mean)


def repair_times_by(spans: Iterable[FindingSpan], key: Callable[[FindingSpan], str]) -> Mapping[str, RepairTimes]:
    """Do the same for each group of findings, the one with the most findings first."""
    groups: dict[str, list[FindingSpan]] = {}
    for each in spans:
        groups.setdefault(key(each), []).append(each)
    names = sorted(groups, key=lambda name: (-len(groups[name]), name))
    return {name: repair_times(groups[name]) for name in names}


def periods_of(runs: Sequence[DriftRun]) -> tuple[str, tuple[Period, ...]]:
    """Divide the time from the first to the last complete run into days, weeks, months, quarters or years.

    Return the name of the unit, and every period, with those in which nothing ran.
    """
    counts = {each.at.date(): each.counts for each in runs if each.complete}
    if not counts:
        return "day", ()
    unit, starts = _starts(min(counts), max(counts))
    last = {_BEGINNINGS[unit](day): counts[day] for day in sorted(counts)}
    return unit, tuple(Period(start, last.get(start)) for start in reversed(starts))


def _starts(first: date, last: date) -> tuple[str, tuple[date, ...]]:
    """Choose the shortest unit of which there are not too many; there is none longer than a year."""
    for unit, beginning in _BEGINNINGS.items():
        starts = tuple(islice(_beginnings(first, last, beginning), MOST_PERIODS + 1))
        if len(starts) <= MOST_PERIODS:
            return unit, starts
    return unit, starts[:MOST_PERIODS]


def _beginnings(first: date, last: date, beginning: Callable[[date], date]) -> Iterator[date]:
    """Yield the first day of each period, the latest first."""
    start = beginning(last)
    yield start
    while start > first:
        start = beginning(start - timedelta(days=1))
        yield start


_BEGINNINGS: Mapping[str, Callable[[date], date]] = {
    "day": lambda day: day,
    "week": lambda day: day - timedelta(days=day.weekday()),
    "month": lambda day: day.replace(day=1),
    "quarter": lambda day: day.replace(month=day.month - (day.month - 1) % 3, day=1),
    "year": lambda day: day.replace(month=1, day=1),
}


def last_success(runs: Iterable[DriftRun]) -> datetime | None:
    """Return when the last complete run was made."""
    return max((each.at for each in runs if each.complete), default=None)
