"""`confsync emulator`."""

import click

from confsync.cli.options import variable_of
from confsync.cli.run import Run
from confsync.cli.verb import Verb


@click.command("emulator", cls=Verb)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    envvar=variable_of("--port"),
    show_envvar=True,
    help="Listen here on 127.0.0.1; 0 takes any free port.  [default: 0]",
)
@click.option(
    "--db",
    type=click.Path(dir_okay=False),
    envvar=variable_of("--db"),
    show_envvar=True,
    help="Keep the state in this file, rather than in memory.",
)
@click.option(
    "--account-sid", envvar=variable_of("--account-sid"), show_envvar=True, help="The one account that it knows."
)
@click.option(
    "--auth-token", envvar=variable_of("--auth-token"), show_envvar=True, help="The token that opens it; no secret."
)
@click.pass_obj
def emulator(run: Run, *, port: int, db: str | None, account_sid: str | None, auth_token: str | None) -> None:
    """Serve the stand-in for Twilio on 127.0.0.1, until it is stopped."""
    from pathlib import Path

    from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
    from confsync.emulator.server import serve

    def announce(url: str) -> None:
        run.answered = True
        run.console.result(f"{url}\n")

    file = Path(db) if db else None
    with Emulator(account_sid=account_sid or ACCOUNT_SID, auth_token=auth_token or AUTH_TOKEN, db=file) as stand_in:
        serve(stand_in, port, announce)
