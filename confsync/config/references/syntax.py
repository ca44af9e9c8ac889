"""What a reference looks like in a text: `${{ var.name }}`. `$${{` is a literal `${{`."""

import re
from collections.abc import Iterator
from itertools import islice

from msgspec import Struct

from confsync.config.tree import Node, Scalar

OPEN = "${{"
CLOSE = "}}"


class Reference(Struct, frozen=True):
    """A reference as written, and what it names; a malformed one has no kind."""

    written: str
    kind: str = ""
    name: str = ""


_BODY = re.compile(
    r"[ \t]*(?:(?P<kind>var|env|envfile)\.(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<file>file)\.(?P<path>[^\x00-\x20\x7f]"
    r"(?:[^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?)"
    r"|(?P<each>each)\.(?P<item>[^\x00-\x20\x7f.{}]+(?:\.[^\x00-\x20\x7f.{}]+)*))[ \t]*"
)
EACH = "each"
KINDS_OF_REFERENCE = ("var", "env", "file", "envfile", EACH)


def parts_of(text: str) -> Iterator[str | Reference]:
    """Split a text into literal pieces and references, in one pass."""
    done = 0
    for start, end in spans_of(text):
        if before := _unescaped(text[done:start]):
            yield before
        yield reference_in(text[start:end])
        done = end
    if rest := _unescaped(text[done:]):
        yield rest


def spans_of(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each reference in a text begins and ends."""
    done = 0
    while (start := text.find(OPEN, done)) >= 0:
        if start > done and text[start - 1] == "$":
            done = start + len(OPEN)
            continue
        end = text.find(CLOSE, start)
        done = len(text) if end < 0 else end + len(CLOSE)
        yield start, done


def _unescaped(text: str) -> str:
    return text.replace(f"${OPEN}", OPEN)


def reference_in(written: str) -> Reference:
    """Read a reference, with its braces."""
    closed = written.endswith(CLOSE)
    found = _BODY.fullmatch(written, len(OPEN), len(written) - len(CLOSE)) if closed else None
    if found is None:
        return Reference(written)
    return Reference(
        written, found["kind"] or found["file"] or found["each"], found["name"] or found["path"] or found["item"]
    )


def place_of(node: Scalar, reference: Reference) -> Scalar:
    """Return the position of a reference in a value, or the whole value where the file spells it otherwise."""
    value = node.value if isinstance(node.value, str) else ""
    known = [value[start:end] for start, end in spans_of(value)]
    there = tuple(_positions(node))
    if [each.value for each in there] != known or reference.written not in known:
        return node
    return there[known.index(reference.written)]


def _positions(node: Scalar) -> Iterator[Scalar]:
    """Yield the references in the lines of a value, each with its text as the file has it."""
    quoted = (node.file.snippet(node.line) or "")[node.column - 1 : node.column] in ("'", '"')
    for number in range(node.line, node.end_line + 1):
        line = node.file.snippet(number) or ""
        begin = node.column - 1 if number == node.line else 0
        shown = line[begin : node.end_column - 1 - quoted if number == node.end_line else len(line)]
        for start, end in spans_of(shown):
            yield Scalar(node.file, number, begin + start + 1, number, begin + end + 1, shown[start:end])


def only_reference(node: Node) -> Reference | None:
    """Return the well-formed reference that is the entire value, if it is one."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        return None
    match tuple(islice(parts_of(node.value), 2)):
        case (Reference(kind=kind) as reference,) if kind:
            return reference
    return None
