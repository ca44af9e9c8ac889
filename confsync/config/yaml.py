"""Parses a YAML file into a tree.

The parser accepts a safe subset of YAML 1.2: the types of its core schema, and nothing that makes a value differ from
what a reviewer sees (no anchors, aliases, merge keys, tags, directives, second documents or invisible characters).
One pass over the C parser's events enforces the limits, resolves the values and builds the tree.
"""

import json
import re
from collections.abc import Callable
from itertools import islice
from typing import Any, TypeAlias

from yaml._yaml import CParser
from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import AliasEvent, MappingEndEvent, MappingStartEvent, ScalarEvent, SequenceEndEvent, StreamEndEvent

from confsync.collector import gc_paused
from confsync.config.codes import Code
from confsync.config.tree import File, Mapping, Node, Pair, Plain, Scalar, Sequence, error_at
from confsync.config.yaml_syntax import explain_syntax_error
from confsync.diagnostics import Diagnostic
from confsync.quoting import in_quotes

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32
MAX_NODES = 100_000
MAX_ERRORS = 100


def parse_yaml(file: File) -> tuple[Mapping | None, list[Diagnostic]]:
    """Parse one file: return its tree, and every error found.

    No tree and no error means that the file is empty. No tree and an error means that the file is unusable, so what
    refers to it cannot be checked.
    """
    root, errors = parse_yaml_value(file)
    if root is None or isinstance(root, Mapping):
        return root, errors
    if not root.empty:
        hint = "begin with `version: 1`"
        errors.append(error_at(root, Code.NOT_A_MAPPING, "a configuration must be keys and values", hint))
    return None, errors


def parse_yaml_value(file: File) -> tuple[Node | None, list[Diagnostic]]:
    """Parse a file whose top level may be any value, as `parse_yaml` does."""
    unusable = _unusable(file)
    if unusable:
        return None, unusable
    with gc_paused():
        return _Reader(file).document()


def resolve_scalar(text: str) -> Plain:
    """Give an unquoted scalar the type that YAML 1.2's core schema gives it.

    Two differences preserve phone numbers and codes: integers have no plus sign and no leading zeros, and a text of
    more than 32 characters is never a number.
    """
    if text in _WORDS:
        return _WORDS[text]
    number = _NUMBER.fullmatch(text) if len(text) <= _LONGEST_NUMBER else None
    if number is None:
        return text
    return _MAKERS[number.lastgroup or ""](text)


