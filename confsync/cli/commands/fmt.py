"""`confsync fmt`."""

from typing import TYPE_CHECKING

import click

from confsync.cli.command import Command
from confsync.cli.invocation import Invocation
from confsync.cli.options import SELECT_FILES, variable_of

if TYPE_CHECKING:
    from confsync.cli.results import Result


@click.command("fmt", cls=Command, selected_by=SELECT_FILES)
@click.option(
    "--check",
    is_flag=True,
    envvar=variable_of("--check"),
    show_envvar=True,
    help="Show the diff without changing any files, and exit with code 2 if a file would change.",
)
@click.pass_obj
def fmt(invocation: Invocation, *, check: bool) -> "Result":
    """Rewrite the files of the configuration in the standard format.

    docs/formatting.md describes the format. confsync keeps all comments, and does not change what the files mean.
    """
    from confsync.account.formatting import format_files
    from confsync.cli.results import FormatResult

    return FormatResult(formatted=format_files(invocation.load_options, check=check))
