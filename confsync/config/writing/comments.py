"""The comments of a YAML file, which no parser keeps."""

import re
from collections.abc import Iterator

from msgspec import Struct

from confsync.config.tree import Mapping, Node, Scalar, Sequence
from confsync.config.writing.splices import Source

Spot = tuple[int, int]
"""A line and a column."""


class Comment(Struct, frozen=True):
    """A comment, with its `#`; `alone` means that nothing else is on its line."""

    line: int
    column: int
    text: str
    alone: bool

    @property
    def spot(self) -> Spot:
        """Where it begins."""
        return self.line, self.column


def comments_in(source: Source, root: Node | None) -> list[Comment]:
    """Find every comment, in order: each `#` outside of a scalar begins one."""
    found: list[Comment] = []
    text, line_starts = source.text, 0
    line = 1
    done = 0
    for begin, end in [*sorted(_scalar_spans(source, root)), (len(text), len(text))]:
        for match in re.finditer("#[^\n]*|\n", text[done:begin]):
            place = done + match.start()
            if match[0] == "\n":
                line, line_starts = line + 1, place + 1
            else:
                alone = not text[line_starts:place].strip()
                found.append(Comment(line, place - line_starts + 1, match[0].rstrip(), alone))
        inside = text[begin:end]
        if "\n" in inside:
            line, line_starts = line + inside.count("\n"), begin + inside.rindex("\n") + 1
        done = end
    return found


def _scalar_spans(source: Source, node: Node | None) -> Iterator[tuple[int, int]]:
    """Yield where each key and value begins and ends; the header of a block of lines may have a comment of its own."""
    match node:
        case Mapping():
            for pair in node.items.values():
                yield from _scalar_spans(source, pair.key)
                yield from _scalar_spans(source, pair.node)
        case Sequence():
            for item in node.items:
                yield from _scalar_spans(source, item)
        case Scalar() if not node.empty:
            begin, end = source.begin(node), source.offset(node.end_line, node.end_column)
            if source.text[begin : begin + 1] in ("|", ">"):
                begin = min(source.line_start(node.line + 1), end)
            yield begin, end
