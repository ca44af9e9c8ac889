"""`confsync ledger push`."""

from typing import TYPE_CHECKING

import click

from confsync.cli.command import Command
from confsync.cli.invocation import Invocation

if TYPE_CHECKING:
    from confsync.cli.results import Result


@click.command("push", cls=Command)
@click.pass_obj
def push_ledger(invocation: Invocation) -> "Result":
    """Push the ledger to the Git remote if the last apply on this machine did not push it.

    This command requires `ledger: git` in the configuration. Use it after an apply that was killed or could not reach
    the remote. In CI, run it after every apply, even after a failed one.
    """
    from confsync.cli.account import open_account
    from confsync.cli.configuration import read_config
    from confsync.cli.results import Result

    config = read_config(invocation)
    with open_account(invocation, config) as account:
        pushed = account.push_ledger()
    done = (
        f"Pushed the ledger to {pushed.branch}." if pushed.pushed else f"Nothing to push: {pushed.branch} has it all."
    )
    invocation.remark(done)
    return Result(config=config)
