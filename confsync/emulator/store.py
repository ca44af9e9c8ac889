"""The emulator's state in SQLite: in memory, or in a file that several processes may share."""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from msgspec import Struct

from confsync.emulator import statements
from confsync.errors import LocalFileError

SCHEMA_VERSION = 3
APPLICATION_ID = 0x636F6E66  # "conf"
LOCK_TIMEOUT_SECONDS = 10.0

Columns = Mapping[str, Any]

HAS_EXPIRED_TIMERS: Final = """
    SELECT EXISTS (SELECT 1 FROM conversation WHERE state <> 'closed' AND date_closed <= ?1)
        OR EXISTS (SELECT 1 FROM conversation WHERE state = 'active' AND date_inactive <= ?1)
"""
APPLY_EXPIRED_TIMERS: Final = (
    """UPDATE conversation SET state = 'closed', date_updated = date_closed, date_closed = NULL, date_inactive = NULL
       WHERE state <> 'closed' AND date_closed <= ?""",
    """UPDATE conversation SET state = 'inactive', date_updated = date_inactive, date_inactive = NULL
       WHERE state = 'active' AND date_inactive <= ?""",
)


class RowRange(Struct, frozen=True):
    """The rows of a list to fetch: at most `limit` above or below an id that meet the conditions.

    A condition maps a clause with one question mark to the value for it.
    """

    direction: Literal["up", "down"]
    mark: int
    limit: int
    conditions: Columns


class Column(Struct, frozen=True):
    """A column of a table. A row must give a value for one that is required."""

    name: str
    not_null: bool
    required: bool


def is_digest(column: str) -> bool:
    """Whether a column holds the digest of a secret."""
    return column.endswith("_digest")


class Transaction:
    """An atomic group of reads and writes."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, table: str, where: Columns) -> dict[str, Any] | None:
        """Fetch the one row with these columns."""
        row = self._connection.execute(statements.select_row(table, tuple(where)), tuple(where.values())).fetchone()
        return None if row is None else dict(row)

    def insert(self, table: str, row: Columns) -> None:
        """Insert a row. Columns that it leaves out take the schema's defaults."""
        self._connection.execute(statements.insert_row(table, tuple(row)), _sql_values(row))

    def update(self, table: str, where: Columns, row: Columns) -> None:
        """Set the columns of `row` in all rows that match."""
        if row:
            self._connection.execute(
                statements.update_rows(table, tuple(row), tuple(where)), (*_sql_values(row), *where.values())
            )

    def delete(self, table: str, where: Columns) -> None:
        """Delete all rows that match, and their children."""
        self._connection.execute(statements.delete_rows(table, tuple(where)), tuple(where.values()))

    def count(self, table: str, where: Columns) -> int:
        """Count the rows that match."""
        row = self._connection.execute(statements.count_rows(table, tuple(where)), tuple(where.values())).fetchone()
        return int(row[0])

    def page(self, table: str, where: Columns, rows: RowRange) -> list[dict[str, Any]]:
        """Fetch the rows next to an id, nearest first."""
        sql = statements.select_page(table, tuple(where), tuple(rows.conditions), rows.direction)
        values = (*where.values(), *_sql_values(rows.conditions), rows.mark, rows.limit)
        return [dict(row) for row in self._connection.execute(sql, values)]

    def columns(self, table: str) -> tuple[Column, ...]:
        """Describe the columns of a table."""
        described = self._connection.execute('SELECT name, "notnull", dflt_value FROM pragma_table_info(?)', (table,))
        return tuple(
            Column(name, bool(not_null), bool(not_null) and default is None) for name, not_null, default in described
        )

    def rows(self, table: str) -> Iterator[dict[str, Any]]:
        """Fetch every row."""
        return (dict(row) for row in self._connection.execute(statements.select_row(table, ())))

    def apply_expired_timers(self, now: str) -> None:
        """Change the state of each conversation whose timer has expired."""
        for statement in APPLY_EXPIRED_TIMERS:
            self._connection.execute(statement, (now,))


