"""What the YAML files say, as one tree in which every value knows file, line and column."""

from functools import cached_property
from pathlib import Path
from typing import Literal, TypeAlias

from msgspec import Struct

from confsync.config.codes import Code
from confsync.diagnostics import Diagnostic, Position, Range
from confsync.secret import Secret

Plain: TypeAlias = str | int | float | bool | None

WIDEST_SNIPPET = 1_000
"""A line longer than this (characters) is never quoted: no screen could show it."""


class File(Struct, frozen=True, eq=False, dict=True):
    """A file of the configuration: the name that it is shown under, its bytes, and where it lies.

    It splits its lines once, and only when a diagnostic has to quote one.
    """

    path: str
    raw: bytes
    location: Path = Path()

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
# 200,000 of them. Nobody changes one after it was made.


class Placed(Struct, eq=False):
    """Something that a person wrote: from (line, column), both counted from 1, up to and without the end."""

    file: File
    line: int
    column: int
    end_line: int
    end_column: int

    @property
    def position(self) -> Position:
        """Where it begins."""
        return Position(self.file.path, self.line, self.column)

    @property
    def range(self) -> Range:
        """From where to where it stands."""
        return Range(self.position, self.end_line, self.end_column)

    @property
    def empty(self) -> bool:
        """Whether nothing usable is there, not even a written `null`; that is a mistake which was already told."""
        return False


class Scalar(Placed, eq=False):
    """A single value, in the type that YAML gives it, or a secret that was made from a sensitive variable."""

    value: Plain | Secret

    @property
    def empty(self) -> bool:
        """Whether there is no value at all; then it takes no room in the file either."""
        return self.value is None and (self.line, self.column) == (self.end_line, self.end_column)

    def holding(self, value: Plain | Secret) -> "Scalar":
        """Give the same place with another value."""
        return Scalar(self.file, self.line, self.column, self.end_line, self.end_column, value)

    def emptied(self) -> "Scalar":
        """Give what stands in for a value that cannot be made, once the mistake was told."""
        return Scalar(self.file, self.line, self.column, self.line, self.column, None)


class Sequence(Placed, eq=False):
    """A list."""

    items: "list[Node]"

    def holding(self, items: "list[Node]") -> "Sequence":
        """Give the same place with other items."""
        return Sequence(self.file, self.line, self.column, self.end_line, self.end_column, items)


class Mapping(Placed, eq=False):
    """Keys and their values, in the order in which they were written."""

    items: "dict[str, Pair]"

    def holding(self, items: "dict[str, Pair]") -> "Mapping":
        """Give the same place with other entries."""
        return Mapping(self.file, self.line, self.column, self.end_line, self.end_column, items)

    def get(self, name: str) -> "Node | None":
        """The value of that key, or None where the key is not written."""
        entry = self.items.get(name)
        return entry.node if entry else None


class Pair(Struct, eq=False):
    """A key, which has a place of its own, and its value."""

    key: Scalar
    node: "Node"

    @property
    def file(self) -> File:
        """The file in which the key stands."""
        return self.key.file

    @property
    def position(self) -> Position:
        """Where the key begins."""
        return self.key.position

    @property
    def range(self) -> Range:
        """From where to where the key stands."""
        return self.key.range


Node: TypeAlias = Scalar | Sequence | Mapping


def plain_value(node: Node) -> object:
    """Give the ordinary dict, list or value that a node stands for."""
    match node:
        case Mapping():
            return {name: plain_value(entry.node) for name, entry in node.items.items()}
        case Sequence():
            return [plain_value(item) for item in node.items]
        case Scalar():
            return node.value


def error_at(place: Node | Pair, code: Code, summary: str, detail: str = "") -> Diagnostic:
    """Tell of a mistake at a value, or at a key."""
    return _diagnostic("error", place, code, summary, detail)


def warning_at(place: Node | Pair, code: Code, summary: str, detail: str = "") -> Diagnostic:
    """Tell of something doubtful at a value, or at a key."""
    return _diagnostic("warning", place, code, summary, detail)


def _diagnostic(
    severity: Literal["error", "warning"], place: Node | Pair, code: Code, summary: str, detail: str
) -> Diagnostic:
    span = place.range
    return Diagnostic(severity, code, summary, detail, span, place.file.snippet(span.start.line))
