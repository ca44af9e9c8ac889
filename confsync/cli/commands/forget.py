"""`confsync forget`."""

from typing import TYPE_CHECKING

import click

from confsync.cli.command import Command
from confsync.cli.invocation import Invocation
from confsync.cli.suggestions import suggest_addresses

if TYPE_CHECKING:
    from confsync.cli.results import Result


@click.command("forget", cls=Command)
@click.argument("address", shell_complete=suggest_addresses)
@click.pass_obj
def forget(invocation: Invocation, address: str) -> "Result":
    """Stop managing a resource without deleting it.

    Before you run this command, remove the resource's block from the configuration. The command adds an entry to the
    `forget` section. The next apply then removes the resource, and everything in it, from the ledger.
    """
    from confsync.account.configuration import load_configuration
    from confsync.account.edits import write_forget
    from confsync.account.shared_state import branch_at
    from confsync.cli.account import ledger_path
    from confsync.cli.results import EditResult
    from confsync.names import Address

    options = invocation.load_options
    config = load_configuration(options)
    ledger = ledger_path(invocation, config)
    branch = None if options.emulator else branch_at(config, ledger)
    return EditResult(lines=write_forget(options, Address.parse(address), ledger, branch))
