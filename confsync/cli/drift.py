"""`confsync drift`."""

from typing import TYPE_CHECKING

import click

from confsync.cli.run import Run
from confsync.cli.verb import PlanningVerb, summary

if TYPE_CHECKING:
    from confsync.cli.exit_result import ExitResult


@click.command("drift", cls=PlanningVerb)
@summary
@click.pass_obj
def drift(run: Run, *, summary: bool) -> "ExitResult":
    """Say how Twilio differs from the configuration; exit with 2 where it does."""
    from confsync.cli.document import planned_document
    from confsync.cli.planning import planned
    from confsync.cli.verdict import of_drift
    from confsync.views.plan_text import plan_as_text

    run.brief = summary
    made = planned(run).live
    run.print(plan_as_text(planned_document(run, made), run.console.palette, brief=summary))
    return of_drift(made)
