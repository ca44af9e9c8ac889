"""`confsync completion`, and the answers to a shell that completes a command line."""

from contextlib import suppress
from typing import TYPE_CHECKING

import click
from click.shell_completion import ShellComplete, get_completion_class

from confsync.cli.command import Command
from confsync.cli.invocation import Invocation

if TYPE_CHECKING:
    from confsync.cli.results import Result

SHELLS = ("bash", "zsh", "fish")


@click.command("completion", cls=Command)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, *, shell: str) -> "Result":
    """Print the script that completes confsync in a shell.

    The script completes commands, options, environments, sections and addresses. It sends no request.
    """
    from confsync.cli.results import TextResult

    completer = _completer(context.find_root().command, shell)
    # The method of click's class for bash starts bash to check its version, and prints a warning.
    return TextResult(text=ShellComplete.source(completer))


def answer(group: click.Command, instruction: str) -> None:
    """Print the completions that a script asks for: none if the configuration is invalid."""
    with suppress(Exception, KeyboardInterrupt):  # a message would appear in the middle of what a person types
        found = _completer(group, instruction.removesuffix("_complete")).complete()
        click.echo(found.encode())


def _completer(group: click.Command, shell: str) -> ShellComplete:
    found = get_completion_class(shell)
    if found is None:
        raise LookupError(shell)
    return found(group, {"obj": Invocation([])}, "confsync", "_CONFSYNC_COMPLETE")
