"""The words that the tables are written in: what a kind of thing is, takes and shows."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal

from confsync.emulator.refusal import MISSING_PARAMETER
from confsync.emulator.shapes import Shape
from confsync.emulator.store import Transaction
from confsync.emulator.world import World

Row = Mapping[str, Any]
Verb = Literal["list", "create", "fetch", "update", "delete"]
Presence = Literal["no", "optional", "required"]


class Absent(Enum):
    """Says that a key is left out of a body."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Parameter:
    """One form parameter: its name at Twilio, its shape, and in which requests it may or must stand."""

    name: str
    shape: Shape
    create: Presence = "no"
    update: Presence = "no"
    missing: int = MISSING_PARAMETER
    kept_in: str = ""

    @property
    def column(self) -> str:
        """The column that holds it: its name in snake case, unless the table says another."""
        return self.kept_in or snake(self.name)

    def presence(self, verb: Verb) -> Presence:
        """Whether it belongs to requests of this verb."""
        return self.create if verb == "create" else self.update if verb == "update" else "no"


@dataclass(frozen=True, slots=True)
class Property:
    """One value of a response, told from the stored row. A dot in the name goes one object deeper."""

    name: str
    say: Callable[[Row], object]


@dataclass(frozen=True, slots=True)
class Holder:
    """A column elsewhere that may point at a thing and so keep it from being deleted."""

    table: str
    column: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of thing that the API offers.

    `paths` lead to the collection, or to the one thing where `sid` is empty; the form under `/Services` comes first,
    the one for the account's default service second. A kind that others live under says by which path `variable`
    they name it. `check` sees a row as it would be and may refuse it; `furnish` adds what comes with a new one.
    """

    name: str
    docs: str
    paths: tuple[str, ...]
    verbs: tuple[Verb, ...]
    properties: tuple[Property, ...]
    parameters: tuple[Parameter, ...] = ()
    sid: str = ""
    variable: str = ""
    list_key: str = ""
    page_maximum: int = 100
    links: tuple[tuple[str, str], ...] = ()
    held_by: tuple[Holder, ...] = ()
    check: Callable[[Row], None] = lambda _row: None
    furnish: Callable[[Transaction, World, str], None] = lambda _at, _world, _sid: None

    @property
    def is_single(self) -> bool:
        """Whether there is exactly one under its parent, always there and never deleted."""
        return not self.sid

    @property
    def scope_column(self) -> str:
        """How rows of kinds below this one point at it."""
        return snake(self.variable)


def snake(name: str) -> str:
    """Turn `NewMessage.WithMedia.Enabled` into `new_message_with_media_enabled`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.replace(".", "_")).lower()


def text(name: str) -> Property:
    """Show a column as it is."""
    column = snake(name)
    return Property(name, lambda row: row[column])


def texts(*names: str) -> tuple[Property, ...]:
    """Show several columns as they are."""
    return tuple(text(name) for name in names)


def flag(name: str) -> Property:
    """Show a column as true, false or null."""
    column = snake(name)
    return Property(name, lambda row: None if row[column] is None else bool(row[column]))


def names(name: str) -> Property:
    """Show a column as a list, or as null."""
    column = snake(name)
    return Property(name, lambda row: None if row[column] is None else json.loads(row[column]))


def null(name: str) -> Property:
    """Show null, whatever is known."""
    return Property(name, lambda _row: None)


def unless_null(shown: Property) -> Property:
    """Show a property only where it has a value."""

    def say(row: Row) -> object:
        value = shown.say(row)
        return ABSENT if value is None else value

    return Property(shown.name, say)
