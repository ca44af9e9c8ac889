"""The figures of the campaigns, from the reports of their last full runs."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.campaigns.report import CampaignReport, read_report
from tests.mutation.report import MutationReport, read_saved_report

REPORTS = Path(__file__).resolve().parents[2] / "tests" / "campaigns" / "reports"


def reliability_figures(directory: Path = REPORTS) -> Iterator[str]:
    """Yield a table of all campaigns, and how the cases of each ended, as Markdown."""
    reports = [read_report(path) for path in sorted(directory.glob("*.json"))]
    yield "| campaign | cases | violations | minutes | date | command |\n|---|---:|---:|---:|---|---|\n" + "\n".join(
        f"| {each.campaign} | {each.cases:,} | {len(each.violations)} | {each.seconds / 60:.0f} | {each.date} "
        f"| `{each.command}` |"
        for each in reports
    )
    yield from map(_details, reports)


def mutation_table(report: MutationReport | None = None) -> Iterator[str]:
    """Yield the rows of a table of the files that mutation testing changes, as Markdown."""
    report = report or read_saved_report()
    yield "| concern | file | mutants | killed | survive | date |"
    yield "|---|---|---:|---:|---:|---|"
    for each in report.files:
        counts = f"{each.mutants:,} | {each.killed:,} | {each.survived:,}"
        yield f"| {each.concern} | `{each.file}` | {counts} | {each.date} |"
    yield f"| **all** | | {report.mutants:,} | {report.killed:,} | {report.mutants - report.killed:,} | |"


def _details(report: CampaignReport) -> str:
    claims = "\n".join(f"* {each[:1].upper()}{each[1:]}." for each in report.claim.split("; "))
    tables = [_counts("group of cases", "cases", report.outcomes)]
    if report.facts:
        tables.append(_counts("also measured", "number", report.facts))
    return "\n\n".join([f"### {report.campaign}", "What must hold:", claims, *tables])


def _counts(name: str, unit: str, counts: Mapping[str, int]) -> str:
    rows = "\n".join(f"| {each} | {number:,} |" for each, number in counts.items())
    return f"| {name} | {unit} |\n|---|---:|\n{rows}"
