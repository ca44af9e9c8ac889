"""Which account a verb reaches: Twilio's, or that of the embedded emulator."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from confsync.account import connection as connections
from confsync.account.connection import Connection
from confsync.cli.run import Run
from confsync.config.config import Config
from confsync.errors import LocalFileError
from confsync.secret import Secret


@contextmanager
def reached(run: Run, config: Config) -> Iterator[Connection]:
    """Connect to the account that is meant. Raises what `twilio_connection` raises, and LocalFileError."""
    if not run.options.emulator:
        yield connections.twilio_connection(config, run.environ)
        return
    with _embedded(config, Path(db) if (db := run.options.emulator_db) else None) as connection:
        yield connection


def ledger_of(run: Run, config: Config) -> Path:
    """Say where the ledger of the account that is meant lies, without reaching it. Raises UsageError, Refused."""
    if run.options.emulator:
        return _emulated_ledger(config, Path(db) if (db := run.options.emulator_db) else None)
    return connections.local_ledger(config, run.environ)


@contextmanager
def _embedded(config: Config, db: Path | None) -> Iterator[Connection]:
    """Run the emulator in process, with its state and its ledger in files of their own."""
    from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
    from confsync.emulator.transport import EmulatorTransport
    from confsync.twilio.credentials import Credentials
    from confsync.twilio.origin import Origin

    state, ledger = _files(config, db)
    account_sid = config.environment.account_sid or ACCOUNT_SID
    with Emulator(account_sid=account_sid, db=state) as emulator:
        yield Connection(
            origin=Origin("http://127.0.0.1"),
            credentials=Credentials(account_sid, account_sid, Secret(AUTH_TOKEN)),
            ledger=ledger,
            transport=EmulatorTransport(emulator),
            emulator=True,
        )


def _files(config: Config, db: Path | None) -> tuple[Path, Path]:
    """Name the emulator's state and its ledger. Raises LocalFileError."""
    if db is not None:
        return db, _emulated_ledger(config, db)
    folder = config.folder / ".confsync" / "emulator"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as trouble:
        raise LocalFileError(
            f"The folder {folder} cannot be made: {trouble.strerror}.",
            hint="Mend its permissions, or name a file with --emulator-db.",
        ) from trouble
    name = config.environment.name
    return folder / (f"state.{name}.db" if name else "state.db"), _emulated_ledger(config, db)


def _emulated_ledger(config: Config, db: Path | None) -> Path:
    """Name the emulator's ledger. Beside a file that a person chose, it is never the real one."""
    if db is not None:
        return db.parent / f"{db.name}.ledger.json"
    return config.folder / ".confsync" / "emulator" / connections.ledger_name(config.environment.name)
