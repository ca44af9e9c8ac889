"""Edits a section of a YAML file, and leaves every other byte unchanged.

A new entry goes after the last one, in the indentation and style of its neighbours. The result is parsed again: it must
contain the old content and the new entries, or nothing is written.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Mapping as Entries
from collections.abc import Sequence as Several
from typing import Any

from confsync.config.tree import File, Mapping, Node, Scalar, Sequence, plain_value
from confsync.config.yaml import parse_yaml, quote_yaml
from confsync.errors import UsageError


def set_entry(file: File, path: Several[str], entries: Entries[str, str]) -> str:
    """Write entries into the mapping at a path, which is created if it is missing; old values are replaced.

    Raises UsageError if that is not possible.
    """
    expected, home = _said(file, path)
    known = home.setdefault(path[-1], {})
    if not isinstance(known, dict):
        raise _cannot_edit(file, path[-1])
    file = _replaced_all(file, path, {key: value for key, value in entries.items() if key in known})
    new = [f"{quote_yaml(key)}: {value}" for key, value in entries.items() if key not in known]
    known.update(entries)
    return _checked(file, path[-1], _extended(file, path, new, new, "{}"), expected)


def append_item(file: File, path: Several[str], item: str) -> str:
    """Append an item to the list at a path; create the list if needed. Raises UsageError as `set_entry` does."""
    expected, home = _said(file, path)
    known = home.setdefault(path[-1], [])
    if not isinstance(known, list):
        raise _cannot_edit(file, path[-1])
    known.append(item)
    text = _extended(file, path, [quote_yaml(item)], [f"- {quote_yaml(item)}"], "[]")
    return _checked(file, path[-1], text, expected)


def _said(file: File, path: Several[str]) -> tuple[object, dict[str, Any]]:
    """Return the content of a file, and within it the mapping that contains the last step of a path."""
    said: Any = plain_value(_at(file, ()))
    home = said
    for step in path[:-1]:
        home = home.get(step) if isinstance(home, dict) else None
    if not isinstance(home, dict):
        raise _cannot_edit(file, ".".join(path[:-1]))
    return said, home


def _checked(file: File, word: str, text: str, expected: object) -> str:
    """Check that a text has the expected content. Raises UsageError if it does not."""
    node, errors = parse_yaml(_with(file, text))
    if errors or node is None or plain_value(node) != expected:
        raise _cannot_edit(file, word)
    return text


def _at(file: File, path: Several[str]) -> Mapping:
    node: Node | None = parse_yaml(file)[0]
    for step in path:
        node = node.get(step) if isinstance(node, Mapping) else None
    if not isinstance(node, Mapping):
        raise _cannot_edit(file, ".".join(path) or "the top")
    return node


def _replaced_all(file: File, path: Several[str], entries: Entries[str, str]) -> File:
    for key, value in entries.items():
        there = _at(file, path).get(key)
        if not isinstance(there, Scalar):
            raise _cannot_edit(file, path[-1])
        file = _with(file, _replaced(file, there, value))
    return file


def _extended(file: File, path: Several[str], flow: Several[str], block: Several[str], brackets: str) -> str:
    """Add entries to a section, in lines or between brackets; create the section if it is missing."""
    *above, word = path
    home = _at(file, above)
    section = home.get(word)
    if section is None:
        whole = f"{word}: {', '.join(flow).join(brackets)}"
        return _inserted(file, home, [whole], [f"{word}:", *(f"  {each}" for each in block)])
    if isinstance(section, Scalar):
        raise _cannot_edit(file, word)
    return _inserted(file, section, flow, block)


def _inserted(file: File, section: Mapping | Sequence, flow: Several[str], block: Several[str]) -> str:
    """Insert after the last entry of a section."""
    if not flow:
        return file.raw.decode()
    if not _is_flow(file, section):
        return _below(file, section, block, section.column)
    text = ", ".join(flow)
    if not section.items:
        return _in_brackets(file, section, text)
    begin, last = _last(section)
    rest = _text(file)[_offset(file, last.end_line, last.end_column) : _offset(file, *_closing(section))]
    on_its_own_line = not file.lines[begin.line - 1][: begin.column - 1].strip() and "\n" in rest
    if not on_its_own_line:
        return _spliced(file, (last.end_line, last.end_column), f", {text}")
    comma = "," in _COMMENT.sub("", rest)
    below = _below(file, last, [f"{text}," if comma else text], begin.column)
    return below if comma else _spliced(_with(file, below), (last.end_line, last.end_column), ",")


_COMMENT = re.compile("#.*")


def _last(section: Mapping | Sequence) -> tuple[Node, Node]:
    """Return the nodes that begin and end the last entry of a section."""
    if isinstance(section, Sequence):
        return section.items[-1], section.items[-1]
    pair = list(section.items.values())[-1]
    return pair.key, pair.node


def _closing(section: Mapping | Sequence) -> tuple[int, int]:
    return section.end_line, section.end_column - 1


def _in_brackets(file: File, section: Mapping | Sequence, text: str) -> str:
    """Insert between brackets that contain nothing, or only a comment."""
    line, column = _closing(section)
    inside = (section.line, section.column + 1) if line > section.line else (line, column)
    return _spliced(file, inside, text if inside == (line, column) else f"{text} ")


def _below(file: File, node: Node, lines: Several[str], column: int) -> str:
    """Insert lines below the end of a node, indented to a column."""
    last = node.end_line - 1 if node.end_column == 1 and node.end_line > node.line else node.end_line
    end = "\r\n" if _text(file).partition("\n")[0].endswith("\r") else "\n"
    block = end.join(" " * (column - 1) + each for each in lines)
    if last < len(file.lines):
        return _spliced(file, (last + 1, 1), f"{block}{end}")
    return _spliced(file, (last, len(file.lines[-1]) + 1), f"{end}{block}")


def _is_flow(file: File, node: Mapping | Sequence) -> bool:
    return file.lines[node.line - 1][node.column - 1 : node.column] in ("{", "[")


def _replaced(file: File, node: Scalar, text: str) -> str:
    """Replace a value; a block scalar ends with its last line."""
    begin, end = _offset(file, node.line, node.column), _offset(file, node.end_line, node.end_column)
    old = _text(file)[begin:end]
    return _spliced(file, (node.line, node.column), f"{text}{old[len(old.rstrip()) :]}", len(old))


def _spliced(file: File, place: tuple[int, int], text: str, width: int = 0) -> str:
    """Insert a text at a position, replacing as many characters as `width`."""
    mark = BOM_UTF8.decode() if file.raw.startswith(BOM_UTF8) else ""
    whole, begin = _text(file), _offset(file, *place)
    return f"{mark}{whole[:begin]}{text}{whole[begin + width :]}"


def _text(file: File) -> str:
    """Return the text of a file without its byte order mark, because columns are counted without it."""
    return file.raw.decode("utf-8-sig")


def _with(file: File, text: str) -> File:
    return File(file.path, text.encode(), file.location)


def _offset(file: File, line: int, column: int) -> int:
    return sum(len(each) + 1 for each in _text(file).split("\n")[: line - 1]) + column - 1


def _cannot_edit(file: File, word: str) -> UsageError:
    return UsageError(f"`{word}` in {file.path} cannot be added to.", hint="Write the line yourself.")
