"""Limits what `defaults` and `for_each` may make of a configuration: a small file could stand for a very large one."""

from msgspec import Struct

from confsync.config.codes import Code
from confsync.config.sources.files import MOST_BYTES_TOGETHER
from confsync.config.tree import Mapping, Node, Sequence, error_at
from confsync.diagnostics import Diagnostic

MAX_VALUES = 500_000
"""How many values `defaults` and `for_each` may add in all."""


def count_values(node: Node) -> int:
    """Count the values that a value consists of, itself included."""
    match node:
        case Mapping():
            return 1 + sum(count_values(each.node) for each in node.items.values())
        case Sequence():
            return 1 + sum(map(count_values, node.items))
    return 1


class ExpansionTooLargeError(Exception):
    """A limit was exceeded, so nothing more is expanded."""

    def __init__(self, reason: Diagnostic) -> None:
        super().__init__(reason.summary)
        self.reason = reason


class Budget(Struct):
    """What is left of the limits."""

    values: int = MAX_VALUES
    characters: int = MOST_BYTES_TOGETHER

    def spend(self, size: int, place: Node) -> None:
        """Count values that are about to be added. Raises ExpansionTooLargeError."""
        self.values -= size
        if self.values < 0:
            raise _too_large(place, f"`defaults` and `for_each` add more than {MAX_VALUES:,} values")

    def write(self, length: int, place: Node) -> None:
        """Count the characters of a text that is about to be added."""
        self.characters -= length
        if self.characters < 0:
            summary = f"`for_each` adds texts of more than {MOST_BYTES_TOGETHER // 1024**2} MiB"
            raise _too_large(place, summary)


def _too_large(place: Node, summary: str) -> ExpansionTooLargeError:
    return ExpansionTooLargeError(error_at(place, Code.TOO_MUCH_EXPANDED, summary, "use fewer items or resources"))
