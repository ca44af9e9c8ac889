"""The command line from argv to the exit code: the group of commands, and the one place where errors are caught."""

import os
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

import click

from confsync.cli.command import Command
from confsync.cli.invocation import Invocation
from confsync.cli.options import common_options, narrowing_options
from confsync.cli.signals import Stop, ignore_signals, restored_handlers
from confsync.exception_chain import causes_of
from confsync.version import __version__

if TYPE_CHECKING:
    from confsync.cli.exit_result import ExitResult
    from confsync.cli.results import Result


COMMANDS = (
    *(
        "init",
        "validate",
        "fmt",
        "plan",
        "show",
        "apply",
        "rehearse",
        "drift",
        "diff",
        "explain",
        "pull",
        "adopt",
        "forget",
        "list",
        "export",
        "import-terraform",
        "output",
        "ledger",
        "repair",
        "doctor",
        "emulator",
        "schema",
        "completion",
    ),
    "version",
)
"""Every command. Each is defined in the module of its name, except `version`, which is below."""


class Commands(MutableMapping[str, click.Command]):
    """The commands by name. Each is imported when it is used, so that one command does not pay for the others."""

    def __init__(self) -> None:
        self._imported: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in COMMANDS:
            raise KeyError(name)
        if name not in self._imported:
            word = name.replace("-", "_")
            module = __name__ if name == "version" else f"confsync.cli.commands.{word}"
            self._imported[name] = getattr(import_module(module), word)
        return self._imported[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._imported[name] = command

    def __delitem__(self, name: str) -> None:
        del self._imported[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


@click.command("version", cls=Command, formats=(), selected_by=())
@click.pass_obj
def version(invocation: Invocation) -> "Result | None":
    """Print the version of confsync."""
    if not invocation.json:
        invocation.console.result(f"confsync {__version__}\n")
        return None
    from confsync.cli.results import Result

    return Result()


@click.group(
    "confsync",
    help="Keep Twilio Conversations configuration in sync with a Git repository.",
    params=[*common_options(), *narrowing_options()],
    no_args_is_help=False,
    commands=Commands(),
)
def confsync() -> None:
    """Parse the common options; the command does the rest."""


def run(stop: Stop | None = None) -> NoReturn:
    """Run the command line of this process, and exit."""
    stop = stop or Stop()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for plugins takes longer than parsing YAML
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):  # a closed one is None
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # both are text files
    instruction = os.environ.get("_CONFSYNC_COMPLETE", "")
    if instruction in ("bash_complete", "zsh_complete", "fish_complete"):
        from confsync.cli.commands.completion import answer

        answer(confsync, instruction)
        _exit_at_once(0)
    code = _run(Invocation(sys.argv[1:], stop=stop))
    ignore_signals()
    _exit_at_once(code)


def _exit_at_once(code: int) -> NoReturn:
    """Exit without tearing down the interpreter, which takes longer than many commands do."""
    # Everything is closed by now: each file, connection and database belongs to a context that has ended.
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # closed, or its reader is gone
            stream.flush()
    os._exit(code)


def main(arguments: list[str]) -> int:
    """Run a command line in a process that goes on afterwards; return the exit code."""
    with restored_handlers():
        return _run(Invocation(arguments))


def _run(invocation: Invocation) -> int:
    """Run and report. If a signal interrupts an import, report with a fixed text that needs no import."""
    stop, invocation.program = invocation.stop, confsync
    stop.last_message = invocation.interrupt_message
    try:
        exit_result = _exit_result(invocation, stop)
        if exit_result is not None:
            exit_result = _report(invocation, exit_result)
        invocation.end()
    except (KeyboardInterrupt, Exception) as error:
        if not _comes_from_signal(error):
            raise
        stop.settle()
        invocation.console.discard()
        return invocation.interrupt_message()
    return int(exit_result.code) if exit_result else 0


def _exit_result(invocation: Invocation, stop: Stop) -> "ExitResult | None":
    """Run the command and show its result; return how the run exits, or None if there is nothing to report."""
    stop.listen()
    try:
        with confsync.make_context("confsync", list(invocation.arguments), obj=invocation) as context:
            result: Result | None = confsync.invoke(context)
            if result is None:
                invocation.console.close()
            else:
                _show(invocation, result)
            stop.settle()
            return result.exit_result if result is not None else None
    except click.exceptions.Exit:
        stop.settle()
        return None
    except (KeyboardInterrupt, Exception) as error:  # noqa: BLE001 — even a bug exits with three lines and a code
        stop.settle()
        return _exit_of(error, invocation, stop)


def _exit_of(error: BaseException, invocation: Invocation, stop: Stop) -> "ExitResult":
    """Return the exit of whatever a command raised: the one place where errors are handled."""
    from confsync.cli.error_handler import exit_of_error, exit_of_signal, exit_of_usage_error
    from confsync.cli.exit_result import DONE

    if isinstance(error, click.ClickException):
        return exit_of_usage_error(error, invocation)
    if isinstance(error, OSError) and not invocation.command:  # click could not print a help text
        lost = invocation.console.lose(error)
        return exit_of_error(lost, invocation) if lost else DONE
    if _comes_from_signal(error) or not isinstance(error, Exception):
        return exit_of_signal(stop.code, invocation)
    return exit_of_error(error, invocation)


def _comes_from_signal(error: BaseException) -> bool:
    """Whether a signal caused an error: an import that a signal interrupts may raise anything."""
    return any(isinstance(each, KeyboardInterrupt) for each in causes_of(error))


def _show(invocation: Invocation, result: "Result") -> None:
    # A document is rendered at the end, when a signal no longer interrupts the run.
    invocation.keep(result)
    if invocation.prints_at_once(result) or invocation.console.also:
        from confsync.cli.error_handler import print_report
        from confsync.cli.rendering import show_result

        print_report(invocation, result.exit_result, lambda: show_result(invocation, result))


def _report(invocation: Invocation, exit_result: "ExitResult") -> "ExitResult":
    from confsync.cli.error_handler import report_exit

    return report_exit(invocation, exit_result)
