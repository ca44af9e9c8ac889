"""The words that the tables are written in: what a kind of thing is, takes and shows."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, Literal

from confsync.emulator.deed import Deed, Row, Rule
from confsync.emulator.refusal import MISSING_PARAMETER
from confsync.emulator.shapes import Shape

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
class Filter:
    """One parameter that narrows a list: its name at Twilio, its shape, and SQL with a question mark for its value.

    One without a clause turns the order of the list, where its value is `desc`.
    """

    name: str
    shape: Shape
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Property:
    """One value of a response, told from the stored row. A dot in the name goes one object deeper.

    One that is told `only_alone` is null in a list.
    """

    name: str
    say: Callable[[Row], object]
    only_under_services: bool = False
    only_alone: bool = False


@dataclass(frozen=True, slots=True)
class Holder:
    """A column elsewhere that may point at a thing and so keep it from being deleted."""

    table: str
    column: str


@dataclass(frozen=True, slots=True)
class Unique:
    """Columns that no two things may have alike, and what Twilio says (409) to the second."""

    columns: tuple[str, ...]
    code: int
    message: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of thing that the API offers.

    `paths` lead to the collection, or to the one thing where `sid` is empty; the form under `/Services` comes first,
    the one for the account's default service second. A kind that others live under says by which path `variable`
    they name it.

    A member is found by its `key`, or else by what stands in the column `also_by`. Rows are read from `view` and
    written to `table`; both have the kind's name where nothing else is said. `rules` look at every write, and `furnish`
    adds what comes with a new thing.
    """

    name: str
    docs: str
    paths: tuple[str, ...]
    verbs: tuple[Verb, ...]
    properties: tuple[Property, ...]
    parameters: tuple[Parameter, ...] = ()
    sid: str = ""
    variable: str = ""
    member: str = "Sid"
    key: str = "sid"
    also_by: str = ""
    table: str = ""
    view: str = ""
    list_key: str = ""
    page_maximum: int = 100
    filters: tuple[Filter, ...] = ()
    needs_one_filter: bool = False
    url: str = "{home}/{key}"
    links: tuple[tuple[str, str], ...] = ()
    unique: tuple[Unique, ...] = ()
    held_by: tuple[Holder, ...] = ()
    rules: tuple[Rule, ...] = ()
    furnish: Callable[[Deed], None] = lambda _deed: None

    @property
    def kept_in(self) -> str:
        """The table that its rows are written to."""
        return self.table or self.name

    @property
    def read_from(self) -> str:
        """The table or view that its rows are read from."""
        return self.view or self.kept_in

    @property
    def is_single(self) -> bool:
        """Whether there is exactly one under its parent, always there and never deleted."""
        return not self.list_key and not self.sid

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


def under_services(name: str) -> Property:
    """Show a column only where the path leads through a service."""
    return replace(text(name), only_under_services=True)


def null(name: str) -> Property:
    """Show null, whatever is known."""
    return Property(name, lambda _row: None)


def unless_null(shown: Property) -> Property:
    """Show a property only where it has a value."""

    def say(row: Row) -> object:
        value = shown.say(row)
        return ABSENT if value is None else value

    return Property(shown.name, say)
