"""`confsync plan`."""

from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from confsync.cli.options import variable_of
from confsync.cli.run import Run
from confsync.cli.verb import PlanningVerb, intentions, summary

if TYPE_CHECKING:
    from datetime import timedelta

    from confsync.cli.exit_result import ExitResult


def take_lifetime(ctx: click.Context, _: click.Parameter, text: str) -> "timedelta":
    """Read `--expires`; it means nothing without a file."""
    from confsync.planfile.file import parse_lifetime

    if ctx.get_parameter_source("expires") is ParameterSource.COMMANDLINE and not ctx.params.get("out"):
        raise click.UsageError("--expires is for the file of --out, which is missing.", ctx)
    try:
        return parse_lifetime(text)
    except ValueError as wrong:
        raise click.BadParameter(f"'{text}' is not {wrong}.", ctx) from wrong


@click.command("plan", cls=PlanningVerb)
@click.option(
    "--detailed-exitcode",
    is_flag=True,
    envvar=variable_of("--detailed-exitcode"),
    show_envvar=True,
    help="Exit with 2 where a write would be sent, and with 8 where an apply would refuse.",
)
@click.option(
    "--out",
    is_eager=True,
    type=click.Path(dir_okay=False),
    metavar="FILE",
    envvar=variable_of("--out"),
    show_envvar=True,
    help="Save the plan, to be applied by `confsync apply FILE`.",
)
@click.option(
    "--expires",
    default="72h",
    callback=take_lifetime,
    metavar="TIME",
    envvar=variable_of("--expires"),
    show_envvar=True,
    show_default=True,
    help="How long the saved plan may be applied: 30m, 72h, 7d.",
)
@summary
@intentions
@click.pass_obj
def plan(run: Run, /, *, detailed_exitcode: bool, summary: bool, **said: Any) -> "ExitResult":  # noqa: ANN401 — see verb.py
    """Read what Twilio holds, and show what an apply would do."""
    from confsync.cli.document import planned_document
    from confsync.cli.planning import planned
    from confsync.cli.saving import keep_in
    from confsync.cli.verdict import of_plan
    from confsync.views.plan_text import plan_as_text

    run.brief = summary
    out, expires = said.pop("out"), said.pop("expires")
    made = planned(run, said)
    if out:
        keep_in(run, made, out, expires)
    run.print(plan_as_text(planned_document(run, made.live), run.console.palette, brief=summary))
    return of_plan(made.live, detailed=detailed_exitcode)
