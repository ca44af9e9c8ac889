"""How drift developed, as a JSON document, as text and as Markdown."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal

from msgspec import Meta

from confsync.diagnostics import Diagnostic
from confsync.history.history import FindingSpan, TargetHistory
from confsync.history.run import DriftRun
from confsync.history.trend import Period, RepairTimes, last_success, periods_of, repair_times, repair_times_by
from confsync.plan.drift_words import FAIL_ON, FAIL_ON_DEFAULT
from confsync.quoting import shown_address
from confsync.views.comment import Detail, clipped, fitted
from confsync.views.diagnostics_text import comment_heading
from confsync.views.documents import Document, Part, diagnostic_parts, part_of, timestamp
from confsync.views.drift.news import SORTS, minute_text
from confsync.views.escaping import markdown, markdown_fence, printable, utf8_safe
from confsync.views.palette import PLAIN, Palette
from confsync.views.table import table_lines
from confsync.views.wording import counted

DateTime = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]


class PeriodPart(Part, frozen=True, kw_only=True):
    """What the last complete run in a period found."""

    start: Annotated[
        str, Meta(description="The first day of the period, in UTC.", extra_json_schema={"format": "date"})
    ]
    counts: Annotated[
        dict[str, int] | None,
        Meta(description="The number of findings of each sort; null if there was no complete run in the period."),
    ]


class RepairTimesPart(Part, frozen=True, kw_only=True):
    """How many findings appeared, and how quickly they were repaired."""

    name: str
    open: int
    found: Annotated[int, Meta(description="The total number of findings, both open and repaired.")]
    repaired: int
    mean_seconds_to_repair: Annotated[float | None, Meta(description="The mean time to repair, in seconds.")]


class OpenFindingPart(Part, frozen=True, kw_only=True):
    """A finding that the last complete run reported."""

    finding: Annotated[str, Meta(description="The sort of the finding, as in `--fail-on`.")]
    kind: Annotated[str, Meta(description="The section, such as `roles`.")]
    address: str
    path: str | None
    sid: str | None
    since: Annotated[
        str,
        Meta(
            description="The time of the first run that reported the finding.",
            extra_json_schema={"format": "date-time"},
        ),
    ]
    text: Annotated[str, Meta(description="How the last complete run described the finding.")]


class TargetHistoryPart(Part, frozen=True, kw_only=True):
    """The history of one account and environment.

    In this object, *differences* are findings of any sort except `unmanaged`, `orphaned` and `expiring`.
    """

    account_sid: str
    environment: str | None
    region: str | None
    host: str
    runs: int
    partial_runs: Annotated[
        int,
        Meta(description="The number of partial runs."),
    ]
    runs_without_differences: int
    first_run_at: Annotated[DateTime, Meta(description="The time of the first run, complete or partial.")]
    last_run_at: Annotated[DateTime, Meta(description="The time of the last run, complete or partial.")]
    last_success_at: Annotated[DateTime | None, Meta(description="The time of the last complete run.")]
    managed: Annotated[
        int, Meta(description="The number of declared resources that the last complete run found in Twilio.")
    ]
    live: Annotated[
        int,
        Meta(description="The total number of live resources in the sections that the last complete run read."),
    ]
    unit: Annotated[Literal["day", "week", "month", "quarter", "year"], Meta(description="The length of each period.")]
    periods: list[PeriodPart]
    differences: Annotated[RepairTimesPart, Meta(description="Statistics on all differences.")]
    sorts: Annotated[list[RepairTimesPart], Meta(description="Statistics on each sort of finding.")]
    sections: Annotated[list[RepairTimesPart], Meta(description="Statistics on the differences in each section.")]
    open: Annotated[
        list[OpenFindingPart],
        Meta(
            description="The open findings: first the differences, then all other findings. Within both groups, the "
            "oldest findings come first."
        ),
    ]


class HistoryDocument(Document, frozen=True, kw_only=True):
    """How the findings of `drift` changed over time."""

    kind: Literal["history"] = "history"
    created_at: Annotated[DateTime, Meta(description="When the history was read.")]
    targets: list[TargetHistoryPart]


def history_document(
    found: Iterable[TargetHistory], now: datetime, exit_code: int, also: Iterable[Diagnostic] = ()
) -> HistoryDocument:
    """Build the document. `also` are diagnostics of the run."""
    return HistoryDocument(
        exit_code=exit_code,
        diagnostics=diagnostic_parts(also),
        created_at=timestamp(now),
        targets=[_target_part(each) for each in found if each.runs],
    )


def is_difference(sort: str) -> bool:
    """Whether a finding of this kind exits with 2 by default."""
    return sort in FAIL_ON_DEFAULT


def _target_part(found: TargetHistory) -> TargetHistoryPart:
    complete = [each for each in found.runs if each.complete]
    unit, periods = periods_of(found.runs)
    differences = [each for each in found.spans if is_difference(each.finding.sort)]
    sorts = repair_times_by(found.spans, lambda span: span.finding.sort)
    success = last_success(found.runs)
    return part_of(
        found.target,
        TargetHistoryPart,
        runs=len(found.runs),
        partial_runs=len(found.runs) - len(complete),
        runs_without_differences=sum(not _differences_in(each) for each in complete),
        first_run_at=timestamp(found.runs[0].at),
        last_run_at=timestamp(found.runs[-1].at),
        last_success_at=timestamp(success) if success else None,
        managed=complete[-1].managed if complete else 0,
        live=complete[-1].live if complete else 0,
        unit=unit,
        periods=list(map(_period_part, periods)),
        differences=_repair_part("differences", repair_times(differences)),
        sorts=[_repair_part(sort, sorts[sort]) for sort in FAIL_ON if sort in sorts],
        sections=[
            _repair_part(utf8_safe(section), times)
            for section, times in repair_times_by(differences, lambda span: span.finding.section).items()
        ],
        open=[_open_part(each) for each in sorted(found.spans, key=_order) if each.closed is None],
    )


def _differences_in(run: DriftRun) -> int:
    return sum(count for sort, count in run.counts.items() if is_difference(sort))


def _period_part(period: Period) -> PeriodPart:
    return PeriodPart(start=period.start.isoformat(), counts=None if period.counts is None else dict(period.counts))


def _repair_part(name: str, times: RepairTimes) -> RepairTimesPart:
    mean = None if times.mean is None else times.mean.total_seconds()
    return part_of(times, RepairTimesPart, name=name, mean_seconds_to_repair=mean)


def _order(span: FindingSpan) -> tuple[bool, datetime, str]:
    return not is_difference(span.finding.sort), span.opened, span.finding.address


def _open_part(span: FindingSpan) -> OpenFindingPart:
    found = span.finding
    return part_of(
        found, OpenFindingPart, finding=found.sort, kind=found.section, since=timestamp(span.opened), text=found.shown
    )


# Text and Markdown


def target_title(target: TargetHistoryPart) -> str:
    """Name an environment and its account."""
    where = f" in region {target.region}" if target.region else ""
    host = "" if target.host == "twilio.com" else f" at {target.host}"
    name = f"environment {target.environment}, " if target.environment else ""
    return printable(f"{name}account {target.account_sid}{where}{host}")


def duration_text(seconds: float | None) -> str:
    """Write a duration with its two largest units: `2 d 4 h`; a dash for none."""
    if seconds is None:
        return "none"
    rest, parts = int(seconds), []
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        number, rest = divmod(rest, length)
        parts += [f"{number:,} {unit}"] if number else []
    return " ".join(parts[:2]) or "under 1 min"


def age_seconds(document: HistoryDocument, since: str) -> float:
    """Return how long before the document was made something happened."""
    age = datetime.fromisoformat(document.created_at) - datetime.fromisoformat(since)
    return max(age, timedelta()).total_seconds()


def history_summary(document: HistoryDocument) -> str:
    """Count the open differences in one line."""
    if not document.targets:
        return "The history contains no run."
    number = sum(each.differences.open for each in document.targets)
    runs = counted(sum(each.runs for each in document.targets), "run")
    return f"{counted(number, 'open difference') if number else 'No open difference'} after {runs}."


def history_as_text(document: HistoryDocument, palette: Palette = PLAIN) -> str:
    """Render the numbers of each environment, and its open findings."""
    lines = (line for each in document.targets for line in _target_lines(document, each, palette))
    return "\n".join((*lines, palette.loud(history_summary(document)))) + "\n"


def history_as_markdown(document: HistoryDocument) -> str:
    """Render a comment with the same lines."""

    def page(detail: Detail) -> Iterator[str]:
        yield from comment_heading("drift history", None)
        yield f"**{history_summary(document)}**"
        for each in document.targets:
            yield f"### {markdown(clipped(target_title(each)))}"
            yield "\n".join(f"- {markdown(line)}" for line in fact_lines(document, each))
            if each.open and detail < Detail.NO_REMARKS:
                yield markdown_fence(list(table_lines(_open_rows(document, each))), "text")

    return fitted(page)


def fact_lines(document: HistoryDocument, target: TargetHistoryPart) -> Iterator[str]:
    """Say in sentences how often nothing differed, how long repairs took, and when the last run was."""
    complete, times = target.runs - target.partial_runs, target.differences
    partial = f", {target.partial_runs:,} of them partial" if target.partial_runs else ""
    yield f"Runs: {target.runs:,} since {minute_text(target.first_run_at)}{partial}."
    yield f"Without a difference: {target.runs_without_differences:,} of {counted(complete, 'complete run')}."
    yield (
        f"Mean time to repair: {duration_text(times.mean_seconds_to_repair)} "
        f"({times.repaired:,} of {counted(times.found, 'difference')} repaired)."
    )
    if target.last_success_at:
        age = duration_text(age_seconds(document, target.last_success_at))
        yield f"Last complete run: {minute_text(target.last_success_at)}, {age} ago."
        yield f"In code: {target.managed:,} of {counted(target.live, 'resource')}."
    else:
        yield "Last complete run: none."


def _target_lines(document: HistoryDocument, target: TargetHistoryPart, palette: Palette) -> Iterator[str]:
    yield palette.loud(f"Drift history of {target_title(target)}")
    yield from (f"  {each}" for each in fact_lines(document, target))
    if target.open:
        yield from ("", f"Open findings ({len(target.open):,}):")
        yield from (f"  {each}" for each in table_lines(_open_rows(document, target)))
    yield ""


def _open_rows(document: HistoryDocument, target: TargetHistoryPart) -> Sequence[tuple[str, ...]]:
    rows = (
        (finding_name(each), SORTS.get(each.finding, each.finding), duration_text(age_seconds(document, each.since)))
        for each in target.open
    )
    return (("FINDING", "SORT", "OPEN FOR"), *rows)


def finding_name(found: OpenFindingPart) -> str:
    """Name the resource or the field that a finding is about."""
    return printable(f"{shown_address(found.address)}{f'#{found.path}' if found.path else ''}")
