"""`confsync show`."""

from typing import TYPE_CHECKING

import click

from confsync.cli.command import Command, summary_option
from confsync.cli.formats import TEST_FORMATS
from confsync.cli.invocation import Invocation
from confsync.cli.options import SELECT_FILES
from confsync.cli.paths import InputPath

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from confsync.cli.results import Result
    from confsync.diagnostics import Diagnostic
    from confsync.planfile.file import SavedPlan


@click.command("show", cls=Command, formats=TEST_FORMATS, selected_by=SELECT_FILES)
@click.argument("saved", metavar="FILE", type=InputPath(dir_okay=False))
@summary_option
@click.pass_obj
def show(invocation: Invocation, *, saved: str, summary: bool) -> "Result":
    """Show a saved plan, even if it has been applied or has expired.

    This command sends no requests to Twilio.
    """
    from confsync.account.saved_plans import load_plan
    from confsync.cli.results import PlanResult

    known = load_plan(saved, settings=invocation.settings)
    target = known.plan.target
    invocation.retarget(environment=target.environment, emulator=target.emulator)
    warnings = tuple(_warnings(invocation, known))
    return PlanResult(plan=known.plan, created_at=known.created_at, brief=summary, warnings=warnings)


def utc(time: "datetime") -> str:
    """Format a time for people."""
    from datetime import UTC

    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _warnings(invocation: Invocation, saved: "SavedPlan") -> "Iterator[Diagnostic]":
    """Say why a saved plan can no longer be applied, as far as that is known without a request."""
    from datetime import UTC, datetime

    from confsync.account.saved_plans import is_spent

    if saved.has_expired(datetime.now(UTC)):
        yield _warning(f"the plan expired at {utc(saved.expires_at)}")
    if is_spent(saved, invocation.load_options):
        yield _warning("the plan is spent: it was already applied")


def _warning(summary: str) -> "Diagnostic":
    from confsync.config.codes import Code
    from confsync.diagnostics import Diagnostic

    return Diagnostic("warning", Code.PAST_PLAN, summary, "make a new one: `confsync plan --out FILE`")
