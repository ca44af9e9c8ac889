"""`confsync list`."""

from typing import TYPE_CHECKING

import click

from confsync.cli.command import PlanningCommand
from confsync.cli.invocation import Invocation
from confsync.cli.options import variable_of
from confsync.cli.suggestions import suggest_addresses

if TYPE_CHECKING:
    from confsync.cli.results import Result


@click.command("list", cls=PlanningCommand)
@click.argument("globs", metavar="[GLOB]...", nargs=-1, shell_complete=suggest_addresses)
@click.option(
    "--unmanaged",
    is_flag=True,
    envvar=variable_of("--unmanaged"),
    show_envvar=True,
    help="List only resources that are neither declared in the configuration nor owned by confsync.",
)
@click.pass_obj
def list_resources(invocation: Invocation, *, globs: tuple[str, ...], unmanaged: bool) -> "Result":
    """List live resources: their addresses, SIDs, types and names, and whether confsync manages them.

    GLOB selects addresses, as --target does. Because an account may have millions of users and conversations, confsync
    lists them, and everything in them, only if GLOB or --kind names their section, as in `list 'services/*/users'`.

    This command writes nothing.
    """
    from confsync.cli.account import open_account
    from confsync.cli.configuration import read_config
    from confsync.cli.progress import Progress
    from confsync.cli.results import ListResult
    from confsync.plan.intent import Selection
    from confsync.plan.listed import ManagedState

    options = invocation.options
    selection = Selection(targets=(*options.target, *globs), excludes=options.exclude, kinds=options.kind)
    config = read_config(invocation)
    progress = Progress(invocation.console, quiet=options.quiet)
    with open_account(invocation, config, progress) as account, progress.reading():
        listed = account.list_resources(selection)
    shown = tuple(each for each in listed if not unmanaged or each.state is ManagedState.UNMANAGED)
    return ListResult(config=config, listed=shown)


list = list_resources  # noqa: A001 — the table of commands finds a command by its name
