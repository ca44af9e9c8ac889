"""Formats a file of the configuration to the one canonical layout, and keeps every comment.

The layout is described in docs/formatting.md. The result is parsed again: it must have the same content in the same
order, and the same comments, or the file is refused.
"""

import re
from collections import Counter
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from confsync.config.tree import File, Mapping, Node, Placed, Scalar, Sequence, plain_value
from confsync.config.writing.comments import Comment, Spot, comments_in
from confsync.config.writing.splices import Source
from confsync.config.writing.yaml_text import WIDEST, write_text
from confsync.config.yaml import parse_yaml
from confsync.errors import UsageError

STEP = 2
"""How far a collection is indented in the one around it."""

_END: Spot = (2**31, 0)


class Line(Struct, frozen=True):
    """A line of the result: its indentation, what is on it, and the comment after that.

    `spaced` means that an empty line is before it. A `verbatim` line is a part of a value.
    """

    indent: int
    text: str
    comment: str = ""
    spaced: bool = False
    verbatim: bool = False

    @property
    def shown(self) -> str:
        """The line without its comment."""
        return " " * self.indent + self.text if self.text else ""


def format_file(file: File) -> str:
    """Return the canonical text of a file that is valid YAML. Raises UsageError if that cannot be done safely."""
    root = parse_yaml(file)[0]
    source = Source(file)
    comments = comments_in(source, root)
    lines = _Formatter(source, comments).document(root)
    text = "".join(f"{line}\n" for line in _aligned(lines))
    after = File(file.path, text.encode(), file.location)
    again, errors = parse_yaml(after)
    same = repr(again and plain_value(again)) == repr(root and plain_value(root))
    if errors or not same or _texts(comments) != _texts(comments_in(Source(after), again)):
        raise UsageError(
            f"{file.path} cannot be formatted without changing its meaning.",
            hint="Write values that take several lines as blocks (`|`), and comments on lines of their own.",
        )
    return text


def _texts(comments: list[Comment]) -> Counter[str]:
    return Counter(each.text for each in comments)


