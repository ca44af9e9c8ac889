"""`confsync show`."""

from typing import TYPE_CHECKING

import click

from confsync.cli.command import Command, summary_option
from confsync.cli.invocation import Invocation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from confsync.account.configuration import LoadOptions
    from confsync.cli.results import Result
    from confsync.diagnostics import Diagnostic
    from confsync.plan.plan import Target
    from confsync.planfile.file import SavedPlan


@click.command("show", cls=Command)
@click.argument("saved", metavar="FILE", type=click.Path(dir_okay=False))
@summary_option
@click.pass_obj
def show(invocation: Invocation, *, saved: str, summary: bool) -> "Result":
    """Show a saved plan in any format, even if it is spent or has expired. Send no request."""
    from confsync.account.results import load_plan
    from confsync.cli.results import PlanResult

    known = load_plan(saved, settings=invocation.settings)
    doubts = tuple(_doubts(invocation, known))
    return PlanResult(plan=known.plan, created_at=known.created_at, brief=summary, doubts=doubts)


def utc(time: "datetime") -> str:
    """Format a time for people."""
    from datetime import UTC

    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _doubts(invocation: Invocation, saved: "SavedPlan") -> "Iterator[Diagnostic]":
    """Say why a saved plan can no longer be applied, as far as that is known without a request."""
    from datetime import UTC, datetime

    if saved.has_expired(datetime.now(UTC)):
        yield _doubt(f"the plan expired at {utc(saved.expires_at)}")
    if _is_spent(invocation.load_options, saved):
        yield _doubt("the plan is spent: it was already applied")


def _is_spent(options: "LoadOptions", saved: "SavedPlan") -> bool:
    """Whether the ledger on this machine says so; a missing or unreadable ledger says nothing."""
    from confsync.errors import ConfsyncError
    from confsync.state.store import read_state
    from confsync.twilio.origin import Origin

    target = saved.plan.target
    try:
        ledger = _ledger_path(options, target)
        known = read_state(ledger, account_sid=target.account_sid, host=Origin(target.base_url).host)
    except ConfsyncError:
        return False
    return saved.id in known.ledger.spent_plans


def _ledger_path(options: "LoadOptions", target: "Target") -> "Path":
    """Return the path of the ledger that a plan was made with. Raises UsageError if there is no configuration here."""
    from confsync.account.connection import ledger_beside, ledger_name
    from confsync.config.files import discover, named
    from confsync.twilio.origin import Origin

    folder = (named(options.files) if options.files else discover(options.directory)).folder
    if target.emulator:
        return folder / ".confsync" / "emulator" / ledger_name(target.environment)
    return ledger_beside(folder, Origin(target.base_url), target.environment)


def _doubt(summary: str) -> "Diagnostic":
    from confsync.config.codes import Code
    from confsync.diagnostics import Diagnostic

    return Diagnostic("warning", Code.PAST_PLAN, summary, "make a new one: `confsync plan --out FILE`")
