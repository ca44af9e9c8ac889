"""`confsync drift`."""

from typing import TYPE_CHECKING

import click

from confsync.cli.command import PlanningCommand, summary_option
from confsync.cli.formats import DRIFT_FORMATS
from confsync.cli.invocation import Invocation
from confsync.cli.options import variable_of
from confsync.cli.paths import OutputPath
from confsync.plan.drift_words import FAIL_ON, FAIL_ON_DEFAULT

if TYPE_CHECKING:
    from confsync.cli.results import Result


class FindingList(click.ParamType[tuple[str, ...]]):
    """Sorts of findings, separated by commas."""

    name = "list"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Split the text, and refuse an unknown word."""
        words = tuple(word.strip() for word in str(value).split(",") if word.strip())
        unknown = [word for word in words if word not in FAIL_ON]
        if unknown:
            self.fail(f"{unknown[0]!r} is none of {', '.join(FAIL_ON)}.", param, ctx)
        return words


@click.command("drift", cls=PlanningCommand, formats=DRIFT_FORMATS)
@summary_option
@click.option(
    "--fail-on",
    type=FindingList(),
    default=",".join(FAIL_ON_DEFAULT),
    show_default=True,
    metavar="LIST",
    envvar=variable_of("--fail-on"),
    show_envvar=True,
    help=f"Exit with 2 for any of these findings, separated by commas: {', '.join(FAIL_ON)}.",
)
@click.option(
    "--history",
    type=OutputPath(dir_okay=False),
    metavar="FILE",
    envvar=variable_of("--history"),
    show_envvar=True,
    help="Append the run to this SQLite file, and say what is new since the run before.",
)
@click.option(
    "--no-attribution",
    is_flag=True,
    envvar=variable_of("--no-attribution"),
    show_envvar=True,
    help="Do not ask Twilio's Monitor who made the changes in Twilio.",
)
@click.pass_obj
def drift(
    invocation: Invocation, *, summary: bool, fail_on: tuple[str, ...], history: str | None, no_attribution: bool
) -> "Result":
    """Show how Twilio differs from the configuration, and which of the two changed since the last apply.

    The exit code is 2 if there is a finding that --fail-on names. This command writes nothing to Twilio.
    """
    from msgspec.structs import replace

    from confsync.account.checks import check_intent
    from confsync.account.past_runs import open_history
    from confsync.cli.account import note_warnings, open_account, selection_of
    from confsync.cli.progress import Progress
    from confsync.cli.rendering import show_result
    from confsync.cli.results import DriftResult
    from confsync.cli.validate import read_config
    from confsync.errors import LocalFileError
    from confsync.plan.intent import Intent

    config, selection = read_config(invocation), selection_of(invocation)
    check_intent(Intent(selection=selection), config)
    past = open_history(history) if history else None  # before a request that would be for nothing
    progress = Progress(invocation.console, quiet=invocation.options.quiet)
    with open_account(invocation, config, progress) as account, progress.reading():
        report = account.drift(selection, attribution=not no_attribution)
    note_warnings(invocation, report.plan)
    result = DriftResult(config=config, found=report, fail_on=fail_on, brief=summary)
    if past is None:
        return result
    try:
        return replace(result, found=report.record(past))
    except LocalFileError:
        show_result(invocation, result)  # what was found is not lost with the history
        raise
