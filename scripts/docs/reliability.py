"""The figures of the campaigns, from the reports of their last full runs."""

from collections.abc import Iterator
from pathlib import Path

from tests.campaigns.report import CampaignReport, read_report

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


def _details(report: CampaignReport) -> str:
    counts = {**report.outcomes, **report.facts}
    rows = "\n".join(f"| {name} | {number:,} |" for name, number in counts.items())
    return (
        f"### {report.campaign}\n\nWhat must hold: {report.claim}.\n\n| {report.campaign} | cases |\n|---|---:|\n{rows}"
    )
