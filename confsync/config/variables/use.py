"""Puts the value of a list or a mapping variable where it is used, so that errors in it name both places."""

from msgspec import Struct
from msgspec.structs import replace

from confsync.config.tree import File, Mapping, Node, Pair, Scalar, Sequence
from confsync.diagnostics import Position

MOST_COPIED = 200_000


class CopyLimit(Struct):
    """How many more values may be copied from variables: one large variable could be used a hundred thousand times."""

    left: int = MOST_COPIED


class TooManyCopiesError(Exception):
    """The variables that a configuration uses stand for too many values."""


def copy_for_use(node: Node, used: Position, limit: CopyLimit) -> Node:
    """Copy a value for the reference at a position. Raises TooManyCopiesError."""
    return _copy(node, replace(node.file, used=used), limit)


def _copy(node: Node, file: File, limit: CopyLimit) -> Node:
    limit.left -= 1
    if limit.left < 0:
        raise TooManyCopiesError
    span = (file, node.line, node.column, node.end_line, node.end_column)
    match node:
        case Mapping():
            pairs = {name: _copied_pair(each, file, limit) for name, each in node.items.items()}
            return Mapping(*span, pairs)
        case Sequence():
            return Sequence(*span, [_copy(item, file, limit) for item in node.items])
    return Scalar(*span, node.value)


def _copied_pair(entry: Pair, file: File, limit: CopyLimit) -> Pair:
    key = entry.key
    placed = Scalar(file, key.line, key.column, key.end_line, key.end_column, key.value)
    return Pair(placed, _copy(entry.node, file, limit))
