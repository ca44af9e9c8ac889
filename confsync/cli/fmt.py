"""`confsync fmt`."""

from typing import TYPE_CHECKING

import click

from confsync.cli.command import Command
from confsync.cli.invocation import Invocation
from confsync.cli.options import variable_of

if TYPE_CHECKING:
    from confsync.cli.results import Result


@click.command("fmt", cls=Command)
@click.option(
    "--check",
    is_flag=True,
    envvar=variable_of("--check"),
    show_envvar=True,
    help="Change no file; show the diff, and exit with code 2 if there is one.",
)
@click.pass_obj
def fmt(invocation: Invocation, *, check: bool) -> "Result":
    """Rewrite the files of the configuration in one layout.

    docs/formatting.md describes the layout. confsync keeps every comment, and the meaning of every file.
    """
    from confsync.account.formatting import format_files
    from confsync.cli.results import FormatResult

    return FormatResult(formatted=format_files(invocation.load_options, check=check))