class Store:
    """One database. A lock serialises threads; SQLite's own lock serialises processes."""

    def __init__(self, path: Path | None) -> None:
        """Open or create the database; raise LocalFileError if the file is unusable or belongs to another program."""
        self._lock = threading.Lock()
        self._connection = _open(path)

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._connection.close()

    def dump(self) -> bytes:
        """Return the whole database."""
        with self._lock:
            return self._connection.serialize()

    def load(self, content: bytes) -> None:
        """Replace the whole database, which must be in memory, by one that was dumped."""
        with self._lock:
            self._connection.deserialize(content)

    def has_expired_timers(self, now: str) -> bool:
        """Return whether a timer has expired whose effect is still to be applied."""
        with self._lock:
            return bool(self._connection.execute(HAS_EXPIRED_TIMERS, (now,)).fetchone()[0])

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Read from one consistent snapshot."""
        with self._lock, _transaction(self._connection, "BEGIN") as transaction:
            yield transaction

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Write exclusively. Once the block ends, the writes survive the death of this process."""
        with self._lock, _transaction(self._connection, "BEGIN IMMEDIATE") as transaction:
            yield transaction

    @contextmanager
    def copying(self) -> Iterator[Transaction]:
        """Write rows that were read elsewhere, which may refer to others that were not read."""
        with self._lock:
            self._connection.execute("PRAGMA foreign_keys = OFF")
            self._connection.execute("PRAGMA ignore_check_constraints = ON")
            try:
                with _transaction(self._connection, "BEGIN IMMEDIATE") as transaction:
                    yield transaction
            finally:
                self._connection.execute("PRAGMA ignore_check_constraints = OFF")
                self._connection.execute("PRAGMA foreign_keys = ON")


@contextmanager
def _transaction(connection: sqlite3.Connection, begin: str) -> Iterator[Transaction]:
    connection.execute(begin)
    try:
        yield Transaction(connection)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _sql_values(row: Columns) -> tuple[Any, ...]:
    return tuple(json.dumps(value) if isinstance(value, tuple) else value for value in row.values())


def _open(path: Path | None) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(
            path or ":memory:", timeout=LOCK_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise unusable_database(path, str(error)) from error
    try:
        _prepare(connection, path)
    except sqlite3.Error as error:
        connection.close()
        raise unusable_database(path, str(error)) from error
    except BaseException:
        connection.close()
        raise
    return connection


@cache
def _empty_database() -> bytes:
    """Return an empty database as bytes. Copying them takes a fifth of the time of creating the schema."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        with _transaction(connection, "BEGIN"):
            _create_schema(connection)
        return connection.serialize()
    finally:
        connection.close()


def _prepare(connection: sqlite3.Connection, path: Path | None) -> None:
    connection.row_factory = sqlite3.Row
    if path is None:
        connection.deserialize(_empty_database())
    connection.execute("PRAGMA foreign_keys = ON")
    with _transaction(connection, "BEGIN IMMEDIATE"):
        _check_or_create_schema(connection, path)
    if path is not None:
        _write_ahead(connection)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to a write-ahead log, which survives a killed process without a sync for each write."""
    connection.execute("PRAGMA synchronous = NORMAL")
    deadline = time.monotonic() + LOCK_TIMEOUT_SECONDS
    while True:  # SQLite's own timeout does not cover this statement
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
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
        raise unusable_database(
            path, f"it has schema version {version}, and this confsync supports version {SCHEMA_VERSION}"
        )
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise unusable_database(path, "it is another program's database")
    _create_schema(connection)


def _create_schema(connection: sqlite3.Connection) -> None:
    for statement in Path(__file__).with_name("schema.sql").read_text(encoding="utf-8").split(";"):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def unusable_database(path: Path | None, why: str) -> LocalFileError:
    """Create the error for a file that cannot hold the state of an emulator."""
    return LocalFileError(
        f"The emulator's database {path or 'in memory'} cannot be used: {why}.",
        hint="Free disk space, name another file with --db, or move this one to start with an empty account.",
    )
