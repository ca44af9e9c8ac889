"""`confsync pull`."""

from typing import TYPE_CHECKING

import click

from confsync.cli.command import PlanningCommand
from confsync.cli.invocation import Invocation
from confsync.cli.options import variable_of
from confsync.cli.suggestions import suggest_addresses

if TYPE_CHECKING:
    from confsync.cli.results import Result


@click.command("pull", cls=PlanningCommand)
@click.argument("parts", metavar="[ADDRESS]...", nargs=-1, shell_complete=suggest_addresses)
@click.option(
    "--dry-run",
    is_flag=True,
    envvar=variable_of("--dry-run"),
    show_envvar=True,
    help="Show the diff without changing any files.",
)
@click.option("--shared", is_flag=True, help="If other environments share a value, change it for all of them.")
@click.option(
    "--patch",
    is_flag=True,
    help="If other environments share a value, change it only for the selected one, by editing its patch.",
)
@click.pass_obj
def pull(invocation: Invocation, *, parts: tuple[str, ...], dry_run: bool, shared: bool, patch: bool) -> "Result":
    """Accept changes made in Twilio by writing the live values to the configuration.

    ADDRESS selects resources, as --target does, or a single field, for example `services/support/webhooks#method`.
    confsync edits only the values that differ, and preserves comments, order and quotes.

    If one of these values comes from a variable or is shared with other environments, confsync writes nothing and
    instead shows you the possible edits. confsync never pulls secrets, and writes nothing to Twilio.
    """
    from confsync.account.pull import Destination
    from confsync.account.pull import pull as pull_values
    from confsync.cli.account import open_account
    from confsync.cli.configuration import read_config
    from confsync.cli.progress import Progress
    from confsync.cli.results import PullResult
    from confsync.plan.intent import Selection

    if shared and patch:
        raise click.UsageError("Give either --shared or --patch.")
    options = invocation.options
    destination = Destination.SHARED if shared else Destination.PATCH if patch else Destination.NOWHERE
    selection = Selection(targets=options.target, excludes=options.exclude, kinds=options.kind)
    config = read_config(invocation)
    progress = Progress(invocation.console, quiet=options.quiet)
    with open_account(invocation, config, progress) as account, progress.reading():
        found = pull_values(
            account, invocation.load_options, parts, selection=selection, destination=destination, dry_run=dry_run
        )
    return PullResult(config=config, found=found)
