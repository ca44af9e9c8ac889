"""The figures of the campaigns, from the reports of their last full runs."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from tests.campaigns.report import CampaignReport, read_report
from tests.mutation.report import MutationReport, read_saved_report

REPORTS = Path(__file__).resolve().parents[2] / "tests" / "campaigns" / "reports"


def campaign_table(directory: Path = REPORTS) -> Iterator[str]:
    """Yield the rows of a table of the last full run of each campaign over each transport, as Markdown."""
    yield "| campaign | transport | cases | violations | minutes | date | command |"
    yield "|---|---|---:|---:|---:|---|---|"
    yield from map(_row, _reports(directory))


def campaign_details(directory: Path = REPORTS) -> Mapping[str, str]:
    """Describe what must hold in each campaign, and how its cases ended, by the name of the campaign."""
    runs = groupby(_reports(directory), lambda each: each.campaign)
    return {campaign: f"{_details(tuple(reports))}\n" for campaign, reports in runs}


def _reports(directory: Path) -> Sequence[CampaignReport]:
    return sorted(map(read_report, directory.glob("*.json")), key=lambda each: (each.campaign, each.name))


def mutation_table(report: MutationReport | None = None) -> Iterator[str]:
    """Yield the rows of a table of the files that mutation testing changes, as Markdown."""
    report = report or read_saved_report()
    yield "| concern | file | mutants | killed | survived | date |"
    yield "|---|---|---:|---:|---:|---|"
    for each in report.files:
        counts = f"{each.mutants:,} | {each.killed:,} | {each.survived:,}"
        yield f"| {each.concern} | `{each.file}` | {counts} | {each.date} |"
    yield f"| **all** | | {report.mutants:,} | {report.killed:,} | {report.mutants - report.killed:,} | |"


def _row(report: CampaignReport) -> str:
    figures = f"{report.cases:,} | {len(report.violations)} | {report.seconds / 60:.0f}"
    return f"| {report.campaign} | {report.transport} | {figures} | {report.date} | `{report.command}` |"


def _details(runs: Sequence[CampaignReport]) -> str:
    """Describe what a campaign found over each transport."""
    claims = "\n".join(f"* {each[:1].upper()}{each[1:]}." for each in runs[0].claim.split("; "))
    tables = [_counts("group of cases", "cases", {each.transport: each.outcomes for each in runs})]
    if any(each.facts for each in runs):
        tables.append(_counts("also measured", "number", {each.transport: each.facts for each in runs}))
    return "\n\n".join(["These rules must hold:", claims, *tables])


def _counts(name: str, unit: str, counts: Mapping[str, Mapping[str, int]]) -> str:
    """Make a table with a column for each transport."""
    columns = [unit] if len(counts) == 1 else [f"{unit}: {each}" for each in counts]
    names = sorted({each for numbers in counts.values() for each in numbers})
    lines = (f"| {each} | {' | '.join(_number(numbers.get(each)) for numbers in counts.values())} |" for each in names)
    return "\n".join([f"| {name} | {' | '.join(columns)} |", f"|---|{'---:|' * len(columns)}", *lines])


def _number(number: int | None) -> str:
    return "" if number is None else f"{number:,}"
