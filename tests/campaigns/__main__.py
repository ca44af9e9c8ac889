"""Runs a campaign, or all: `scripts/campaign NAME [--transport T] [--seed N] [--points N | --sample] [--case CASE]`."""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from tests.campaigns import ambiguous_responses, git_races, histories, kill_points, races, signals
from tests.campaigns.options import Options
from tests.campaigns.report import CampaignReport, Progress
from tests.campaigns.transports import Transport

REPORTS = Path(__file__).with_name("reports")
ALL_TRANSPORTS = tuple(Transport)
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 — fsync takes no time there


class Campaign(Struct, frozen=True):
    """A campaign: what must hold, how many cases make it complete (0 for all that there are), and how many a sample."""

    claim: str
    run: Callable[[Options, Progress], None]
    points: int
    sample: int
    transports: tuple[Transport, ...] = (Transport.EMULATOR,)


CAMPAIGNS = {
    "kill-points": Campaign(
        kill_points.CLAIM, kill_points.run_kill_points, points=0, sample=8, transports=ALL_TRANSPORTS
    ),
    "ambiguous-responses": Campaign(
        ambiguous_responses.CLAIM,
        ambiguous_responses.run_ambiguous_responses,
        points=2_000,
        sample=25,
        transports=ALL_TRANSPORTS,
    ),
    "races": Campaign(races.CLAIM, races.run_races, points=1_500, sample=8, transports=ALL_TRANSPORTS),
    "git-races": Campaign(git_races.CLAIM, git_races.run_git_races, points=1_000, sample=2),
    "signals": Campaign(signals.CLAIM, signals.run_signals, points=signals.CASES, sample=2, transports=ALL_TRANSPORTS),
    "histories": Campaign(histories.CLAIM, histories.run_histories, points=1_000, sample=10),
}


def main() -> int:
    """Run the campaigns that the command line names; fail if there is a violation."""
    parser = _parser()
    arguments = parser.parse_args()
    names = _chosen_names(parser, arguments)
    reports = [_run(name, CAMPAIGNS[name], arguments) for name in names]
    return 1 if any(each.violations for each in reports) else 0


def _chosen_names(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> Sequence[str]:
    """Return the campaigns that support the transport: `all` means all of these."""
    names = [name for name, each in CAMPAIGNS.items() if arguments.transport in each.transports]
    if arguments.campaign == "all":
        return names
    if arguments.campaign not in names:
        parser.error(f"{arguments.campaign} runs only over the transport {Transport.EMULATOR}")
    return [arguments.campaign]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/campaign", description=__doc__)
    parser.add_argument("campaign", choices=[*CAMPAIGNS, "all"])
    parser.add_argument(
        "--transport",
        choices=ALL_TRANSPORTS,
        type=Transport,
        default=Transport.EMULATOR,
        help="how requests reach the emulator: in the same process, or over sockets",
    )
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
    options = Options(name, arguments.seed, points, Path(), arguments.case, arguments.match, arguments.transport)
    # stopped early, it reports the cases so far
    with suppress(KeyboardInterrupt), _workspace(kept=bool(arguments.case)) as workspace:
        campaign.run(replace(options, workspace=workspace), progress)
    progress.end()
    if progress.cases < progress.total:
        progress.facts["not run"] = progress.total - progress.cases
    report = CampaignReport(
        campaign=name,
        claim=campaign.claim,
        command=options.command,
        date=datetime.now(UTC).date().isoformat(),
        seed=arguments.seed,
        seconds=round(progress.seconds, 1),
        cases=progress.cases,
        outcomes=dict(sorted(progress.outcomes.items())),
        facts=dict(sorted(progress.facts.items())),
        violations=tuple(progress.violations),
        transport=options.transport,
    )
    sys.stdout.write(f"{report.as_text()}\n")
    for directory in (arguments.json, REPORTS if arguments.save else None):
        if directory:
            directory.mkdir(parents=True, exist_ok=True)
            (directory / f"{report.name}.json").write_bytes(report.as_json())
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
