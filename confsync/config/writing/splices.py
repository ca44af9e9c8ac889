"""The text of a file of the configuration, and changes to parts of it that leave every other character as it is."""

import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from confsync.config.tree import File, Mapping, Node, Placed, Scalar
from confsync.config.tree import Sequence as Items

BOM = "\ufeff"


class Splice(Struct, frozen=True, order=True):
    """A part of a text, from `begin` up to but not including `end`, and what replaces it."""

    begin: int
    end: int
    text: str


class Span(Struct, frozen=True):
    """An entry of a collection: the first part of it, such as its key, and the last one, such as its value."""

    first: Node
    last: Node


class Source:
    """The text of a file, in which positions are found by line and column."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.has_mark = file.raw.decode().startswith(BOM)
        self.text = file.raw.decode("utf-8-sig")  # columns are counted without the byte order mark
        self._starts = [0, *(found.end() for found in re.finditer("\n", self.text))]

    @property
    def line_end(self) -> str:
        """How its lines end."""
        return "\r\n" if self.text.partition("\n")[0].endswith("\r") else "\n"

    def spliced(self, splices: Iterable[Splice]) -> str:
        """Apply changes that do not overlap; of two at the same place, the one that inserts comes first in the text."""
        text = self.text
        for each in sorted(splices, reverse=True):
            text = f"{text[: each.begin]}{each.text}{text[each.end :]}"
        return f"{BOM}{text}" if self.has_mark else text

    def offset(self, line: int, column: int) -> int:
        """Return the index of a position."""
        return self._starts[line - 1] + column - 1

    def begin(self, node: Placed) -> int:
        """Return where a node begins."""
        return self.offset(node.line, node.column)

    def end(self, node: Placed) -> int:
        """Return where a node ends; a block scalar ends with its last line."""
        begin = self.begin(node)
        return begin + len(self.text[begin : self.offset(node.end_line, node.end_column)].rstrip())

    def is_flow(self, node: Node) -> bool:
        """Whether a collection is written in brackets."""
        return not isinstance(node, Scalar) and self.text[self.begin(node)] in "{["

    def begins_line(self, node: Placed, before: str = r"\s*") -> bool:
        """Whether only white space, or what a pattern describes, is before a node on its line."""
        start = self.offset(node.line, 1)
        return re.fullmatch(before, self.text[start : self.begin(node)]) is not None

    def line_start(self, line: int) -> int:
        """Return where a line begins; the line after the last one begins at the end of the text."""
        return self._starts[line - 1] if line <= len(self._starts) else len(self.text)

    def last_line(self, node: Placed) -> int:
        """Return the number of the last line of a node; a block scalar ends where the next line begins."""
        return node.end_line - 1 if node.end_column == 1 and node.end_line > node.line else node.end_line

    def without_lines(self, first: int, last: int) -> Splice:
        """Remove whole lines; if nothing follows the last one, remove the end of the line before them instead."""
        begin, end = self.line_start(first), self.line_start(last + 1)
        if end == len(self.text) and not self.text.endswith("\n") and begin:
            begin -= len(self.line_end)
        return Splice(begin, end, "")

    def below(self, node: Placed, lines: Sequence[str], column: int) -> Splice:
        """Insert lines below the end of a node, indented to a column."""
        end = self.line_end
        block = end.join(" " * (column - 1) + each for each in lines)
        last = self.last_line(node)
        if last < len(self._starts):
            place = self.line_start(last + 1)
            return Splice(place, place, f"{block}{end}")
        return Splice(len(self.text), len(self.text), f"{end}{block}")


def spans_of(section: Mapping | Items) -> list[Span]:
    """Return the entries of a mapping or the items of a list."""
    if isinstance(section, Items):
        return [Span(each, each) for each in section.items]
    return [Span(each.key, each.node) for each in section.items.values()]


def removed(source: Source, section: Mapping | Items, gone: frozenset[int]) -> Iterator[Splice]:
    """Remove some of the entries of a section, by their indexes. Raises ValueError if that is not possible."""
    spans = spans_of(section)
    if not source.is_flow(section):
        before = r"\s*-\s+" if isinstance(section, Items) else r"\s*"
        for index in sorted(gone):
            if not source.begins_line(spans[index].first, before):
                raise ValueError("the entry does not begin its line")
            yield source.without_lines(spans[index].first.line, source.last_line(spans[index].last))
        return
    for first, last in _runs(gone):
        yield _without_run(source, spans, first, last)


def _runs(gone: frozenset[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last index of each run of indexes without a gap."""
    for first in sorted(each for each in gone if each - 1 not in gone):
        last = first
        while last + 1 in gone:
            last += 1
        yield first, last


def _without_run(source: Source, spans: list[Span], first: int, last: int) -> Splice:
    """Remove entries in brackets, with a comma; keep comments that belong to others."""
    begin, end = source.begin(spans[first].first), source.end(spans[last].last)
    line_end = source.line_start(source.last_line(spans[last].last) + 1)
    rest = source.text[end:line_end]
    if source.begins_line(spans[first].first) and re.fullmatch(r"\s*,?\s*(#.*)?\s*", rest) and "\n" in rest:
        return Splice(source.line_start(spans[first].first.line), line_end, "")
    if last + 1 < len(spans):
        return Splice(begin, source.begin(spans[last + 1].first), "")
    if first == 0:
        comma = re.match(r"\s*,", source.text[end:])
        return Splice(begin, end + (comma.end() if comma else 0), "")
    before = source.end(spans[first - 1].last)
    return Splice(begin if "#" in source.text[before:begin] else before, end, "")


def inserted(
    source: Source, section: Mapping | Items, gone: frozenset[int], flow: Sequence[str], block: Sequence[str]
) -> Iterator[Splice]:
    """Insert entries after the last one; `gone` are the entries that are removed at the same time."""
    if not source.is_flow(section):
        yield source.below(section, block, section.column)
        return
    spans, text = spans_of(section), ", ".join(flow)
    kept = [each for index, each in enumerate(spans) if index not in gone]
    if not kept:
        yield _in_brackets(source, section, spans, text)
        return
    begin, last = kept[-1].first, kept[-1].last
    end = source.end(last)
    rest = source.text[source.end(spans[-1].last) : source.end(section) - 1]
    if not (source.begins_line(begin) and "\n" in rest):
        yield Splice(end, end, f", {text}")
        return
    comma = "," in _COMMENT.sub("", source.text[end : source.line_start(last.end_line + 1)])
    if not comma:
        yield Splice(end, end, ",")
    yield source.below(last, [f"{text}," if comma else text], begin.column)


_COMMENT = re.compile("#.*")


def _in_brackets(source: Source, section: Placed, spans: list[Span], text: str) -> Splice:
    """Insert between brackets that contain nothing, only a comment, or only what is removed."""
    begin, close = source.begin(section) + 1, source.end(section) - 1
    if spans:
        place = source.begin(spans[0].first)
        return Splice(place, place, text)
    if section.end_line > section.line:
        return Splice(begin, begin, f"{text} ")
    return Splice(close, close, text)