class _Formatter:
    """Writes the nodes of a tree, and takes each comment out of its list as soon as it is written."""

    def __init__(self, source: Source, comments: list[Comment]) -> None:
        self._source = source
        self._comments = list(comments)
        self._lines = source.text.split("\n")

    def document(self, root: Mapping | None) -> list[Line]:
        """Write everything."""
        lines: list[Line] = []
        if marker := self._marker(root):
            lines += self._leading((marker, 1), 0)
            lines.append(Line(0, "---", self._behind((marker, 4), (marker + 1, 1)), spaced=self._is_spaced(marker)))
        if root is not None and not root.items:
            lines += [*self._leading((root.end_line, root.end_column), 0), Line(0, "{}")]
        elif root is not None:
            lines += self._collection(root, 0, _END, 0)
        lines += self._leading(_END, 0)
        return lines

    def _marker(self, root: Mapping | None) -> int:
        """Return the number of the line with `---`, or 0."""
        last = root.line if root else len(self._lines)
        return next((number for number, line in enumerate(self._lines[:last], 1) if line.startswith("---")), 0)

    def _collection(self, node: Mapping | Sequence, indent: int, until: Spot, around: int) -> list[Line]:
        """Write a collection in block style. `until` is where the next thing begins, `around` the column outside."""
        flow = self._source.is_flow(node)
        until = _end(node) if flow else until
        entries: list[tuple[str, Placed, Node]] = (
            [("-", each, each) for each in node.items]
            if isinstance(node, Sequence)
            else [(f"{write_text(key)}:", pair.key, pair.node) for key, pair in node.items.items()]
        )
        lines: list[Line] = []
        for index, (head, first, value) in enumerate(entries):
            following = _spot(entries[index + 1][1]) if index + 1 < len(entries) else until
            lines += self._leading(_spot(first), indent)
            lines += self._entry(Line(indent, head, spaced=self._begins_spaced(first)), first, value, following)
        least = node.column if node.column > around else node.column + 1
        while self._comments and self._comments[0].spot < until and (flow or self._comments[0].column >= least):
            lines.append(self._own_line(self._comments.pop(0), indent))
        return lines

    def _entry(self, head: Line, first: Placed, value: Node, following: Spot) -> list[Line]:
        """Write an entry of a mapping or an item of a list."""
        if isinstance(value, Scalar) and self._is_block(value):
            return self._block_scalar(head, value)
        text = self._inline(value, in_flow=False)
        fits = head.indent + len(head.text) + 1 + len(text) <= WIDEST
        if isinstance(value, Scalar) or not value.items:
            above = self._leading(_end(value), head.indent)
            comment = self._behind(_end(value), following)
            if not fits and isinstance(value, Scalar) and value.end_line > value.line:
                return [*above, *self._several_lines(head, value, comment)]
            return _joined(above, replace(head, text=f"{head.text} {text}", comment=comment))
        if fits and self._source.is_flow(value) and not self._has_comment(value):
            above = self._leading(_spot(value), head.indent)
            comment = self._behind(_end(value), following)
            return _joined(above, replace(head, text=f"{head.text} {text}", comment=comment))
        return self._nested(head, first, value, following)

    def _nested(self, head: Line, first: Placed, value: Mapping | Sequence, following: Spot) -> list[Line]:
        """Write a collection below its key, or behind its dash."""
        inner = value.items[0] if isinstance(value, Sequence) else next(iter(value.items.values())).key
        closing = self._behind(_end(value), following) if self._source.is_flow(value) else ""
        if head.text == "-":
            above = self._leading(_spot(inner), head.indent)
            above += [Line(head.indent, closing)] if closing else []
            lines = self._collection(value, head.indent + STEP, following, first.column - 1)
            while lines[0].text.startswith("#"):
                above.append(replace(lines.pop(0), indent=head.indent))
            first_line = replace(lines[0], indent=head.indent, text=f"- {lines[0].text}", spaced=head.spaced)
            return [*_joined(above, first_line), *lines[1:]]
        comment = self._between(_end(first), _spot(inner))
        above = [Line(head.indent, closing)] if closing and comment else []
        lines = self._collection(value, head.indent + STEP, following, first.column)
        return [*_joined(above, replace(head, comment=comment or closing)), *lines]

    def _block_scalar(self, head: Line, value: Scalar) -> list[Line]:
        """Write a text of several lines as it is, in its new indentation."""
        begin = self._source.begin(value)
        header = re.match(r"[|>][-+0-9]*", self._source.text[begin:])
        sign = re.sub("[0-9]", str(STEP), header[0]) if header else "|"
        if not str(value.value).endswith("\n"):  # the file may end without a line end
            sign = f"{sign.rstrip('+-')}-"
        comment = self._behind((value.line, value.column + 1), (value.line + 1, 1))
        lines = [line.removesuffix("\r") for line in self._lines[value.line : self._source.last_line(value)]]
        while lines and "+" not in sign and not lines[-1].strip():
            lines.pop()
        margin = _margin(lines, str(value.value))
        body = (line[margin:] if line.strip() or len(line) > margin else "" for line in lines)
        rest = (Line(head.indent + STEP, line, verbatim=True) for line in body)
        return [replace(head, text=f"{head.text} {sign}", comment=comment), *rest]

    def _several_lines(self, head: Line, value: Scalar, comment: str) -> list[Line]:
        """Keep the lines of a text that has several lines and would be too wide on one."""
        written = self._source.text[self._source.begin(value) : self._source.end(value)].split("\n")
        shown = [line.strip() if index else line.rstrip() for index, line in enumerate(written)]
        first, *rest = shown
        below = [Line(head.indent + STEP, line, verbatim=True) for line in rest]
        below[-1] = replace(below[-1], comment=comment)
        return [replace(head, text=f"{head.text} {first}"), *below]

    def _inline(self, node: Node, *, in_flow: bool) -> str:
        """Write a value on one line."""
        match node:
            case Mapping():
                pairs = node.items.items()
                values = ((key, self._inline(each.node, in_flow=True)) for key, each in pairs)
                return f"{{{', '.join(f'{write_text(key, in_flow=True)}: {value}' for key, value in values)}}}"
            case Sequence():
                return f"[{', '.join(self._inline(each, in_flow=True) for each in node.items)}]"
        match node.value:
            case None:
                return "null"
            case bool():
                return str(node.value).lower()
            case str():
                return write_text(node.value, in_flow=in_flow)
        return self._source.text[self._source.begin(node) : self._source.end(node)]

    def _leading(self, until: Spot, indent: int) -> list[Line]:
        """Write the comments before a place, each on a line of its own."""
        lines = []
        while self._comments and self._comments[0].spot < until:
            lines.append(self._own_line(self._comments.pop(0), indent))
        return lines

    def _behind(self, begin: Spot, until: Spot) -> str:
        """Take the comment behind something on its last line, if the next thing does not begin before it."""
        return self._between(begin, min(until, (begin[0] + 1, 0)))

    def _between(self, begin: Spot, until: Spot) -> str:
        """Take the first comment between two places that is behind something."""
        for index, each in enumerate(self._comments):
            if begin <= each.spot < until and not each.alone:
                return self._comments.pop(index).text
        return ""

    def _own_line(self, comment: Comment, indent: int) -> Line:
        return Line(indent, comment.text, spaced=comment.alone and self._is_spaced(comment.line))

    def _begins_spaced(self, node: Placed) -> bool:
        return self._source.begins_line(node, r"[\s?-]*") and self._is_spaced(node.line)

    def _is_spaced(self, line: int) -> bool:
        return line > 1 and not self._lines[line - 2].strip()

    def _has_comment(self, node: Node) -> bool:
        return any(_spot(node) < each.spot < _end(node) for each in self._comments)

    def _is_block(self, node: Scalar) -> bool:
        return not node.empty and self._source.text[self._source.begin(node)] in "|>"


