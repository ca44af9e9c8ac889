"""`confsync output`."""

from typing import TYPE_CHECKING

import click

from confsync.cli.command import PlanningCommand
from confsync.cli.formats import TEXT
from confsync.cli.invocation import Invocation
from confsync.cli.options import variable_of

if TYPE_CHECKING:
    from confsync.cli.results import Result, SidsResult


@click.command("output", cls=PlanningCommand)
@click.option(
    "--dotenv",
    is_flag=True,
    envvar=variable_of("--dotenv"),
    show_envvar=True,
    help="Print a NAME=SID line for each resource, for a `.env` file or for the file that `GITHUB_ENV` points to.",
)
@click.pass_obj
def output(invocation: Invocation, *, dotenv: bool) -> "Result":
    """Print the addresses and SIDs of the declared resources, for use in other tools.

    confsync reads the SIDs from Twilio, so the output includes resources with `lifecycle.lookup` and resources that
    confsync has not adopted yet. The output leaves out resources that do not exist in Twilio yet. This command
    writes nothing.
    """
    from confsync.cli.account import open_account
    from confsync.cli.configuration import read_config
    from confsync.cli.progress import Progress
    from confsync.cli.results import SidsResult
    from confsync.plan.intent import Selection

    if dotenv and invocation.format != TEXT:
        raise click.UsageError("--dotenv is a format of its own: leave out --format and --json.")
    options = invocation.options
    config = read_config(invocation)
    progress = Progress(invocation.console, quiet=options.quiet)
    selection = Selection(targets=options.target, excludes=options.exclude, kinds=options.kind)
    with open_account(invocation, config, progress) as account, progress.reading():
        found = account.list_resources(selection, declared=True)
    result = SidsResult(config=config, found=found)
    return _as_dotenv(result) if dotenv else result


def _as_dotenv(result: "SidsResult") -> "Result":
    """Give each SID a variable. Raises UsageError if two resources would have the same one."""
    from confsync.cli.results import TextResult
    from confsync.errors import UsageError
    from confsync.views.lists.sids import sids_as_dotenv, sids_document

    document = sids_document(result.found, None, 0)
    named: dict[str, str] = {}
    for each in document.resources:
        other = named.setdefault(each.variable, each.address)
        if other != each.address:
            raise UsageError(
                f"{other} and {each.address} would both be named {each.variable}.",
                hint="Select one of them with --target or --exclude, or use --json.",
            )
    return TextResult(config=result.config, text=sids_as_dotenv(document))
