"""Writes plain values as lines of YAML that every reader of YAML 1.1 and 1.2 understands in the same way."""

import json
import re
from collections.abc import Iterator, Mapping

from confsync.config.yaml import resolve_scalar
from confsync.quoting import in_quotes

INDENT = "  "
WIDTH = 110
"""A list that fits into so many columns is written on one line."""


class Reference(str):
    """A reference such as `${{ var.name }}`, rather than a text that looks like one."""

    __slots__ = ()


def entry_lines(key: str, value: object, indent: str) -> Iterator[str]:
    """Write a key and its value. Raises ValueError for a value that the configuration cannot contain."""
    match value:
        case Mapping() if value:
            yield f"{indent}{quote(key)}:"
            for name, each in value.items():
                yield from entry_lines(str(name), each, indent + INDENT)
        case list() if value and not _is_flat(value):
            yield f"{indent}{quote(key)}:"
            for each in value:
                yield f"{indent}{INDENT}- {flow(each)}"
        case list() if value and len(line := f"{indent}{quote(key)}: {flow(value)}") > WIDTH:
            del line
            yield f"{indent}{quote(key)}:"
            for each in value:
                yield f"{indent}{INDENT}- {flow(each)}"
        case _:
            yield f"{indent}{quote(key)}: {flow(value)}"


def reason_not_to_write(value: object) -> str:
    """Say why the configuration cannot contain a value; return an empty text if it can."""
    try:
        for _ in entry_lines("", value, ""):
            pass
    except ValueError as error:
        return str(error)
    return ""


def flow(value: object) -> str:
    """Write a value on one line. Raises ValueError for a value that the configuration cannot contain."""
    match value:
        case Reference():
            return json.dumps(str(value))
        case str():
            return quote(escape_references(value))
        case bool() | None:
            return {True: "true", False: "false", None: "null"}[value]
        case int() | float():
            return _number(value)
        case list():
            return f"[{', '.join(map(flow, value))}]"
        case Mapping():
            inside = ", ".join(f"{quote(str(name))}: {flow(each)}" for name, each in value.items())
            return f"{{{inside}}}"
    raise ValueError("it cannot be written as YAML")


def quote(text: str) -> str:
    """Write a text, in double quotes unless no reader could take it for anything else."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS and resolve_scalar(text) == text:
        return text
    return escape(json.dumps(text, ensure_ascii=False))


def escape(text: str) -> str:
    """Write every character that cannot be seen as an escape. Raises ValueError for half of a character."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _escaped(ord(each)) for each in text)


def comment_text(text: str) -> str:
    """Write a text in one line of a comment."""
    return "".join(each if each.isprintable() else f"\\u{ord(each):04X}" for each in text)


def escape_references(text: str) -> str:
    """Write a text that looks like a reference so that it is read as a text."""
    return text.replace("${{", "$${{")


def name_for_people(text: str) -> str:
    """Quote a name within a comment."""
    return comment_text(in_quotes(text))


# A word with an `_` could be a number in YAML 1.1 only if it began with a digit.
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:[ ./@-][A-Za-z0-9_]+)*")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_SURROGATES = range(0xD800, 0xE000)


def _escaped(code: int) -> str:
    if code in _SURROGATES:
        raise ValueError("it contains half of a character")
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"  # noqa: PLR2004 — the last code of four digits


def _number(value: float) -> str:
    text = repr(value)
    if resolve_scalar(text) != value or type(resolve_scalar(text)) is not type(value):
        raise ValueError("it contains a number that YAML would read differently")
    return text


def _is_flat(items: list[object]) -> bool:
    return not any(isinstance(each, Mapping | list) for each in items)
