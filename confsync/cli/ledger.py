"""`confsync ledger`."""

from typing import TYPE_CHECKING

import click

from confsync.cli.command import Command, CommandGroup
from confsync.cli.invocation import Invocation

if TYPE_CHECKING:
    from confsync.cli.results import Result


@click.command("show", cls=Command)
@click.pass_obj
def show_ledger(invocation: Invocation) -> "Result":
    """List what confsync owns, according to the ledger and the journal of an interrupted apply."""
    from confsync.cli.account import open_account
    from confsync.cli.results import LedgerResult
    from confsync.cli.validate import read_config
    from confsync.views.diagnostics_text import diagnostics_as_text

    config = read_config(invocation)
    with open_account(invocation, config) as account:
        state = account.ledger()
    if state.warnings and not invocation.json:
        invocation.console.note(diagnostics_as_text(state.warnings, invocation.console.note_palette))
    return LedgerResult(config=config, state=state)


@click.command("rebuild", cls=Command)
@click.pass_obj
def rebuild_ledger(invocation: Invocation) -> "Result":
    """Replace a lost or corrupt ledger: adopt every live resource that matches the configuration."""
    from confsync.cli.account import open_account
    from confsync.cli.results import LedgerResult
    from confsync.cli.validate import read_config
    from confsync.state.store import JournalState, LedgerState

    config = read_config(invocation)
    with open_account(invocation, config) as account:
        rebuilt = account.rebuild_ledger()
    state = LedgerState(rebuilt.ledger, present=True, state=JournalState.NONE)
    return LedgerResult(config=config, state=state, rebuilt=rebuilt)


@click.group("ledger", cls=CommandGroup, no_args_is_help=False, commands=[show_ledger, rebuild_ledger])
def ledger() -> None:
    """Show what confsync owns, or rebuild the ledger."""
