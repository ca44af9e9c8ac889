"""How drift developed, as an HTML page without scripts: numbers, a chart and tables for each environment."""

from collections.abc import Iterable, Iterator, Sequence

from confsync.views.drift.history import (
    HistoryDocument,
    OpenFindingPart,
    RepairTimesPart,
    TargetHistoryPart,
    age_seconds,
    duration_text,
    finding_name,
    history_summary,
    is_difference,
    target_title,
)
from confsync.views.drift.news import SORTS, minute_text
from confsync.views.drift.trend_html import table, trend_figure
from confsync.views.escaping import printable
from confsync.views.html.diagnostics import diagnostic_markup
from confsync.views.html.page import NOTHING, Markup, element, header, joined, plain_page

MOST_OPEN = 200
"""How many open findings the page lists of one environment."""


def history_page(document: HistoryDocument) -> str:
    """Render the page: what is open, how drift developed, and how long repairs took, for each environment."""
    named = {f"t{number}": target for number, target in enumerate(document.targets, 1)}
    return plain_page(
        f"Drift history: {history_summary(document)}",
        _header(document, named),
        (
            *map(diagnostic_markup, document.diagnostics),
            *(_target(document, target, name) for name, target in named.items()),
        ),
        styles=("plan", "history"),
    )


def _header(document: HistoryDocument, named: dict[str, TargetHistoryPart]) -> Markup:
    made = f"Made {minute_text(document.created_at)} by confsync {document.confsync_version}. All times are in UTC."
    return header(
        "Drift history",
        (),
        [joined([history_summary(document)])],
        element("p", made, class_="target"),
        element("nav", element("ul", *_links(named), class_="overview"), aria_label="Environments")
        if len(named) > 1
        else NOTHING,
    )


def _links(named: dict[str, TargetHistoryPart]) -> Iterator[Markup]:
    for name, target in named.items():
        title = printable(target.environment or target.account_sid)
        yield element("li", element("a", title, href=f"#{name}"), f" {target.differences.open:,} open")


def _target(document: HistoryDocument, target: TargetHistoryPart, name: str) -> Markup:
    return element(
        "section",
        element("h2", *_title(target), id=name),
        element("dl", *_tiles(document, target), class_="tiles"),
        trend_figure(target, f"{name}-trend"),
        _open_card(document, target),
        element(
            "div",
            _repair_card("By section", "Section", target.sections),
            _repair_card("By what changed", "Finding", target.sorts, sorts=True),
            class_="pair",
        ),
        class_="environment",
        aria_labelledby=name,
    )


def _title(target: TargetHistoryPart) -> tuple[str, ...]:
    if not target.environment:
        return (target_title(target),)
    title, _, rest = target_title(target).partition(", account ")
    return title.removeprefix("environment "), element("small", f"account {rest}")


def _tiles(document: HistoryDocument, target: TargetHistoryPart) -> Iterator[Markup]:
    times, complete = target.differences, target.runs - target.partial_runs
    oldest = next((each for each in target.open if is_difference(each.finding)), None)
    age = ("the oldest for ", _duration(age_seconds(document, oldest.since))) if oldest else ("as of the last run",)
    yield _tile("Open differences", f"{times.open:,}", *age, status="failed" if times.open else "ok")
    repaired = f"{times.repaired:,} of {times.found:,} repaired" if times.found else "nothing to repair so far"
    yield _tile("Mean time to repair", _duration(times.mean_seconds_to_repair), repaired)
    clean = target.runs_without_differences
    share = f"{100 * clean // complete}% of the complete runs" if complete else "no complete run"
    yield _tile("Runs without drift", f"{clean:,}", share)
    if target.last_success_at:
        day, _, time = minute_text(target.last_success_at).partition(" ")
        before = _duration(age_seconds(document, target.last_success_at))
        yield _tile("Last complete run", day, f"{time}, ", before, " before this page")
        yield _tile("In code", f"{target.managed:,}", f"of {target.live:,} resources in Twilio")
    partial = f", {target.partial_runs:,} partial" if target.partial_runs else ""
    yield _tile("Runs", f"{target.runs:,}", f"since {target.first_run_at[:10]}{partial}")


def _duration(seconds: float | None) -> Markup:
    """Keep a duration on one line."""
    return element("span", duration_text(seconds), class_="unbroken")


def _tile(title: str, value: str, *note: str, status: str = "") -> Markup:
    return element(
        "div",
        element("dt", title),
        element("dd", value, class_="value", data_status=status or False),
        element("dd", *note, class_="note"),
    )


def _open_card(document: HistoryDocument, target: TargetHistoryPart) -> Markup:
    if not target.open:
        said = element("p", "The last complete run found nothing.", class_="finished")
        return element("div", element("h3", "Open findings"), said, class_="card")
    hidden = len(target.open) - MOST_OPEN
    rows = [_open_row(document, each) for each in target.open[:MOST_OPEN]]
    return element(
        "div",
        element("h3", "Open findings ", element("small", f"{len(target.open):,}")),
        table(("Finding", "Since", "Open for"), rows),
        element("p", f"And {hidden:,} more.") if hidden > 0 else NOTHING,
        class_="card open",
    )


def _open_row(document: HistoryDocument, found: OpenFindingPart) -> Sequence[str]:
    sort = element("span", SORTS.get(found.finding, found.finding), class_="sort", data_sort=found.finding)
    shown = f": {found.text}" if found.text and found.text != SORTS.get(found.finding) else ""
    name = element("div", finding_name(found), class_="finding")
    detail = element("div", sort, shown, class_="detail")
    return joined([name, detail]), found.since[:10], _duration(age_seconds(document, found.since))


def _repair_card(title: str, heading: str, found: Iterable[RepairTimesPart], *, sorts: bool = False) -> Markup:
    """Render how many findings of each group there were, and how long repairs took."""
    rows = [
        (
            _sort_name(each.name) if sorts else printable(each.name),
            f"{each.open:,}",
            f"{each.found:,}",
            f"{each.repaired:,}",
            _duration(each.mean_seconds_to_repair),
        )
        for each in found
    ]
    content = table((heading, "Open", "Found", "Repaired", "Mean time"), rows) if rows else element("p", "None so far.")
    return element("div", element("h3", title), content, class_="card")


def _sort_name(sort: str) -> Markup:
    swatch = element("i", class_="swatch", data_sort=sort, aria_hidden="true")
    return joined([swatch if is_difference(sort) else NOTHING, SORTS.get(sort, sort)])
