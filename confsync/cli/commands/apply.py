"""`confsync apply`."""

from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from confsync.cli.command import PlanningCommand, intent_options, summary_option
from confsync.cli.invocation import Invocation
from confsync.cli.paths import InputPath
from confsync.plan.guardrails import OVERRIDES

if TYPE_CHECKING:
    from confsync.cli.results import Result


@click.command("apply", cls=PlanningCommand)
@click.argument("saved", metavar="[FILE]", required=False, type=InputPath(dir_okay=False))
@click.option(
    "--approved",
    type=InputPath(dir_okay=False),
    metavar="FILE",
    help="Make a new plan. If every change in it is also in the reviewed plan FILE, apply the new plan without asking "
    "for confirmation. Otherwise, exit with code 7.",
)
@click.option("--auto-approve", is_flag=True, help="Apply without asking for confirmation.")
@summary_option
@intent_options
@click.pass_obj
@click.pass_context
def apply(
    ctx: click.Context,
    invocation: Invocation,
    /,
    *,
    saved: str | None,
    approved: str | None,
    auto_approve: bool,
    summary: bool,
    **intended: Any,  # noqa: ANN401 — the options of `intent_options`
) -> "Result":
    """Show the plan, ask for confirmation, and apply it.

    If you pass a saved plan as FILE, confsync applies that plan without asking for confirmation.
    """
    from confsync.cli.applying import apply_configuration, apply_saved

    path = saved or approved
    if path is None:
        return apply_configuration(invocation, intended, brief=summary, auto_approve=auto_approve)
    check_alone(ctx, invocation)
    return apply_saved(invocation, path, brief=summary, approved=approved is not None)


DECIDING = ("saved", "auto_approve", "destroy", *(override.name for override in OVERRIDES))
NARROWING = ("target", "exclude", "kind")


def check_alone(ctx: click.Context, invocation: Invocation) -> None:
    """Refuse options that approve, override or narrow next to a saved plan: they were decided when it was made."""
    first = "FILE" if ctx.params["approved"] is None else "--approved"
    typed = [name for name in DECIDING if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    others = [name for name in typed if not (name == "saved" and first == "FILE")]
    others += [name for name in NARROWING if invocation.given.typed(name)]
    if others:
        named = "FILE" if others[0] == "saved" else f"--{others[0].replace('_', '-')}"
        raise click.UsageError(
            f"{first} and {named} cannot be combined: a saved plan already contains these decisions.", ctx
        )
