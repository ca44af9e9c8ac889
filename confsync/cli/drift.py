"""`confsync drift`."""

from typing import TYPE_CHECKING

import click

from confsync.cli.command import PlanningCommand, summary_option
from confsync.cli.invocation import Invocation

if TYPE_CHECKING:
    from confsync.cli.results import Result


@click.command("drift", cls=PlanningCommand)
@summary_option
@click.pass_obj
def drift(invocation: Invocation, *, summary: bool) -> "Result":
    """Show how Twilio differs from the configuration.

    The exit code is 2 if there is a difference.
    """
    from confsync.cli.account import read_and_plan
    from confsync.cli.results import DriftResult

    plan = read_and_plan(invocation)
    return DriftResult(plan=plan.live, created_at=plan.created_at, brief=summary)
