"""`confsync drift`."""

from typing import TYPE_CHECKING

import click

from confsync.cli.command import PlanningCommand, summary_option
from confsync.cli.formats import DRIFT_FORMATS
from confsync.cli.invocation import Invocation
from confsync.cli.options import variable_of
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
@click.pass_obj
def drift(invocation: Invocation, *, summary: bool, fail_on: tuple[str, ...]) -> "Result":
    """Show how Twilio differs from the configuration, and which of the two changed since the last apply.

    The exit code is 2 if there is a finding that --fail-on names. This command writes nothing.
    """
    from confsync.account.checks import check_intent
    from confsync.cli.account import note_warnings, open_account, selection_of
    from confsync.cli.progress import Progress
    from confsync.cli.results import DriftResult
    from confsync.cli.validate import read_config
    from confsync.plan.intent import Intent

    config, selection = read_config(invocation), selection_of(invocation)
    check_intent(Intent(selection=selection), config)
    progress = Progress(invocation.console, quiet=invocation.options.quiet)
    with open_account(invocation, config, progress) as account, progress.reading():
        report = account.drift(selection)
    note_warnings(invocation, report.plan)
    return DriftResult(
        config=config, drift=report.drift, created_at=report.plan.created_at, fail_on=fail_on, brief=summary
    )