_LONGEST_NUMBER = 32
_WORDS: dict[str, Plain] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **{sign + word: float(sign + "inf") for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")},
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_NUMBER = re.compile(
    r"""(?P<decimal>-?(?:0|[1-9][0-9]*))
    |(?P<octal>0o[0-7]+)
    |(?P<hexadecimal>0x[0-9a-fA-F]+)
    |(?P<float>[-+]?(?:(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+))""",
    re.VERBOSE,
)
_MAKERS: dict[str, Callable[[str], Plain]] = {
    "decimal": int,
    "octal": lambda text: int(text, 8),
    "hexadecimal": lambda text: int(text, 16),
    "float": float,
}
_MAYBE_NOT_TEXT = frozenset("~nNtTfF.-+0123456789")
"""The first characters of plain scalars that may be something other than text."""


def quote_yaml(text: str) -> str:
    """Quote a text where YAML would read something else without quotes."""
    is_plain = text[:1].isalpha() and text == text.strip() and resolve_scalar(text) == text
    return text if is_plain and _INDICATORS.isdisjoint(text) else json.dumps(text, ensure_ascii=False)


_INDICATORS = frozenset(":#{}[],&*!|>'\"%@`\\")


_Event: TypeAlias = Any
"""An event of the parser; PyYAML does not type its attributes."""


class _Reader:
    """One pass over the events of one file."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._errors: list[Diagnostic] = []
        self._nodes = 0
        self._lines: dict[int, int] = {}
        self._texts: dict[str, str] = {}
        self._next: Callable[[], _Event] = CParser(file.raw.decode("utf-8-sig")).get_event

    def document(self) -> tuple[Node | None, list[Diagnostic]]:
        try:
            return self._root(), self._errors
        except _AbandonedError as abandoned:
            return None, [*self._errors, abandoned.reason]
        except YAMLError as error:
            return None, [*self._errors, self._syntax_error(error)]

    def _root(self) -> Node | None:
        self._next()  # the stream begins
        if type(self._next()) is StreamEndEvent:
            return None
        root = self._node(self._next(), 1)
        self._next()  # the document ends
        self._refuse_second_document()
        return root

    def _refuse_second_document(self) -> None:
        event = self._next()
        if type(event) is not StreamEndEvent:
            hint = "move it to another file, or remove the `---`"
            self._report(self._scalar_at(event, None), Code.SECOND_DOCUMENT, "a second YAML document in one file", hint)

    def _node(self, event: _Event, depth: int) -> Node:
        kind = type(event)
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise self._abandoned(event, Code.TOO_MANY_NODES, f"more than {MAX_NODES:,} values in one file")
        if kind is AliasEvent:
            return self._alias(event)
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event)
        if kind is ScalarEvent:
            return self._scalar(event)
        if depth > MAX_DEPTH:
            raise self._abandoned(event, Code.TOO_DEEP, f"nested more than {MAX_DEPTH} deep")
        return self._mapping(event, depth) if kind is MappingStartEvent else self._sequence(event, depth)

    def _scalar(self, event: _Event) -> Scalar:
        value = event.value
        if not event.style and (not value or value[0] in _MAYBE_NOT_TEXT):
            value = resolve_scalar(value)
        return self._scalar_at(event, self._texts.setdefault(value, value) if type(value) is str else value)

    def _mapping(self, start: _Event, depth: int) -> Mapping:
        items: dict[str, Pair] = {}
        value: Node | None = None
        while type(event := self._next()) is not MappingEndEvent:
            key = self._node(event, depth + 1)
            value = self._value(depth + 1, key)
            if isinstance(key, Scalar) and type(key.value) is str and not _merges(key):
                self._add(items, key.value, Pair(key, value))
            else:
                self._refuse_key(key)
        return Mapping(self._file, *self._span(start, event, value), items)

    def _value(self, depth: int, key: Node) -> Node:
        event = self._next()
        value = self._node(event, depth)
        if type(value) is Scalar and value.value is None and value.empty and type(event) is ScalarEvent:
            self._report(
                key,
                Code.EMPTY,
                f"{_display_key(key)} is empty",
                "remove the key; `null` clears a field that can be cleared",
            )
        return value

    def _add(self, items: dict[str, Pair], name: str, entry: Pair) -> None:
        if "${{" in name:
            hint = "a key is part of an address; use the variable in the field for the name"
            self._report(entry.key, Code.REFERENCE_IN_KEY, "a key cannot contain a reference", hint)
            return
        first = items.setdefault(name, entry)
        if first is not entry:
            seen = f"remove one of them; the first is on line {first.key.line}"
            self._report(entry.key, Code.DUPLICATE_KEY, f"{_display_key(entry.key)} is written twice", seen)

    def _refuse_key(self, key: Node) -> None:
        if isinstance(key, Scalar) and key.value == "<<":
            self._report(key, Code.MERGE_KEY, "merge keys are not supported", "write out what it would merge")
        elif not isinstance(key, Scalar):
            self._report(key, Code.KEY_NOT_TEXT, "a key must be text, not a mapping or a list", "write a text")
        elif key.empty:
            self._report(key, Code.KEY_NOT_TEXT, "a key has no name", "write its name before the colon")
        else:
            self._report(
                key, Code.KEY_NOT_TEXT, f"a key must be text, but YAML reads this one as {_kind(key)}", "quote it"
            )

    def _sequence(self, start: _Event, depth: int) -> Sequence:
        items: list[Node] = []
        while type(event := self._next()) is not SequenceEndEvent:
            item = self._node(event, depth + 1)
            if type(item) is Scalar and item.value is None and item.empty and type(event) is ScalarEvent:
                self._report(item, Code.EMPTY, "an item of this list is empty", "write its value, or remove the line")
            items.append(item)
        return Sequence(self._file, *self._span(start, event, items[-1] if items else None), items)

    def _alias(self, event: _Event) -> Scalar:
        """Report an alias, and use an empty value instead, about which nothing else is reported."""
        place = self._scalar_at(event, None)
        self._report(place, Code.ALIAS, "aliases are not supported", "write out the value")
        return place.emptied()

    def _refuse_properties(self, event: _Event) -> None:
        place = self._scalar_at(event, None)
        if event.anchor is not None:
            self._report(place, Code.ANCHOR, "anchors are not supported", "remove the `&name`")
        if event.tag is not None:
            hint = "remove the `!tag`; quote the value to make it text"
            self._report(place, Code.TAG, "tags are not supported", hint)

    def _scalar_at(self, event: _Event, value: Plain) -> Scalar:
        start, end = event.start_mark, event.end_mark
        line = self._number(start.line + 1)
        last = line if end.line == start.line else self._number(end.line + 1)
        return Scalar(self._file, line, start.column + 1, last, end.column + 1, value)

    def _span(self, start: _Event, end: _Event, last: Node | None) -> tuple[int, int, int, int]:
        """Return the range of a mapping or a list, up to its closing bracket or the end of its last value."""
        begin, close = start.start_mark, end.end_mark
        line = self._number(begin.line + 1)
        if start.flow_style or last is None:
            return (line, begin.column + 1, self._number(close.line + 1), close.column + 1)
        return (line, begin.column + 1, last.end_line, last.end_column)

    def _number(self, line: int) -> int:
        """Return the same object for the same line: most lines have several values, each with a start and an end."""
        return self._lines.setdefault(line, line)

    def _report(self, place: Node, code: Code, summary: str, detail: str = "") -> None:
        self._errors.append(error_at(place, code, summary, detail))
        if len(self._errors) >= MAX_ERRORS:
            summary = f"{MAX_ERRORS} errors in this file: the rest of it was not read"
            raise _AbandonedError(error_at(place, Code.TOO_MANY_ERRORS, summary))

    def _abandoned(self, event: _Event, code: Code, summary: str) -> "_AbandonedError":
        return _AbandonedError(error_at(self._scalar_at(event, None), code, summary, "split it"))

    def _syntax_error(self, error: YAMLError) -> Diagnostic:
        if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
            return error_at(_spot(self._file, 1, 1), Code.NOT_YAML, "this is not YAML")
        place = _spot(self._file, error.problem_mark.line + 1, error.problem_mark.column + 1)
        return error_at(place, Code.NOT_YAML, *explain_syntax_error(error, self._file.snippet(place.line) or ""))


class _AbandonedError(Exception):
    """A limit was exceeded, so the rest of the file is not read."""

    def __init__(self, reason: Diagnostic) -> None:
        super().__init__(reason.summary)
        self.reason = reason


def _merges(key: Scalar) -> bool:
    """Whether this is a merge key; a quoted one, which is two columns wider, is an ordinary name."""
    return key.value == "<<" and key.end_column - key.column == len("<<")


def _display_key(key: Node) -> str:
    return f"{in_quotes(key.value)}" if isinstance(key, Scalar) else "this key"


def _kind(key: Scalar) -> str:
    return {bool: "true or false", type(None): "null"}.get(type(key.value), "a number")


def _unusable(file: File) -> list[Diagnostic]:
    """Report what makes a file unsafe to parse."""
    if len(file.raw) > MAX_BYTES:
        summary = f"larger than {MAX_BYTES // 1024:,} KiB"
        return [error_at(_spot(file, 1, 1), Code.TOO_LARGE, summary, "split it into several files in one folder")]
    try:
        text = file.raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = file.raw.count(b"\n", 0, error.start) + 1
        return [error_at(_spot(file, line, 1), Code.NOT_UTF8, "this line is not UTF-8", "save the file as UTF-8")]
    return [*_invisible(file, text), *_directives(file, text)][:MAX_ERRORS]


def _invisible(file: File, text: str) -> list[Diagnostic]:
    """Report characters that a reviewer cannot see. Escapes of them are visible, and so allowed."""
    if text.isascii() and len(file.raw.translate(None, _ASCII_CONTROLS)) == len(file.raw) and b"\r" not in file.raw:
        return []
    return [
        error_at(
            _place(file, text, found),
            Code.INVISIBLE,
            f"an invisible character, U+{ord(found[0]):04X}",
            f'remove it, or write it in double quotes as "\\u{ord(found[0]):04X}" so that it can be seen',
        )
        for found in islice(_INVISIBLE.finditer(text), MAX_ERRORS)
    ]


def _directives(file: File, text: str) -> list[Diagnostic]:
    """Report directives before parsing: a file full of them keeps the parser busy for minutes."""
    return [
        error_at(_place(file, text, found), Code.DIRECTIVE, "directives are not supported", "remove the line")
        for found in islice(_DIRECTIVE.finditer(text), MAX_ERRORS)
    ]


_ASCII_CONTROLS = bytes({*range(32), 127} - {*b"\t\n\r"})
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]|\r(?!\n)"
)
_DIRECTIVE = re.compile(r"^%\S*", re.MULTILINE)


def _place(file: File, text: str, found: re.Match[str]) -> Scalar:
    line = text.count("\n", 0, found.start()) + 1
    column = found.start() - text.rfind("\n", 0, found.start())
    return _spot(file, line, column, len(found[0]))


def _spot(file: File, line: int, column: int, width: int = 1) -> Scalar:
    return Scalar(file, line, column, line, column + width, None)
