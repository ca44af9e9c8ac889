"""`confsync emulator`, and the embedded emulator of `--emulator`."""

from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from confsync.cli.command import Command
from confsync.cli.invocation import Invocation
from confsync.cli.options import variable_of
from confsync.cli.paths import InputPath, OutputPath

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from confsync.account.connection import Connection
    from confsync.config.config import Config


@click.command("emulator", cls=Command, formats=())
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    envvar=variable_of("--port"),
    show_envvar=True,
    help="Listen on this port of 127.0.0.1; 0 takes any free port.  [default: 0]",
)
@click.option(
    "--db",
    type=OutputPath(dir_okay=False),
    envvar=variable_of("--db"),
    show_envvar=True,
    help="Keep the state in this file instead of in memory.",
)
@click.option("--account-sid", envvar=variable_of("--account-sid"), show_envvar=True, help="Serve this account.")
@click.option(
    "--auth-token",
    envvar=variable_of("--auth-token"),
    show_envvar=True,
    help="Accept this token, which is not a secret.  [default: emulatortoken]",
)
@click.option(
    "--faults",
    type=InputPath(dir_okay=False),
    envvar=variable_of("--faults"),
    show_envvar=True,
    help="Inject the faults that this JSON file lists (docs/emulator.md).",
)
@click.option(
    "--control",
    is_flag=True,
    envvar=variable_of("--control"),
    show_envvar=True,
    help="Let clients change the faults through /_faults.",
)
@click.pass_obj
def emulator(
    invocation: Invocation,
    *,
    port: int,
    db: str | None,
    account_sid: str | None,
    auth_token: str | None,
    faults: str | None,
    control: bool,
) -> None:
    """Run the Twilio emulator on 127.0.0.1.

    The emulator prints its URL, its account SID and its token, and then runs until you stop it.
    """
    from pathlib import Path

    from confsync.cli.rendering import show_result
    from confsync.cli.results import TextResult
    from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
    from confsync.emulator.faults.fault import read_faults
    from confsync.emulator.faults.layer import FaultLayer
    from confsync.emulator.server import serve

    sid, token = account_sid or ACCOUNT_SID, auth_token or AUTH_TOKEN

    def announce(url: str) -> None:
        show_result(invocation, TextResult(text=f"{url}\naccount SID: {sid}\nauth token: {token}\n"))
        invocation.console.close()  # the program that waits for the URL reads it while the emulator runs

    file = Path(db) if db else None
    injected = read_faults(Path(faults)) if faults else ()
    with Emulator(account_sid=sid, auth_token=token, db=file) as served:
        handler = FaultLayer(served, injected, control=control) if faults or control else served
        serve(handler, port, announce)


@contextmanager
def embedded_connection(invocation: Invocation, config: "Config") -> "Iterator[Connection]":
    """Run the emulator in this process, with its state and its ledger in files of their own."""
    from confsync.account.connection import emulator_connection
    from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
    from confsync.emulator.transport import EmulatorTransport

    account_sid = config.environment.account_sid or ACCOUNT_SID
    with Emulator(account_sid=account_sid, db=_state_file(invocation, config)) as emulator:
        ledger, transport = emulator_ledger(invocation, config), EmulatorTransport(emulator)
        yield emulator_connection(account_sid, AUTH_TOKEN, ledger, transport)


def emulator_ledger(invocation: Invocation, config: "Config") -> "Path":
    """Return the path of the emulator's ledger. Next to a file that a person chose, it is never the real one."""
    from pathlib import Path

    from confsync.account.configuration import emulator_ledger_in

    if invocation.options.emulator_db is not None:
        db = Path(invocation.options.emulator_db)
        return db.parent / f"{db.name}.ledger.json"
    return emulator_ledger_in(config.folder, config.environment.name)


def _state_file(invocation: Invocation, config: "Config") -> "Path":
    """Return the file with the emulator's state; create its folder. Raises LocalFileError."""
    from pathlib import Path

    from confsync.errors import LocalFileError, fix_for

    if invocation.options.emulator_db is not None:
        return Path(invocation.options.emulator_db)
    folder = config.folder / ".confsync" / "emulator"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LocalFileError(
            f"The folder {folder} cannot be created: {error.strerror}.",
            hint=f"{fix_for(error, str(folder))}, or name a file with --emulator-db, then run it again.",
        ) from error
    name = config.environment.name
    return folder / (f"state.{name}.db" if name else "state.db")
