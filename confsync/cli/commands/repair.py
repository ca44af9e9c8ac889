"""`confsync repair`."""

from typing import TYPE_CHECKING

import click

from confsync.cli.command import Command, CommandGroup
from confsync.cli.invocation import Invocation

if TYPE_CHECKING:
    from confsync.cli.results import Result


@click.command("duplicates", cls=Command)
@click.option("--auto-approve", is_flag=True, help="Delete without asking for confirmation.")
@click.pass_obj
def repair_duplicates(invocation: Invocation, *, auto_approve: bool) -> "Result":
    """Delete the newer resource in each pair of probable duplicates.

    The two resources in a pair are identical, and were created within 10 minutes of each other. confsync owns one of
    the two. If it owns the newer one, it first adopts the older one in its place.

    If the newer resource contains other resources, or if something refers to it, confsync does not delete it.
    """
    from confsync.cli.repairing import repair_account

    return repair_account(invocation, auto_approve=auto_approve)


@click.group("repair", cls=CommandGroup, no_args_is_help=False, commands=[repair_duplicates])
def repair() -> None:
    """Remove what an interrupted apply left behind in Twilio."""
