"""`confsync plan`."""

from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from confsync.cli.command import PlanningCommand, intent_options, summary_option
from confsync.cli.formats import TEST_FORMATS
from confsync.cli.invocation import Invocation
from confsync.cli.options import variable_of
from confsync.cli.paths import InputPath, OutputPath
from confsync.cli.suggestions import LEDGER_STORE, suggest_snapshots

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from confsync.account.results import Plan
    from confsync.cli.results import Result


def take_lifetime(ctx: click.Context, _: click.Parameter, text: str) -> "timedelta | None":
    """Parse `--expires`, which needs --out."""
    if ctx.resilient_parsing:  # a shell completes the command line, and needs no value
        return None
    from confsync.planfile.file import parse_lifetime

    if ctx.get_parameter_source("expires") is ParameterSource.COMMANDLINE and not ctx.params.get("out"):
        raise click.UsageError("--expires needs --out.", ctx)
    try:
        return parse_lifetime(text)
    except ValueError as error:
        raise click.BadParameter(f"'{text}' is not {error}.", ctx) from error


@click.command("plan", cls=PlanningCommand, formats=TEST_FORMATS)
@click.option(
    "--detailed-exitcode",
    is_flag=True,
    envvar=variable_of("--detailed-exitcode"),
    show_envvar=True,
    help="Exit with code 2 if an apply would write to Twilio or move a resource to a new address, and with code 7 or 8 "
    "if the plan is blocked.",
)
@click.option(
    "--out",
    is_eager=True,
    type=OutputPath(dir_okay=False),
    metavar="FILE",
    envvar=variable_of("--out"),
    show_envvar=True,
    help="Save the plan to FILE, so that you can apply it with `confsync apply FILE`.",
)
@click.option(
    "--expires",
    default="72h",
    callback=take_lifetime,
    metavar="TIME",
    envvar=variable_of("--expires"),
    show_envvar=True,
    show_default=True,
    help="Make the saved plan expire after this time, for example 30m, 72h or 7d.",
)
@click.option(
    "--against",
    type=InputPath(dir_okay=False),
    shell_complete=suggest_snapshots,
    metavar="FILE|ledger",
    envvar=variable_of("--against"),
    show_envvar=True,
    help="Plan against the snapshot in FILE or, if you pass `ledger`, against the one next to the ledger. "
    "Needs no credentials.",
)
@summary_option
@intent_options
@click.pass_obj
def plan(
    invocation: Invocation,
    /,
    *,
    detailed_exitcode: bool,
    summary: bool,
    out: str | None,
    expires: "timedelta",
    against: str | None,
    **intended: Any,  # noqa: ANN401 — the options of `intent_options`
) -> "Result":
    """Read the live state, and show what an apply would do.

    With --against, confsync compares the configuration with a snapshot instead of the live state. confsync then sends
    nothing to Twilio, and you cannot apply the plan. `confsync drift` and `confsync apply` save these snapshots.
    """
    from confsync.cli.account import read_and_plan
    from confsync.cli.results import PlanResult

    if against is not None:
        if out:
            raise click.UsageError("--out and --against cannot be combined: that plan could not be applied.")
        from confsync.cli.snapshots import plan_against_snapshot

        made = plan_against_snapshot(invocation, None if against == LEDGER_STORE else against, intended)
        return PlanResult(plan=made.live, created_at=made.created_at, brief=summary, detailed=detailed_exitcode)
    made = read_and_plan(invocation, intended)
    created_at = _save(invocation, made, out, expires) if out else made.created_at
    return PlanResult(plan=made.live, created_at=created_at, brief=summary, detailed=detailed_exitcode)


def _save(invocation: Invocation, made: "Plan", out: str, lifetime: "timedelta") -> "datetime":
    """Save the plan, and say what to do with the file; return when it was made."""
    from confsync.cli.commands.show import utc
    from confsync.quoting import command_text
    from confsync.views.escaping import printable

    saved = made.save(out, lifetime=lifetime)
    apply = invocation.add_target(command_text("apply", out))
    then = f"apply it with {apply} until {utc(saved.expires_at)}"
    refused = "a guardrail blocks it, so an apply will refuse it"
    invocation.remark(printable(f"Saved in {out}: {then if made.applyable else refused}."))
    return saved.created_at
