"""`confsync ledger`."""

from typing import TYPE_CHECKING

import click

from confsync.cli.command import Command, CommandGroup
from confsync.cli.commands.ledger_merge import merge_ledgers
from confsync.cli.commands.ledger_push import push_ledger
from confsync.cli.commands.ledger_unlock import unlock_ledger
from confsync.cli.invocation import Invocation
from confsync.cli.paths import InputPath

if TYPE_CHECKING:
    from confsync.cli.results import Result


@click.command("show", cls=Command)
@click.pass_obj
def show_ledger(invocation: Invocation) -> "Result":
    """List the resources that confsync owns, including those in the journal of an interrupted apply."""
    from confsync.cli.account import open_account
    from confsync.cli.configuration import read_config
    from confsync.cli.results import LedgerResult

    config = read_config(invocation)
    with open_account(invocation, config) as account:
        state = account.ledger()
    if state.warnings and not invocation.json:
        invocation.diagnose(state.warnings)
    return LedgerResult(config=config, state=state)


@click.command("rebuild", cls=Command)
@click.pass_obj
def rebuild_ledger(invocation: Invocation) -> "Result":
    """Replace a lost or corrupt ledger by adopting every live resource that matches a declared one.

    If the ledger file is corrupt, confsync keeps it under a new name. The command fails if the ledger is valid.
    """
    from confsync.cli.account import open_account
    from confsync.cli.configuration import read_config
    from confsync.cli.results import LedgerResult
    from confsync.state.store import JournalState, LedgerState

    config = read_config(invocation)
    with open_account(invocation, config) as account:
        rebuilt = account.rebuild_ledger()
    state = LedgerState(rebuilt.ledger, present=True, state=JournalState.NONE, recorded=rebuilt.recorded)
    return LedgerResult(config=config, state=state, rebuilt=rebuilt)


@click.command("adopt", cls=Command)
@click.argument("old_ledger", metavar="FILE", type=InputPath(dir_okay=False))
@click.pass_obj
def adopt_ledger(invocation: Invocation, old_ledger: str) -> "Result":
    """Take over the ledger of an environment that was renamed or removed.

    FILE is the old ledger. confsync copies its content to the ledger of the selected environment, and renames FILE to
    FILE.adopted. The command fails if the selected environment already has a ledger.
    """
    from pathlib import Path

    from confsync.cli.account import open_account
    from confsync.cli.configuration import read_config
    from confsync.cli.results import LedgerResult
    from confsync.state.store import JournalState, LedgerState

    config = read_config(invocation)
    with open_account(invocation, config) as account:
        adopted = account.adopt_ledger(Path(old_ledger))
    state = LedgerState(adopted.ledger, present=True, state=JournalState.NONE, recorded=adopted.recorded)
    return LedgerResult(config=config, state=state, adopted=adopted)


@click.group(
    "ledger",
    cls=CommandGroup,
    no_args_is_help=False,
    commands=[show_ledger, rebuild_ledger, adopt_ledger, merge_ledgers, push_ledger, unlock_ledger],
)
def ledger() -> None:
    """Show what confsync owns, and repair the ledger."""
