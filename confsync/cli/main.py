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
from confsync.cli.ledger import ledger
from confsync.cli.options import common_options, narrowing_options
from confsync.cli.plan import plan
from confsync.cli.run import Run
from confsync.cli.schema import schema
from confsync.cli.show import show
from confsync.cli.signals import Stop, stoppable
from confsync.cli.validate import validate
from confsync.cli.version import version

if TYPE_CHECKING:
    from confsync.cli.ending import Ending


@click.group(
    "confsync",
    help="Keep Twilio Conversations configuration as a Git repository describes it.",
    params=[*common_options(), *narrowing_options()],
    no_args_is_help=False,
    commands=[validate, plan, show, apply, drift, adopt, forget, ledger, doctor, emulator, schema, version],
)
def confsync() -> None:
    """Only gather the common options; the verb does the rest."""


def run() -> NoReturn:
    """Be the process."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for them takes longer than parsing YAML
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):  # a closed one is None
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # both are text files
    sys.exit(main(sys.argv[1:]))


def main(arguments: list[str]) -> int:
    """Do what a command line asks for, and give the exit code."""
    this = Run(arguments)
    ending = _ending(this)
    if ending is not None:
        ending = _told(this, ending)
    this.end()
    return int(ending.code) if ending else 0


def _ending(this: Run) -> "Ending | None":
    """Run, and turn whatever comes of it into an ending; None where there is nothing more to say."""
    stop = Stop()
    try:
        with stoppable(stop), confsync.make_context("confsync", list(this.arguments), obj=this) as context:
            ending: Ending | None = confsync.invoke(context)
            return ending
    except click.exceptions.Exit:
        return None
    except click.ClickException as error:
        from confsync.cli.ending import of_usage

        return of_usage(error, this)
    except KeyboardInterrupt:
        from confsync.cli.ending import of_stop

        return of_stop(stop.code, this)
    except Exception as error:  # noqa: BLE001 — a bug, too, ends with three lines and a code
        from confsync.cli.ending import of_error

        return of_error(error, this)


def _told(this: Run, ending: "Ending") -> "Ending":
    from confsync.cli.telling import tell

    return tell(this, ending)
