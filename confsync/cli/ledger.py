"""`confsync ledger`: what confsync knows to own, and how that is made anew where it is lost."""

from typing import TYPE_CHECKING

import click

from confsync.cli.run import Run
from confsync.cli.verb import Verb, Verbs

if TYPE_CHECKING:
    from confsync.cli.exit_result import ExitResult


@click.command("show", cls=Verb)
@click.pass_obj
def show(run: Run) -> "ExitResult":
    """List what confsync owns, by the ledger and whatever a stopped apply left in its journal."""
    from confsync.account.blocking import connect_sync
    from confsync.cli.account import reached
    from confsync.cli.configuration import read
    from confsync.cli.exit_result import DONE
    from confsync.views.diagnostics_text import diagnostics_as_text
    from confsync.views.ledger import ledger_as_text, ledger_document

    config = read(run)
    with (
        reached(run, config) as connection,
        connect_sync(config, settings=run.settings, connection=connection) as account,
    ):
        run.ledger = account.ledger()
    if run.ledger.warnings and not run.json:
        run.console.note(diagnostics_as_text(run.ledger.warnings, run.console.note_palette))
    run.print(ledger_as_text(ledger_document(run.ledger, 0), run.console.palette))
    return DONE


@click.command("rebuild", cls=Verb)
@click.pass_obj
def rebuild(run: Run) -> "ExitResult":
    """Make a lost or corrupt ledger anew of what is live: what matches the configuration is adopted."""
    from confsync.account.blocking import connect_sync
    from confsync.cli.account import reached
    from confsync.cli.configuration import read
    from confsync.cli.exit_result import DONE
    from confsync.state.store import JournalState, LedgerState
    from confsync.views.ledger import ledger_document, rebuilt_as_text

    config = read(run)
    with (
        reached(run, config) as connection,
        connect_sync(config, settings=run.settings, connection=connection) as account,
    ):
        run.rebuilt = account.rebuild_ledger()
    run.ledger = LedgerState(run.rebuilt.ledger, present=True, state=JournalState.NONE)
    run.print(rebuilt_as_text(ledger_document(run.ledger, 0, rebuilt=run.rebuilt)))
    return DONE


@click.group("ledger", cls=Verbs, no_args_is_help=False, commands=[show, rebuild])
def ledger() -> None:
    """Look at what confsync owns, or make the ledger of it anew."""
