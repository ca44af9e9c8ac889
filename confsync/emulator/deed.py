"""One write on its way: where it happens, what was there before and what is sent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from confsync.emulator.settings import Settings
from confsync.emulator.store import Transaction
from confsync.emulator.world import World

Row = Mapping[str, Any]
Form = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Deed:
    """What the rules of a kind look at before a row is written.

    `scope` are the columns that say what the thing lives under, `before` is empty for something new, and `sent` are the
    columns to write, to which each rule adds.
    """

    at: Transaction
    world: World
    settings: Settings
    scope: Mapping[str, str]
    form: Form
    sent: Row
    before: Row

    @property
    def is_new(self) -> bool:
        """Whether something is made rather than changed."""
        return not self.before

    @property
    def row(self) -> Row:
        """The thing as it would be."""
        return {**self.before, **self.sent}

    def get(self, column: str) -> Any:  # noqa: ANN401 — whatever the column holds
        """Tell one column of the thing as it would be; None where nothing is known."""
        return self.sent[column] if column in self.sent else self.before.get(column)


Rule = Callable[[Deed], Row]
"""Looks at a deed and refuses it, or gives further columns to write. It may write elsewhere, too."""
