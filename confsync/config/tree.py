"""The parsed YAML, as one tree in which every value knows its file, line and column."""

from functools import cached_property
from pathlib import Path
from typing import Literal, TypeAlias

from msgspec import Struct

from confsync.config.codes import Code
from confsync.diagnostics import Diagnostic, Position, Range
from confsync.secret import Secret

Plain: TypeAlias = str | int | float | bool | None

WIDEST_SNIPPET = 1_000
"""A line with more characters is never quoted: no screen could show it."""


class File(Struct, frozen=True, eq=False, dict=True):
    """A file of the configuration: its displayed name, its bytes, and its location.

    It splits its lines once, when a diagnostic first quotes one. `used` is where a reference stands for what it has, if
    that is the value of a variable.
    """

    path: str
    raw: bytes
    location: Path = Path()
    used: Position | None = None

    def __repr__(self) -> str:
        return f"<file {self.path}>"

    @cached_property
    def lines(self) -> list[str]:
        """The text line by line, without line ends; bytes that are not UTF-8 are replaced."""
        text = self.raw.decode("utf-8-sig", errors="replace")
        return [line.removesuffix("\r") for line in text.split("\n")]

    def snippet(self, line: int) -> str | None:
        """The line of that number, counted from 1, as written; None where it is too long to show."""
        if not 0 < line <= len(self.lines):
            return None
        text = self.lines[line - 1]
        return text if len(text) <= WIDEST_SNIPPET else None


# The tree's classes are not frozen: making a frozen one takes three times as long, and a large configuration has
# 200,000 of them. Nobody changes one after it was made, so none is in a circle for the garbage collector to find.


class MissingSecret(Struct, frozen=True):
    """A sensitive value that is not available here. `name` is what its reference names, and `why` says why it is not.

    The diagnostic is the error of an apply that has to send it. Nothing here contains a value.
    """

    diagnostic: Diagnostic
    name: str = ""
    why: str = ""


class UnresolvedSecret(MissingSecret, frozen=True):
    """A sensitive value that was left as it is written: `reference` has its references to secrets, but no secret."""

    reference: str = ""


class Placed(Struct, eq=False, gc=False):
    """A part of a file, from (line, column), both counted from 1, up to but not including the end."""

    file: File
    line: int
    column: int
    end_line: int
    end_column: int

    @property
    def position(self) -> Position:
        """Its first position."""
        return Position(self.file.path, self.line, self.column)

    @property
    def range(self) -> Range:
        """Its range."""
        return Range(self.position, self.end_line, self.end_column)

    @property
    def empty(self) -> bool:
        """Whether there is no usable value, not even `null`; this error is already reported."""
        return False


class Scalar(Placed, eq=False, gc=False):
    """A single value, of the type that YAML gives it; or of a sensitive variable, which may have no value here."""

    value: Plain | Secret | MissingSecret

    @property
    def empty(self) -> bool:
        """Whether there is no value at all; then it takes no room in the file either."""
        return self.value is None and (self.line, self.column) == (self.end_line, self.end_column)

    def holding(self, value: Plain | Secret | MissingSecret) -> "Scalar":
        """Return the same range with another value."""
        return Scalar(self.file, self.line, self.column, self.end_line, self.end_column, value)

    def emptied(self) -> "Scalar":
        """Return an empty value in place of one that cannot be built, after its error is reported."""
        return Scalar(self.file, self.line, self.column, self.line, self.column, None)


class Sequence(Placed, eq=False, gc=False):
    """A list."""

    items: "list[Node]"

    def holding(self, items: "list[Node]") -> "Sequence":
        """Return the same range with other items."""
        return Sequence(self.file, self.line, self.column, self.end_line, self.end_column, items)


class Mapping(Placed, eq=False, gc=False):
    """Keys and their values, in the order in which they were written."""

    items: "dict[str, Pair]"

    def holding(self, items: "dict[str, Pair]") -> "Mapping":
        """Return the same range with other entries."""
        return Mapping(self.file, self.line, self.column, self.end_line, self.end_column, items)

    def get(self, name: str) -> "Node | None":
        """Return the value of a key, or None if the key is not written."""
        entry = self.items.get(name)
        return entry.node if entry else None


class Pair(Struct, eq=False, gc=False):
    """A key, with its own range, and its value."""

    key: Scalar
    node: "Node"

    @property
    def file(self) -> File:
        """The file of the key."""
        return self.key.file

    @property
    def position(self) -> Position:
        """The position of the key."""
        return self.key.position

    @property
    def range(self) -> Range:
        """The range of the key."""
        return self.key.range


Node: TypeAlias = Scalar | Sequence | Mapping


def entry_at(node: Node | None, *path: str) -> Pair | None:
    """Follow keys from a node, and return the entry of the last one, or None if a key is not written."""
    found: Pair | None = None
    for step in path:
        found = node.items.get(step) if isinstance(node, Mapping) else None
        node = found.node if found else None
    return found


def plain_value(node: Node) -> object:
    """Convert a node to an ordinary dict, list or value."""
    match node:
        case Mapping():
            return {name: plain_value(entry.node) for name, entry in node.items.items()}
        case Sequence():
            return [plain_value(item) for item in node.items]
        case Scalar():
            return node.value


def written_value(node: Node) -> object:
    """Convert a setting to an ordinary value, without the keys whose values are empty: those are already reported."""
    if not isinstance(node, Mapping):
        return plain_value(node)
    return {name: written_value(entry.node) for name, entry in node.items.items() if not entry.node.empty}


def error_at(place: Node | Pair, code: Code, summary: str, detail: str = "") -> Diagnostic:
    """Create an error at a value or a key."""
    return _diagnostic("error", place, code, summary, detail)


def warning_at(place: Node | Pair, code: Code, summary: str, detail: str = "") -> Diagnostic:
    """Create a warning at a value or a key."""
    return _diagnostic("warning", place, code, summary, detail)


def _diagnostic(
    severity: Literal["error", "warning"], place: Node | Pair, code: Code, summary: str, detail: str
) -> Diagnostic:
    span, used = place.range, place.file.used
    summary = f"{summary} (used in {used})" if used else summary
    return Diagnostic(severity, code, summary, detail, span, place.file.snippet(span.start.line))
