"""The command line from argv to the exit code: the group of verbs, and the one place where errors are caught."""

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

import click

from confsync.cli.adopt import adopt
from confsync.cli.apply import apply
from confsync.cli.doctor import doctor
from confsync.cli.drift import drift
from confsync.cli.emulator import emulator
from confsync.cli.forget import forget
from confsync.cli.interrupt_message import interrupt_message
from confsync.cli.ledger import ledger
from confsync.cli.options import common_options, narrowing_options
from confsync.cli.plan import plan
from confsync.cli.run import Run
from confsync.cli.schema import schema
from confsync.cli.show import show
from confsync.cli.signals import Stop, go_deaf, handlers_given_back
from confsync.cli.validate import validate
from confsync.cli.version import version

if TYPE_CHECKING:
    from confsync.cli.exit_result import ExitResult


@click.group(
    "confsync",
    help="Keep Twilio Conversations configuration as a Git repository describes it.",
    params=[*common_options(), *narrowing_options()],
    no_args_is_help=False,
    commands=[validate, plan, show, apply, drift, adopt, forget, ledger, doctor, emulator, schema, version],
)
def confsync() -> None:
    """Only gather the common options; the verb does the rest."""


def run(stop: Stop | None = None) -> NoReturn:
    """Be the process, to its end: the handlers of signals are not given back."""
    stop = stop or Stop()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for them takes longer than parsing YAML
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):  # a closed one is None
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # both are text files
    code = _ran(Run(sys.argv[1:]), stop)
    go_deaf()
    sys.exit(code)


def main(arguments: list[str]) -> int:
    """Do what a command line asks for, and give the exit code."""
    with handlers_given_back():
        return _ran(Run(arguments), Stop())


def _ran(this: Run, stop: Stop) -> int:
    """Run and tell, with words that need no import where a signal left something imported by half."""
    try:
        ending = _ending(this, stop)
        if ending is not None:
            ending = _told(this, ending)
        this.end()
    except (KeyboardInterrupt, Exception) as error:
        if not _comes_of_a_stop(error):
            raise
        stop.settle()
        said = this.answered or this.console.printed
        return interrupt_message(this.arguments, terminated=stop.terminated, consented=this.consented, answered=said)
    return int(ending.code) if ending else 0


def _ending(this: Run, stop: Stop) -> "ExitResult | None":
    """Run, and turn whatever comes of it into an ending; None where there is nothing more to say."""
    stop.listen()
    try:
        with confsync.make_context("confsync", list(this.arguments), obj=this) as context:
            ending: ExitResult | None = confsync.invoke(context)
            stop.settle()
            return ending
    except click.exceptions.Exit:
        stop.settle()
        return None
    except click.ClickException as error:
        stop.settle()
        from confsync.cli.exit_result import of_usage

        return of_usage(error, this)
    except KeyboardInterrupt:
        stop.settle()
        from confsync.cli.exit_result import of_stop

        return of_stop(stop.code, this)
    except Exception as error:  # noqa: BLE001 — a bug, too, ends with three lines and a code
        stop.settle()
        from confsync.cli.exit_result import of_error, of_stop

        return of_stop(stop.code, this) if _comes_of_a_stop(error) else of_error(error, this)


def _comes_of_a_stop(error: BaseException) -> bool:
    """Whether a signal is behind an error: what it interrupts while it is imported may fail with anything."""
    seen: BaseException | None = error
    while seen is not None and not isinstance(seen, KeyboardInterrupt):
        seen = seen.__cause__ or seen.__context__
    return seen is not None


def _told(this: Run, ending: "ExitResult") -> "ExitResult":
    from confsync.cli.report_exit import report_exit

    return report_exit(this, ending)
