"""The terms that the tables are written in: what a resource of the API accepts, stores and returns."""

import json
import re
from collections.abc import Callable
from enum import Enum
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from confsync.emulator.api_error import MISSING_PARAMETER
from confsync.emulator.parameter_types import ParameterType
from confsync.emulator.write_context import Row, WriteContext, WriteRule

OperationName = Literal["list", "create", "fetch", "update", "delete"]
Presence = Literal["no", "optional", "required"]


class Omit(Enum):
    """Marks a property that a response leaves out."""

    OMIT = "omit"


OMIT: Final = Omit.OMIT


class Parameter(Struct, frozen=True):
    """A form parameter: Twilio's name for it, its type, and in which requests it is accepted or required."""

    name: str
    type: ParameterType
    create: Presence = "no"
    update: Presence = "no"
    missing: int = MISSING_PARAMETER
    stored_as: str = ""

    @property
    def column(self) -> str:
        """The column that holds it: its name in snake case, unless the table names another."""
        return self.stored_as or snake_case(self.name)

    def presence(self, operation: OperationName) -> Presence:
        """Return whether requests for an operation accept or require the parameter."""
        return self.create if operation == "create" else self.update if operation == "update" else "no"


class Filter(Struct, frozen=True):
    """A query parameter of a list: Twilio's name for it, its type, and SQL with a question mark for its value.

    A filter without a clause reverses the list if its value is `desc`.
    """

    name: str
    type: ParameterType
    clause: str = ""


class Property(Struct, frozen=True):
    """A property of a response, computed from the stored row. Each dot in the name opens a nested object.

    `null_in_lists` makes the property null in a list.
    """

    name: str
    value_of: Callable[[Row], object]
    service_path_only: bool = False
    null_in_lists: bool = False


class ReferencingColumn(Struct, frozen=True):
    """A column of another table that may refer to a resource and so prevent its deletion."""

    table: str
    column: str


class Unique(Struct, frozen=True):
    """Columns whose combination is unique, and the 409 error for a duplicate."""

    columns: tuple[str, ...]
    code: int
    message: str


def _create_nothing(_context: WriteContext) -> None:
    """Create nothing along with a new resource."""


class ResourceSpec(Struct, frozen=True):
    """One resource of the API.

    `paths` lead to the collection, or to the singleton. The path under `/Services` comes first, the shortened path for
    the account's default service second. A resource with children names the path variable that identifies it.

    A member is found by its `key`, or by the column `alternate_key`. Rows are read from `view` and written to `table`;
    both default to the resource's name. `rules` check every write. `on_create` creates what comes with a new resource.
    """

    name: str
    docs: str
    paths: tuple[str, ...]
    operations: tuple[OperationName, ...]
    properties: tuple[Property, ...]
    parameters: tuple[Parameter, ...] = ()
    sid_prefix: str = ""
    variable: str = ""
    member: str = "Sid"
    key: str = "sid"
    alternate_key: str = ""
    table: str = ""
    view: str = ""
    list_key: str = ""
    page_maximum: int = 100
    filters: tuple[Filter, ...] = ()
    needs_one_filter: bool = False
    url: str = "{home}/{key}"
    links: tuple[tuple[str, str], ...] = ()
    unique: tuple[Unique, ...] = ()
    referenced_by: tuple[ReferencingColumn, ...] = ()
    rules: tuple[WriteRule, ...] = ()
    on_create: Callable[[WriteContext], None] = _create_nothing

    @property
    def stored_in(self) -> str:
        """The table that its rows are written to."""
        return self.table or self.name

    @property
    def read_from(self) -> str:
        """The table or view that its rows are read from."""
        return self.view or self.stored_in

    @property
    def is_singleton(self) -> bool:
        """Whether each parent has exactly one, which cannot be deleted."""
        return not self.list_key and not self.sid_prefix

    @property
    def is_stored(self) -> bool:
        """Whether it has a table of its own, and is not a view of other resources."""
        return bool(self.sid_prefix or self.is_singleton) and not self.table

    @property
    def scope_column(self) -> str:
        """The column with which rows of child resources refer to it."""
        return snake_case(self.variable)


def snake_case(name: str) -> str:
    """Convert `NewMessage.WithMedia.Enabled` to `new_message_with_media_enabled`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.replace(".", "_")).lower()


def column(name: str) -> Property:
    """Return a column as it is stored."""
    stored = snake_case(name)
    return Property(name, lambda row: row[stored])


def columns(*names: str) -> tuple[Property, ...]:
    """Return several columns as they are stored."""
    return tuple(column(name) for name in names)


def boolean_column(name: str) -> Property:
    """Return a column as true, false or null."""
    stored = snake_case(name)
    return Property(name, lambda row: None if row[stored] is None else bool(row[stored]))


def list_column(name: str) -> Property:
    """Return a column as a list, or as null."""
    stored = snake_case(name)
    return Property(name, lambda row: None if row[stored] is None else json.loads(row[stored]))


def service_path_column(name: str) -> Property:
    """Return a column only if the path names the service."""
    return replace(column(name), service_path_only=True)


def always_null(name: str) -> Property:
    """Return null, whatever is stored."""
    return Property(name, lambda _row: None)


def omit_if_null(shown: Property) -> Property:
    """Leave a property out if it has no value."""

    def value_of(row: Row) -> object:
        value = shown.value_of(row)
        return OMIT if value is None else value

    return Property(shown.name, value_of)
