"""The SQLite file of a history: created, checked, opened, and its errors in words."""

import errno
import os
import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from msgspec import MsgspecError

from confsync.errors import LocalFileError, fix_for

SCHEMA_VERSION = 1
APPLICATION_ID = 0x63667331  # "cfs1", which tells our files from those of other programs
LOCK_TIMEOUT_SECONDS = 30.0

_UNREADABLE = (sqlite3.Error, MsgspecError, ValueError, TypeError, OverflowError)
"""What is raised for a file, or for a value in it that somebody else wrote."""

SCHEMA = """
CREATE TABLE target (
    id INTEGER PRIMARY KEY,
    account_sid TEXT NOT NULL,
    environment TEXT NOT NULL,  -- empty for none, because NULL is never equal to NULL
    region TEXT NOT NULL,
    host TEXT NOT NULL,
    UNIQUE (account_sid, environment, region, host)
);
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    target INTEGER NOT NULL REFERENCES target (id),
    at TEXT NOT NULL,
    seconds REAL NOT NULL,
    requests INTEGER NOT NULL,
    complete INTEGER NOT NULL,
    version TEXT NOT NULL,
    git_commit TEXT,
    managed INTEGER NOT NULL,
    live INTEGER NOT NULL,
    counts TEXT NOT NULL  -- JSON
);
CREATE INDEX run_of_target ON run (target, complete);
CREATE TABLE finding (  -- from the complete run that found it first to the one that no longer found it
    id INTEGER PRIMARY KEY,
    target INTEGER NOT NULL REFERENCES target (id),
    identity TEXT NOT NULL,  -- JSON
    sort TEXT NOT NULL,
    section TEXT NOT NULL,
    address TEXT NOT NULL,
    path TEXT,
    sid TEXT,
    digest TEXT NOT NULL,
    shown TEXT NOT NULL,  -- empty once it is repaired
    opened INTEGER NOT NULL REFERENCES run (id),
    edited INTEGER NOT NULL REFERENCES run (id),
    closed INTEGER REFERENCES run (id)
);
CREATE UNIQUE INDEX open_finding ON finding (target, identity) WHERE closed IS NULL;
"""


def create_history(path: Path, timeout: float = LOCK_TIMEOUT_SECONDS) -> None:
    """Create the file of a history, which only its owner can read, or check that an existing one can be written.

    Raises LocalFileError if it cannot be written, is locked for `timeout` seconds, is corrupt, belongs to another
    program, or is from a newer version of confsync.
    """
    _check_regular(path)
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise _unusable(path, error) from error
    with open_history(path, timeout) as connection:
        _write_something(connection)


@contextmanager
def open_history(path: Path, timeout: float = LOCK_TIMEOUT_SECONDS) -> Iterator[sqlite3.Connection]:
    """Open the file of a history in a transaction, which is rolled back on an error.

    Raises LocalFileError as `create_history` does, and if there is no file.
    """
    _check_regular(path)
    try:
        with closing(_connect(path, timeout)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            _check_schema(connection, path)
            yield connection
            connection.execute("COMMIT")
    except _UNREADABLE as error:
        raise _in_words(path, error) from error


@contextmanager
def read_history_file(path: Path, timeout: float = LOCK_TIMEOUT_SECONDS) -> Iterator[sqlite3.Connection]:
    """Open the file of a history to read one consistent state of it. Raises LocalFileError as `open_history` does."""
    _check_regular(path)
    if not path.exists():
        command = shlex.join(("confsync", "drift", "--history", str(path)))
        raise LocalFileError(f"There is no history {path}.", hint=f"Record a run first: `{command}`.")
    try:
        with closing(_connect(path, timeout)) as connection:
            connection.execute("BEGIN")
            if _is_new(connection):
                raise _other_file(path)
            _check_version(connection, path)
            yield connection
    except _UNREADABLE as error:
        raise _in_words(path, error) from error


def _connect(path: Path, timeout: float) -> sqlite3.Connection:
    # a file that is write-protected is opened all the same, and can be read
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=timeout, isolation_level=None)
    connection.row_factory = sqlite3.Row
    return connection


def _check_schema(connection: sqlite3.Connection, path: Path) -> None:
    if not _is_new(connection):
        _check_version(connection, path)
        return
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    for statement in SCHEMA.split(";\n"):
        connection.execute(statement)


def _is_new(connection: sqlite3.Connection) -> bool:
    return not _pragma(connection, "application_id") and not _pragma(connection, "schema_version")


def _check_version(connection: sqlite3.Connection, path: Path) -> None:
    if _pragma(connection, "application_id") != APPLICATION_ID:
        raise _other_file(path)
    if (version := _pragma(connection, "user_version")) > SCHEMA_VERSION:
        raise LocalFileError(
            f"The history {path} is from a newer version of confsync: its version is {version}, and this one reads "
            f"{SCHEMA_VERSION}.",
            hint="Upgrade confsync, or name another file with --history.",
        )
    if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise _corrupt(path, "its content is damaged")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _write_something(connection: sqlite3.Connection) -> None:
    """Fail now rather than after the run if the file or its folder is read-only, or the disk is full."""
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _check_regular(path: Path) -> None:
    if path.exists() and not path.is_file():
        raise _other_file(path)


def _in_words(path: Path, error: Exception) -> LocalFileError:
    primary = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if primary == sqlite3.SQLITE_NOTADB:
        return _other_file(path)
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return LocalFileError(
            f"The history {path} is locked by another process.", hint="Wait until it has finished, then run it again."
        )
    reasons = {
        sqlite3.SQLITE_READONLY: errno.EACCES,
        sqlite3.SQLITE_PERM: errno.EACCES,
        sqlite3.SQLITE_CANTOPEN: errno.EACCES if path.exists() else errno.ENOENT,
        sqlite3.SQLITE_FULL: errno.ENOSPC,
        sqlite3.SQLITE_IOERR: errno.EIO,
    }
    if primary in reasons:
        return _unusable(path, OSError(reasons[primary], os.strerror(reasons[primary])))
    return _corrupt(path, str(error))


def _unusable(path: Path, error: OSError) -> LocalFileError:
    return LocalFileError(
        f"The history {path} cannot be used: {error.strerror}.",
        hint=f"{fix_for(error, str(path))}, or name another file with --history, then run it again.",
    )


def _other_file(path: Path) -> LocalFileError:
    return LocalFileError(
        f"{path} is not a history of confsync.", hint="Name another file with --history, then run it again."
    )


def _corrupt(path: Path, reason: str) -> LocalFileError:
    return LocalFileError(
        f"The history {path} is corrupt: {reason}.", hint=f"Move {path} away: the next run starts a new history."
    )
