"""`confsync plan`."""

from typing import TYPE_CHECKING, Any

import click

from confsync.cli.options import variable_of
from confsync.cli.run import Run
from confsync.cli.verb import PlanningVerb, intentions, summary

if TYPE_CHECKING:
    from confsync.cli.ending import Ending


@click.command("plan", cls=PlanningVerb)
@click.option(
    "--detailed-exitcode",
    is_flag=True,
    envvar=variable_of("--detailed-exitcode"),
    show_envvar=True,
    help="Exit with 2 where a write would be sent, and with 8 where an apply would refuse.",
)
@summary
@intentions
@click.pass_obj
def plan(run: Run, /, *, detailed_exitcode: bool, summary: bool, **intended: Any) -> "Ending":  # noqa: ANN401 — see verb.py
    """Read what Twilio holds, and show what an apply would do."""
    from confsync.cli.planning import planned
    from confsync.cli.verdict import of_plan
    from confsync.verbs import plan as make
    from confsync.views.plan_text import as_text

    run.brief = summary
    made = planned(run, make, intended)
    run.print(as_text(made, run.outlet.palette, brief=summary))
    return of_plan(made, detailed=detailed_exitcode)
