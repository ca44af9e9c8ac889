"""`confsync explain`."""

from typing import TYPE_CHECKING

import click

from confsync.cli.command import Command
from confsync.cli.invocation import Invocation
from confsync.cli.options import variable_of
from confsync.cli.suggestions import suggest_addresses

if TYPE_CHECKING:
    from confsync.cli.results import Result


@click.command("explain", cls=Command)
@click.argument("address", metavar="ADDRESS[#FIELD]", shell_complete=suggest_addresses)
@click.option(
    "--offline",
    is_flag=True,
    envvar=variable_of("--offline"),
    show_envvar=True,
    help="Explain only the configuration. Needs no credentials, and sends no requests to Twilio.",
)
@click.pass_obj
def explain(invocation: Invocation, address: str, *, offline: bool) -> "Result":
    """Show where the values of a declared resource come from, and compare them with Twilio and with the last apply.

    For each field, confsync shows the value, the file and line that set it, and the variables used in it. confsync
    also shows whether the value comes from a layer, a patch, `defaults` or a `for_each` item.

    To explain a single field or block, add `#FIELD` to the address. This command writes nothing.
    """
    from confsync.account.explaining import explain_offline, explain_resource, split_field
    from confsync.cli.account import open_account
    from confsync.cli.configuration import read_config
    from confsync.cli.progress import Progress
    from confsync.cli.results import ExplainResult

    config = read_config(invocation)
    place, name = split_field(address)
    if offline:
        return ExplainResult(config=config, explanation=explain_offline(config, place, name))
    progress = Progress(invocation.console, quiet=invocation.options.quiet)
    with open_account(invocation, config, progress) as account, progress.reading():
        found = invocation.stop.run(explain_resource(account.account, place, name))
    return ExplainResult(config=config, explanation=found)
