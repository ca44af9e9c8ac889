"""The state of an emulated account and of a ledger in a form in which two runs can be compared."""

# SIDs and dates differ from run to run. A row is therefore described by its other values, and a SID by the name of the
# row that it stands for. This reads the database of the emulator, so it depends on nothing in confsync that
# could be wrong in the same way.

import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from confsync.state.ledger import Entry, Ledger

SID = re.compile(r"^(?!AC|MG|FW)[A-Z]{2}[0-9a-f]{32}$")
NAMES = ("unique_name", "identity", "address", "messaging_binding_address", "configuration_url", "friendly_name")
VARIES = re.compile(r"^(id|sid|date_.*|next_number)$")

Row = Mapping[str, Any]
RowText = tuple[str, tuple[tuple[str, str], ...]]
"""The name of a row, and its columns without SIDs and dates."""


class AccountState:
    """Every row of an account, each described without SIDs and dates.

    `database` is the file of an emulator, or what `Emulator.dump` returned.
    """

    def __init__(self, database: Path | bytes) -> None:
        self._rows = [(table, row) for table, rows in _read(database).items() for row in rows]
        self._by_sid = {str(row["sid"]): (table, row) for table, row in self._rows if row.get("sid")}
        self.rows = Counter(self._describe(table, row) for table, row in self._rows)

    @property
    def sids(self) -> frozenset[str]:
        """The SIDs of everything in the account."""
        return frozenset(self._by_sid)

    def name_of(self, sid: str | None) -> str:
        """Describe a resource in a few words."""
        if sid is None:
            return "nothing"
        if sid not in self._by_sid:
            return "a resource that does not exist"
        table, row = self._by_sid[sid]
        return f"{table} {_name(row)}{self._parent(table, row)}"

    def duplicates(self) -> Iterator[tuple[str, ...]]:
        """Yield the SIDs of resources that have the same name in the same parent."""
        groups: dict[tuple[object, ...], list[str]] = {}
        for sid, (table, row) in self._by_sid.items():
            groups.setdefault((table, row.get("type"), _name(row), _parent_sid(table, row)), []).append(sid)
        yield from (tuple(each) for each in groups.values() if len(each) > 1)

    def _parent(self, table: str, row: Row) -> str:
        parent = _parent_sid(table, row)
        return f" of {self.name_of(parent)}" if parent in self._by_sid else ""

    def _describe(self, table: str, row: Row) -> RowText:
        name = f"{table} {_name(row)}{self._parent(table, row)}"
        values = ((column, value) for column, value in row.items() if not VARIES.match(column))
        return name, tuple((column, self._value(value)) for column, value in values)

    def _value(self, value: object) -> str:
        return self.name_of(value) if isinstance(value, str) and SID.match(value) else str(value)


def differences(expected: AccountState, found: AccountState) -> Iterator[str]:
    """Yield a sentence for each row that one account has and the other has not, or has with other values."""
    missing, extra = expected.rows - found.rows, found.rows - expected.rows
    values = {name: dict(columns) for name, columns in missing}
    for name, columns in extra.elements():
        other = values.pop(name, None)
        if other is None:
            yield f"too many: {name}"
        else:
            changed = [(column, value) for column, value in columns if other[column] != value]
            yield f"{name}: {', '.join(f'{column} is {value} and not {other[column]}' for column, value in changed)}"
    yield from (f"lost: {name}" for name in values)


def entries_of(ledger: Ledger, account: AccountState, *, with_origin: bool = True) -> Counter[str]:
    """Describe each entry of a ledger without SIDs, ids and dates."""
    return Counter(_describe_entry(each, account, with_origin=with_origin) for each in ledger.entries)


def ledger_differences(expected: Counter[str], found: Counter[str]) -> Iterator[str]:
    """Yield a sentence for each entry that one ledger has and the other has not."""
    yield from (f"the ledger lacks {each}" for each in (expected - found).elements())
    yield from (f"the ledger has {each}" for each in (found - expected).elements())


def _describe_entry(entry: Entry, account: AccountState, *, with_origin: bool) -> str:
    parts = [
        str(entry.address),
        account.name_of(entry.sid),
        "current" if entry.current else "superseded",
        entry.origin if with_origin else "",
        "protected" if entry.protect else "",
        ",".join(f"{name}={digest[:8]}" for name, digest in sorted(entry.applied.items())),
        ",".join(sorted(entry.fingerprints)),
        " in ".join(account.name_of(each) for each in entry.inside),
    ]
    return "; ".join(each for each in parts if each)


def _read(database: Path | bytes) -> dict[str, list[Row]]:
    connection = sqlite3.connect(":memory:" if isinstance(database, bytes) else database)
    if isinstance(database, bytes):
        connection.deserialize(database)
    connection.row_factory = sqlite3.Row
    try:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        return {name: _rows(connection, name) for (name,) in tables.fetchall()}
    finally:
        connection.close()


def _rows(connection: sqlite3.Connection, table: str) -> list[Row]:
    return [dict(row) for row in connection.execute(f'SELECT * FROM "{table}"')]  # noqa: S608 — its own tables


def _name(row: Row) -> str:
    return next((str(row[name]) for name in NAMES if row.get(name)), str(row.get("configuration_flow_sid")))


def _parent_sid(table: str, row: Row) -> str:
    parents = ("conversation_sid", "chat_service_sid") if table != "conversation" else ("chat_service_sid",)
    return next((str(row[name]) for name in parents if row.get(name)), str(row.get("account_sid")))


def sorted_names(account: AccountState, sids: Iterable[str]) -> list[str]:
    """Describe several resources in a few words each."""
    return sorted(account.name_of(each) for each in sids)