def _spot(node: Placed) -> Spot:
    return node.line, node.column


def _end(node: Placed) -> Spot:
    return node.end_line, node.end_column


def _joined(above: list[Line], line: Line) -> list[Line]:
    """Put lines above another one; the empty line goes to the first of them."""
    if not above:
        return [line]
    return [replace(above[0], spaced=above[0].spaced or line.spaced), *above[1:], replace(line, spaced=False)]


def _margin(lines: list[str], value: str) -> int:
    """Return the indentation of a block of lines: that of its first text, without the spaces that are part of it."""
    first = next((line for line in lines if line.strip()), "")
    inner = next((line for line in value.split("\n") if line.strip()), "")
    return (len(first) - len(first.lstrip(" "))) - (len(inner) - len(inner.lstrip(" ")))


def _aligned(lines: list[Line]) -> Iterator[str]:
    """Render the lines, with comments on neighbouring lines below each other."""
    last = ""
    for index, line in enumerate(lines):
        if line.spaced and index and last:
            yield ""
        last = line.shown if line.verbatim else line.shown.rstrip()
        if line.comment:
            last = f"{last.ljust(_column(lines, index))}  {line.comment}"
        yield last


_WIDEST_ALIGNED = 80


def _column(lines: list[Line], index: int) -> int:
    """Return the width of the widest line among the neighbours that have comments, too."""

    def joins(one: int, other: int) -> bool:
        return _is_alignable(lines[one]) and not lines[max(one, other)].spaced

    first = last = index
    if not _is_alignable(lines[index]):
        return 0
    while first > 0 and joins(first - 1, first):
        first -= 1
    while last + 1 < len(lines) and joins(last + 1, last):
        last += 1
    return max(len(each.shown) for each in lines[first : last + 1])


def _is_alignable(line: Line) -> bool:
    return bool(line.comment) and len(line.shown) <= _WIDEST_ALIGNED
