"""`confsync apply`."""

from typing import TYPE_CHECKING, Any

import click

from confsync.cli.run import Run
from confsync.cli.verb import PlanningVerb, intentions, summary

if TYPE_CHECKING:
    from confsync.cli.ending import Ending


@click.command("apply", cls=PlanningVerb)
@click.option("--auto-approve", is_flag=True, help="Do not ask: the plan was reviewed.")
@summary
@intentions
@click.pass_obj
def apply(run: Run, /, *, auto_approve: bool, summary: bool, **intended: Any) -> "Ending":  # noqa: ANN401 — see verb.py
    """Show the plan, ask, and make it so."""
    from confsync.cli.applying import applied
    from confsync.cli.consent import check_possible
    from confsync.cli.verdict import of_report
    from confsync.views.report_text import as_text

    check_possible(run, auto_approve=auto_approve)
    run.brief = summary
    report = applied(run, intended, auto_approve=auto_approve)
    if report.outcomes:  # without any, the plan said so
        run.print(as_text(report, run.outlet.palette))
    return of_report(report)
