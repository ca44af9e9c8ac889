"""The emulator's memory: a SQLite database, in memory or in a file that several processes may share."""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal

from confsync.emulator import statements
from confsync.errors import LocalFileTrouble

SCHEMA_VERSION = 2
APPLICATION_ID = 0x636F6E66  # "conf"
PATIENCE_SECONDS = 10.0

Columns = Mapping[str, Any]

DUE: Final = (
    "SELECT 1 FROM conversation WHERE date_closed <= ? LIMIT 1",
    "SELECT 1 FROM conversation WHERE date_inactive <= ? LIMIT 1",
)
SETTLE: Final = (
    """UPDATE conversation SET state = 'closed', date_updated = date_closed, date_closed = NULL, date_inactive = NULL
       WHERE date_closed <= ?""",
    """UPDATE conversation SET state = 'inactive', date_updated = date_inactive, date_inactive = NULL
       WHERE date_inactive <= ?""",
)


@dataclass(frozen=True, slots=True)
class Slice:
    """Which rows of a list: at most `limit` above or below an id, that meet the conditions.

    A condition is a clause with one question mark, and the value to put there.
    """

    direction: Literal["up", "down"]
    mark: int
    limit: int
    conditions: Columns


class Transaction:
    """Reads and writes that happen together or not at all."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, table: str, where: Columns) -> dict[str, Any] | None:
        """Fetch the one row with these columns."""
        row = self._connection.execute(statements.find(table, tuple(where)), tuple(where.values())).fetchone()
        return None if row is None else dict(row)

    def insert(self, table: str, row: Columns) -> None:
        """Add a row; a column that is not named takes the schema's default."""
        self._connection.execute(statements.insert(table, tuple(row)), _stored(row))

    def change(self, table: str, where: Columns, row: Columns) -> None:
        """Give the columns of `row` to whatever `where` describes."""
        if row:
            self._connection.execute(
                statements.change(table, tuple(row), tuple(where)), (*_stored(row), *where.values())
            )

    def delete(self, table: str, where: Columns) -> None:
        """Remove what `where` describes, and all that lives under it."""
        self._connection.execute(statements.delete(table, tuple(where)), tuple(where.values()))

    def count(self, table: str, where: Columns) -> int:
        """Count what `where` describes."""
        row = self._connection.execute(statements.count(table, tuple(where)), tuple(where.values())).fetchone()
        return int(row[0])

    def page(self, table: str, where: Columns, slice_: Slice) -> list[dict[str, Any]]:
        """Fetch the rows next to an id, nearest first."""
        sql = statements.page(table, tuple(where), tuple(slice_.conditions), slice_.direction)
        values = (*where.values(), *_stored(slice_.conditions), slice_.mark, slice_.limit)
        return [dict(row) for row in self._connection.execute(sql, values)]

    def settle(self, now: str) -> None:
        """Let the timers that have run out by now change the state of their conversations."""
        for statement in SETTLE:
            self._connection.execute(statement, (now,))

    def is_due(self, now: str) -> bool:
        """Tell whether a timer has run out that nobody acted upon."""
        return any(self._connection.execute(statement, (now,)).fetchone() for statement in DUE)


class Store:
    """One database. Threads take turns; other processes are waited for."""

    def __init__(self, path: Path | None) -> None:
        """Open or make it; raise LocalFileTrouble where the file cannot be used or is not ours."""
        self._turn = threading.Lock()
        self._connection = _open(path)

    def close(self) -> None:
        """Let go of the file."""
        with self._turn:
            self._connection.close()

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """See one state of everything, however many rows are read."""
        with self._turn, _transaction(self._connection, "BEGIN") as transaction:
            yield transaction

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Change things, alone. What is written is safe from the death of this process once the block has ended."""
        with self._turn, _transaction(self._connection, "BEGIN IMMEDIATE") as transaction:
            yield transaction


@contextmanager
def _transaction(connection: sqlite3.Connection, begin: str) -> Iterator[Transaction]:
    connection.execute(begin)
    try:
        yield Transaction(connection)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _stored(row: Columns) -> tuple[Any, ...]:
    return tuple(json.dumps(value) if isinstance(value, tuple) else value for value in row.values())


def _open(path: Path | None) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(
            path or ":memory:", timeout=PATIENCE_SECONDS, isolation_level=None, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise _unusable(path, str(error)) from error
    try:
        _prepare(connection, path)
    except sqlite3.Error as error:
        connection.close()
        raise _unusable(path, str(error)) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path | None) -> None:
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys = ON")
    with _transaction(connection, "BEGIN IMMEDIATE"):
        _check_or_create_schema(connection, path)
    _write_ahead(connection)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to a write-ahead log, which outlives a killed process without a sync for each write.

    SQLite does not wait for other processes here, so this does.
    """
    connection.execute("PRAGMA synchronous = NORMAL")
    give_up = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.01)
        else:
            return


def _check_or_create_schema(connection: sqlite3.Connection, path: Path | None) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    if (version, owner) == (SCHEMA_VERSION, APPLICATION_ID):
        return
    if owner == APPLICATION_ID:
        raise _unusable(path, f"it has schema version {version}, and this confsync knows version {SCHEMA_VERSION}")
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise _unusable(path, "it is another program's database")
    _create_schema(connection)


def _create_schema(connection: sqlite3.Connection) -> None:
    for statement in files("confsync.emulator").joinpath("schema.sql").read_text(encoding="utf-8").split(";"):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _unusable(path: Path | None, why: str) -> LocalFileTrouble:
    return LocalFileTrouble(
        f"The emulator's database {path or 'in memory'} cannot be used: {why}.",
        next_step="Name another file with --db, or move this one away to start afresh.",
    )
