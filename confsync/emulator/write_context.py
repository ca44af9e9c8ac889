"""The context of one write: where it happens, which row exists and what the client sent."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from confsync.emulator.account import EmulatedAccount
from confsync.emulator.settings import EmulatorSettings
from confsync.emulator.store import Transaction

Row = Mapping[str, Any]
FormFields = Mapping[str, list[str]]


class WriteContext(Struct, frozen=True):
    """What the rules of a resource check before a row is written.

    `scope` holds the columns that identify the parents. `existing` is empty on create. `columns` are the columns to
    write, to which each rule adds.
    """

    tx: Transaction
    account: EmulatedAccount
    settings: EmulatorSettings
    scope: Mapping[str, str]
    form: FormFields
    columns: Row
    existing: Row

    @property
    def is_create(self) -> bool:
        """Whether the write creates a row rather than updating one."""
        return not self.existing

    @property
    def result(self) -> Row:
        """The row after the write."""
        return {**self.existing, **self.columns}

    def get(self, column: str) -> Any:  # noqa: ANN401 — whatever the column holds
        """Return a column's value after the write, or None if it has none."""
        return self.columns[column] if column in self.columns else self.existing.get(column)


WriteRule = Callable[[WriteContext], Row]
"""Checks a write and returns further columns to write. A rule may also write to other tables."""
