"""`confsync forget`: say in the configuration that something is managed no longer."""

from typing import TYPE_CHECKING

import click

from confsync.cli.run import Run
from confsync.cli.verb import Verb

if TYPE_CHECKING:
    from confsync.cli.exit_result import ExitResult


@click.command("forget", cls=Verb)
@click.argument("address")
@click.pass_obj
def forget(run: Run, address: str) -> "ExitResult":
    """Let go of something without deleting it, in the `forget` section of the configuration."""
    from confsync.account.configuration import load_configuration
    from confsync.account.edits import write_forget
    from confsync.cli.account import ledger_of
    from confsync.cli.adopt import printable_lines
    from confsync.cli.exit_result import DONE
    from confsync.names import Address

    ledger = ledger_of(run, load_configuration(run.request))
    run.print(printable_lines(write_forget(run.request, Address.parse(address), ledger)))
    return DONE
