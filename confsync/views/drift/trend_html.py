"""The chart of the differences over time, and the same numbers as a table."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from confsync.plan.drift_words import FAIL_ON, FAIL_ON_DEFAULT
from confsync.views.drift.history import PeriodPart, TargetHistoryPart
from confsync.views.drift.news import SORTS
from confsync.views.html.page import Markup, element

HEIGHT = 100
SLOT = 10
"""The width of a period in the chart, of which a bar takes all but the gap. The browser stretches both."""

_GAP = 2.5
_BASELINE = 1.6
_FEWEST = 14
"""Fewer days are shown with the days before them, or a single bar would fill the chart."""

_MOST_DATES = 5


def trend_figure(target: TargetHistoryPart, name: str) -> Markup:
    """Render the chart with its legend and a table. `name` is the id of its heading."""
    if not target.periods:
        said = element("p", "There is no complete run yet, so there is nothing to draw.")
        return element("div", element("h3", "Differences over time", id=name), said, class_="card")
    periods = _padded(target)
    sorts = [sort for sort in FAIL_ON_DEFAULT if any((each.counts or {}).get(sort) for each in periods)]
    top = _nice_maximum(max(_total(each) for each in periods))
    return element(
        "figure",
        element(
            "figcaption",
            element("h3", "Differences over time", id=name),
            element("p", _description(target), id=f"{name}-text"),
        ),
        _legend(periods, sorts),
        _plot(periods, top, name),
        _numbers(target),
        class_="card",
    )


def _description(target: TargetHistoryPart) -> str:
    """Say in a sentence what the chart shows."""
    first, last = target.periods[0], target.periods[-1]
    most = max(target.periods, key=_total)
    each = "" if target.unit == "day" else f" Each bar is the last complete run of a {target.unit}."
    when = f"on {most.start}" if target.unit == "day" else f"in the {target.unit} from {most.start}"
    peak = f"the most were {_total(most):,} {when}" if _total(most) else "there was never one"
    return f"From {first.start} to {last.start}, {peak}, and the last run found {_total(last):,}.{each}"


def _total(period: PeriodPart) -> int:
    return sum(count for sort, count in (period.counts or {}).items() if sort in FAIL_ON_DEFAULT)


def _padded(target: TargetHistoryPart) -> list[PeriodPart]:
    """Put days without a run before a short history."""
    missing = _FEWEST - len(target.periods) if target.unit == "day" else 0
    first = date.fromisoformat(target.periods[0].start)
    before = (first - timedelta(days=number) for number in range(missing, 0, -1) if first.toordinal() > number)
    return [*(PeriodPart(start=day.isoformat(), counts=None) for day in before), *target.periods]


def _nice_maximum(most: int) -> int:
    """Round up to a number whose half is also easy to read."""
    scale = 1
    while most > 10 * scale:
        scale *= 10
    return next(step * scale for step in (2, 4, 6, 8, 10) if step * scale >= most)


def _legend(periods: Sequence[PeriodPart], sorts: Sequence[str]) -> Markup:
    entries = [_entry(SORTS[sort], data_sort=sort) for sort in sorts]
    if any(each.counts is not None and not _total(each) for each in periods):
        entries.append(_entry("no difference", class_="swatch nothing"))
    if any(each.counts is None for each in periods):
        entries.append(_entry("no complete run", class_="swatch gap"))
    return element("ul", *entries, class_="legend")


def _entry(words: str, **swatch: str) -> Markup:
    return element("li", element("i", **{"class_": "swatch", **swatch}, aria_hidden="true"), words)


def _plot(periods: Sequence[PeriodPart], top: int, name: str) -> Markup:
    lines = (
        element("line", x1="0", x2=str(SLOT * len(periods)), y1=str(at), y2=str(at)) for at in (0, HEIGHT // 2, HEIGHT)
    )
    bars = (_bar(period, number * SLOT, top) for number, period in enumerate(periods))
    drawing = element(
        "svg",
        *lines,
        *bars,
        viewBox=f"0 0 {SLOT * len(periods)} {HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_labelledby=name,
        aria_describedby=f"{name}-text",
    )
    values = (element("span", f"{each:,}") for each in (top, top // 2, 0))
    ticks = element("div", *values, class_="ticks", aria_hidden="true")
    dates = element("div", *_dates(periods), class_="dates", aria_hidden="true")
    return element("div", ticks, drawing, dates, class_="plot")


def _bar(period: PeriodPart, left: int, top: int) -> Markup:
    """Render one period, with what a pointer shows about it."""
    return element("g", element("title", f"{period.start}: {_spoken(period)}"), *_pieces(period, left, top))


def _pieces(period: PeriodPart, left: int, top: int) -> Iterator[Markup]:
    """Stack the sorts, the first at the bottom. A dot stands for no run, and a line for no difference."""
    shape = {"x": f"{left + _GAP / 2:g}", "width": f"{SLOT - _GAP:g}"}
    flat = {"y": f"{HEIGHT - _BASELINE:g}", "height": f"{_BASELINE:g}"}
    if period.counts is None:
        yield element("rect", **flat, x=f"{left + SLOT / 2 - 1:g}", width="2", class_="gap")
    elif not _total(period):
        yield element("rect", **flat, **shape, class_="nothing")
    base = float(HEIGHT)
    for sort in FAIL_ON_DEFAULT:
        if count := (period.counts or {}).get(sort):
            height = HEIGHT * count / top
            base -= height
            yield element("rect", **shape, y=f"{base:.4g}", height=f"{height:.4g}", data_sort=sort)


def _spoken(period: PeriodPart) -> str:
    if period.counts is None:
        return "no complete run"
    found = [f"{count:,} {SORTS[sort]}" for sort in FAIL_ON_DEFAULT if (count := period.counts.get(sort))]
    return ", ".join(found) or "no difference"


def _dates(periods: Sequence[PeriodPart]) -> Iterator[Markup]:
    """Choose a few periods at equal distances, with the first and the last."""
    last = len(periods) - 1
    steps = next(number for number in (_MOST_DATES - 1, 3, 2, 1) if last % number == 0 or number == 1)
    for number in range(steps + 1):
        yield element("span", periods[last * number // steps].start)


def _numbers(target: TargetHistoryPart) -> Markup:
    sorts = [sort for sort in FAIL_ON if any((each.counts or {}).get(sort) for each in target.periods)]
    rows = [(each.start, *_cells(each, sorts)) for each in reversed(target.periods)]
    headings = (target.unit.capitalize(), *(SORTS[sort] for sort in sorts), "differences")
    shown = table(headings, rows)
    # without a focus, nobody can scroll it by keyboard
    content = element("div", shown, class_="scroll", tabindex="0", role="region", aria_label="Findings over time")
    return element("details", element("summary", "Show the numbers as a table"), content)


def _cells(period: PeriodPart, sorts: Sequence[str]) -> Iterator[str]:
    if period.counts is None:
        yield from ("no run", *[""] * len(sorts))
        return
    yield from (f"{period.counts.get(sort, 0):,}" for sort in sorts)
    yield f"{_total(period):,}"


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    """Render a table whose first column names the row, and whose other columns are numbers."""
    first, *others = headings
    head = (element("th", first, scope="col"), *(element("th", each, scope="col", class_="number") for each in others))
    body = (
        element("tr", element("th", row[0], scope="row"), *(element("td", each, class_="number") for each in row[1:]))
        for row in rows
    )
    return element("table", element("thead", element("tr", *head)), element("tbody", *body))
