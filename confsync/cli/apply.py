"""`confsync apply`."""

from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from confsync.cli.run import Run
from confsync.cli.verb import PlanningVerb, intentions, summary
from confsync.plan.guardrail_rules import OVERRIDES

if TYPE_CHECKING:
    from confsync.cli.exit_result import ExitResult


@click.command("apply", cls=PlanningVerb)
@click.argument("saved", metavar="[FILE]", required=False, type=click.Path(dir_okay=False))
@click.option(
    "--approved",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Plan now, and apply that if all of it is in this saved plan; do not ask.",
)
@click.option("--auto-approve", is_flag=True, help="Do not ask: the plan was reviewed.")
@summary
@intentions
@click.pass_obj
@click.pass_context
def apply(ctx: click.Context, run: Run, /, *, auto_approve: bool, summary: bool, **said: Any) -> "ExitResult":  # noqa: ANN401 — see verb.py
    """Show the plan, ask, and make it so; or make the saved plan in FILE so, which was reviewed."""
    from confsync.cli.applying import applied, applied_from
    from confsync.cli.consent import check_possible
    from confsync.cli.verdict import of_report
    from confsync.views.report_document import report_document
    from confsync.views.report_text import report_as_text

    saved, approved = said.pop("saved"), said.pop("approved")
    run.brief = summary
    if saved or approved:
        check_alone(ctx, run)
        report = applied_from(run, saved or approved, approved=bool(approved))
    else:
        check_possible(run, auto_approve=auto_approve)
        report = applied(run, said, auto_approve=auto_approve)
    if report.outcomes:  # without any, the plan said so
        run.print(report_as_text(report_document(report, 0), run.console.palette))
    return of_report(report)


DECIDING = ("saved", "auto_approve", "destroy", *(override.name for override in OVERRIDES))
NARROWING = ("target", "exclude", "kind")


def check_alone(ctx: click.Context, run: Run) -> None:
    """Refuse a saved plan beside what approves, lifts or narrows: all of that was decided when it was made."""
    first = "FILE" if ctx.params["approved"] is None else "--approved"
    typed = [name for name in DECIDING if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    others = [name for name in typed if not (name == "saved" and first == "FILE")]
    others += [name for name in NARROWING if run.given.typed(name)]
    if others:
        named = "FILE" if others[0] == "saved" else f"--{others[0].replace('_', '-')}"
        raise click.UsageError(
            f"{first} and {named} do not go together: what a saved plan does was decided with it.", ctx
        )
