"""`confsync completion`, and the answers to a shell that completes a command line."""

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, FishComplete, ShellComplete, ZshComplete

from confsync.cli.bash_completion import BashCompletion
from confsync.cli.command import Command
from confsync.cli.invocation import Invocation

if TYPE_CHECKING:
    from confsync.cli.results import Result


class _ZshCompletion(ZshComplete):
    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        """Return the completions that zsh neither splits nor expands."""
        return _plain(super().get_completions(args, incomplete))


class _FishCompletion(FishComplete):
    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        """Return the completions that fish neither splits nor expands."""
        return _plain(super().get_completions(args, incomplete))


def _plain(found: list[CompletionItem[str]]) -> list[CompletionItem[str]]:
    # The scripts of click do not quote.
    return [each for each in found if all(letter.isalnum() or letter in "/%._+-:@" for letter in each.value)]


SHELLS: Mapping[str, type[ShellComplete]] = {"bash": BashCompletion, "zsh": _ZshCompletion, "fish": _FishCompletion}


@click.command("completion", cls=Command, selected_by=())
@click.argument("shell", type=click.Choice(tuple(SHELLS)))
@click.pass_context
def completion(context: click.Context, *, shell: str) -> "Result":
    """Print a script that sets up tab completion for confsync in a shell.

    Once the script is loaded, the shell completes commands, options, environments, sections and addresses. Completion
    sends no requests to Twilio.
    """
    from confsync.cli.results import TextResult

    return TextResult(text=_completer(context.find_root().command, shell).source())


def answer(group: click.Command, instruction: str) -> None:
    """Print the completions that a script asks for: none if the configuration is invalid."""
    with suppress(Exception, KeyboardInterrupt):  # a message would appear in the middle of what a person types
        found = _completer(group, instruction.removesuffix("_complete")).complete()
        click.echo(found.encode())


def _completer(group: click.Command, shell: str) -> ShellComplete:
    return SHELLS[shell](group, {"obj": Invocation([])}, "confsync", "_CONFSYNC_COMPLETE")
