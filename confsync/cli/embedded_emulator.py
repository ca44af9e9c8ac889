"""The emulator that `--emulator` runs in this process, with its state and its ledger."""

from contextlib import contextmanager
from typing import TYPE_CHECKING

from confsync.cli.invocation import Invocation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from confsync.account.connection import Connection
    from confsync.config.config import Config


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
