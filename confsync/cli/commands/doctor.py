"""`confsync doctor`."""

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import click

from confsync.cli.command import Command
from confsync.cli.invocation import Invocation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from confsync.account.connection import Connection
    from confsync.cli.results import Result
    from confsync.config.config import Config


@click.command("doctor", cls=Command)
@click.pass_obj
def doctor(invocation: Invocation) -> "Result":
    """Check that confsync has everything it needs to run.

    This command reports problems but does not fix them. It sends only GET requests and writes no files. If a check
    fails, confsync skips only the checks that depend on it. Below each check that does not pass, confsync prints a
    hint.

    The exit code is 0 if no check fails. Otherwise, it is the code of the most severe failure. From most to least
    severe, the codes are 9, 8, 11, 4 and 3.

    confsync cannot check write permissions without writing to Twilio. The output of the `permissions` check lists
    everything that was not checked.
    """
    from confsync.account.diagnosis import diagnose
    from confsync.cli.results import DoctorResult

    connect = partial(_connected, invocation)
    found = diagnose(invocation.load_options, connect, invocation.settings, invocation.stop.run)
    return DoctorResult(diagnosis=found)


@contextmanager
def _connected(invocation: Invocation, config: "Config | None") -> "Iterator[Connection | None]":
    """Connect to the account; without a configuration, nobody knows which emulator to use."""
    from confsync.account.connection import bare_connection
    from confsync.cli.account import open_connection

    if config:
        with open_connection(invocation, config) as connection:
            yield connection
    else:
        yield None if invocation.options.emulator else bare_connection(invocation.load_options)
