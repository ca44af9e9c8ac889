"""One entry written into a section of a YAML file, every other byte left as it is.

What is inserted goes right behind the last thing that stands there, in the indentation and style of its neighbours.
"""

import json
from collections.abc import Sequence as Several

from confsync.config.tree import File, Mapping, Node, Scalar, Sequence
from confsync.config.yaml import parse
from confsync.errors import UsageError


def tied(file: File, path: Several[str], key: str, value: str) -> str:
    """Write `key: value` into the mapping at a path, which is made where it is missing; an old value is replaced."""
    *above, word = path
    home = _home(file, above)
    section = home.get(word)
    if section is None or section.empty:
        return _added(file, home, word, f"{{{_quoted(key)}: {value}}}", f"{_quoted(key)}: {value}", section)
    if not isinstance(section, Mapping):
        raise _unwritable(file, word)
    there = section.get(key)
    if isinstance(there, Scalar):
        return _spliced(file, there, value)
    return _inserted(file, section, f"{_quoted(key)}: {value}")


def listed(file: File, path: Several[str], item: str) -> str:
    """Write an item into the list at a path, which is made where it is missing."""
    *above, word = path
    home = _home(file, above)
    section = home.get(word)
    if section is None or section.empty:
        return _added(file, home, word, f"[{_quoted(item)}]", f"- {_quoted(item)}", section)
    if not isinstance(section, Sequence):
        raise _unwritable(file, word)
    return _inserted(file, section, _quoted(item) if _is_flow(file, section) else f"- {_quoted(item)}")


def _home(file: File, above: Several[str]) -> Mapping:
    node: Node | None = parse(file)[0]
    for step in above:
        node = node.get(step) if isinstance(node, Mapping) else None
    if not isinstance(node, Mapping):
        raise _unwritable(file, ".".join(above) or "the top")
    return node


def _added(file: File, home: Mapping, word: str, flow: str, block: str, empty: Node | None) -> str:
    """Write a section that is missing, or has nothing in it yet."""
    if empty is not None:
        raise _unwritable(file, word)
    if _is_flow(file, home):
        return _inserted(file, home, f"{word}: {flow}")
    return _inserted(file, home, f"{word}:\n{' ' * (_column(home) + 1)}{block}")


def _inserted(file: File, section: Mapping | Sequence, text: str) -> str:
    """Write behind the last thing in a section."""
    lines = file.raw.decode("utf-8").split("\n")
    if _is_flow(file, section):
        line, column = section.end_line - 1, section.end_column - 2
        before, after = lines[line][:column], lines[line][column:]
        kept = before.rstrip() if section.items else before
        comma = "" if not section.items else " " if kept.endswith(",") else ", "
        lines[line] = f"{kept}{comma}{text}{before[len(kept) :]}{after}"
        return "\n".join(lines)
    last = _last_line(section)
    indent = " " * (_column(section) - 1)
    end = "\r" if lines[0].endswith("\r") else ""
    lines[last:last] = [f"{indent if number == 0 else ''}{each}{end}" for number, each in enumerate(text.split("\n"))]
    return "\n".join(lines)


def _is_flow(file: File, node: Mapping | Sequence) -> bool:
    return file.lines[node.line - 1][node.column - 1 : node.column] in ("{", "[")


def _column(section: Mapping | Sequence) -> int:
    return section.column


def _last_line(node: Node) -> int:
    """Tell on which line the last thing in a node ends, counted from 1; a block ends where the next one begins."""
    match node:
        case Mapping(items=items) if items:
            last = list(items.values())[-1]
            return max(last.key.line, _last_line(last.node))
        case Sequence(items=several) if several:
            return _last_line(several[-1])
    return node.end_line - 1 if node.end_column == 1 and node.end_line > node.line else node.end_line


def _spliced(file: File, node: Scalar, text: str) -> str:
    lines = file.raw.decode("utf-8").split("\n")
    line = lines[node.line - 1]
    lines[node.line - 1] = f"{line[: node.column - 1]}{text}{line[node.end_column - 1 :]}"
    return "\n".join(lines)


def _quoted(text: str) -> str:
    """Put an address into quotes where YAML would read something else."""
    plain = text[:1].isalpha() and not any(each in text for each in ": #{}[],&*!|>'\"%@`\\")
    return text if plain else json.dumps(text, ensure_ascii=False)


def _unwritable(file: File, word: str) -> UsageError:
    return UsageError(f"`{word}` in {file.path} cannot be added to.", next_step="Write the line yourself.")
