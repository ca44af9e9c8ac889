"""`confsync emulator`."""

import click

from confsync.cli.command import Command
from confsync.cli.invocation import Invocation
from confsync.cli.options import variable_of
from confsync.cli.paths import InputPath, OutputPath


@click.command("emulator", cls=Command, formats=(), selected_by=())
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    envvar=variable_of("--port"),
    show_envvar=True,
    help="Listen on this port of 127.0.0.1. 0 selects any free port.  [default: 0]",
)
@click.option(
    "--db",
    type=OutputPath(dir_okay=False),
    envvar=variable_of("--db"),
    show_envvar=True,
    help="Keep the state in this file instead of in memory.",
)
@click.option(
    "--account-sid",
    envvar=variable_of("--account-sid"),
    show_envvar=True,
    help="Use this account SID instead of the built-in one.",
)
@click.option(
    "--auth-token",
    envvar=variable_of("--auth-token"),
    show_envvar=True,
    help="Accept this auth token. It does not need to be secret.  [default: emulatortoken]",
)
@click.option(
    "--faults",
    type=InputPath(dir_okay=False),
    envvar=variable_of("--faults"),
    show_envvar=True,
    help="Inject the faults listed in this JSON file, as described in docs/emulator-faults.md.",
)
@click.option(
    "--control",
    is_flag=True,
    envvar=variable_of("--control"),
    show_envvar=True,
    help="Allow clients to change the faults by sending requests to /_faults.",
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

    The emulator prints its URL, account SID and auth token, and then runs until you stop it.
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
