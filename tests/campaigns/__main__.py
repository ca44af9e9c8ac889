"""Runs a campaign, or all of them: `scripts/campaign NAME [--seed N] [--points N | --sample] [--case CASE]`."""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from tests.campaigns import ambiguous_responses, git_races, histories, kill_points, races, signals
from tests.campaigns.options import Options
from tests.campaigns.report import CampaignReport, Progress

REPORTS = Path(__file__).with_name("reports")
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 — fsync takes no time there


class Campaign(Struct, frozen=True):
    """A campaign: what must hold, how many cases make it complete (0 for all that there are), and how many a sample."""

    claim: str
    run: Callable[[Options, Progress], None]
    points: int
    sample: int


CAMPAIGNS = {
    "kill-points": Campaign(kill_points.CLAIM, kill_points.run_kill_points, points=0, sample=8),
    "ambiguous-responses": Campaign(
        ambiguous_responses.CLAIM, ambiguous_responses.run_ambiguous_responses, points=2_000, sample=25
    ),
    "races": Campaign(races.CLAIM, races.run_races, points=1_500, sample=8),
    "git-races": Campaign(git_races.CLAIM, git_races.run_git_races, points=1_000, sample=2),
    "signals": Campaign(signals.CLAIM, signals.run_signals, points=signals.CASES, sample=2),
    "histories": Campaign(histories.CLAIM, histories.run_histories, points=1_000, sample=10),
}


def main() -> int:
    """Run the campaigns that the command line names; fail if there is a violation."""
    arguments = _parser().parse_args()
    names = CAMPAIGNS if arguments.campaign == "all" else (arguments.campaign,)
    reports = [_run(name, CAMPAIGNS[name], arguments) for name in names]
    return 1 if any(each.violations for each in reports) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/campaign", description=__doc__)
    parser.add_argument("campaign", choices=[*CAMPAIGNS, "all"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--points", type=int, help="how many cases; all of them if omitted")
    parser.add_argument("--sample", action="store_true", help="only a few cases, as in each test run")
    parser.add_argument("--case", default="", help="only this case; keeps its files")
    parser.add_argument(
        "--match", default="", help="only the kill points of this scenario with this text in their names: SCENARIO TEXT"
    )
    parser.add_argument("--save", action="store_true", help="save the reports, from which scripts/docs makes a table")
    parser.add_argument("--json", type=Path, metavar="DIRECTORY", help="write the reports into a directory")
    return parser


def _run(name: str, campaign: Campaign, arguments: argparse.Namespace) -> CampaignReport:
    points = campaign.sample if arguments.sample else arguments.points or campaign.points
    progress = Progress(name)
    # stopped early, it reports the cases so far
    with suppress(KeyboardInterrupt), _workspace(kept=bool(arguments.case)) as workspace:
        campaign.run(Options(name, arguments.seed, points, workspace, arguments.case, arguments.match), progress)
    progress.end()
    if progress.cases < progress.total:
        progress.facts["not run"] = progress.total - progress.cases
    report = CampaignReport(
        campaign=name,
        claim=campaign.claim,
        command=f"scripts/campaign {name} --seed {arguments.seed}" + (f" --points {points}" if points else ""),
        date=datetime.now(UTC).date().isoformat(),
        seed=arguments.seed,
        seconds=round(progress.seconds, 1),
        cases=progress.cases,
        outcomes=dict(sorted(progress.outcomes.items())),
        facts=dict(sorted(progress.facts.items())),
        violations=tuple(progress.violations),
    )
    sys.stdout.write(f"{report.as_text()}\n")
    for directory in (arguments.json, REPORTS if arguments.save else None):
        if directory:
            directory.mkdir(parents=True, exist_ok=True)
            (directory / f"{name}.json").write_bytes(report.as_json())
    return report


@contextmanager
def _workspace(*, kept: bool) -> Iterator[Path]:
    """Make a directory, and delete it afterwards unless somebody wants to look at it."""
    home = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
    directory = Path(tempfile.mkdtemp(prefix="confsync-campaign-", dir=home))
    try:
        yield directory
    finally:
        if kept:
            sys.stdout.write(f"The files are in {directory}.\n")
        else:
            shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
