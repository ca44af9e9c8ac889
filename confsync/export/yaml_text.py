"""Writes plain values as lines of YAML, in the layout of `fmt`, and refuses what a configuration cannot contain."""

from collections.abc import Iterator, Mapping

from confsync.config.writing.yaml_text import WIDEST, write_text
from confsync.config.yaml import resolve_scalar
from confsync.quoting import in_quotes

INDENT = "  "


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
        case list() if value and len(line := f"{indent}{quote(key)}: {flow(value)}") > WIDEST:
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


def flow(value: object, *, in_flow: bool = False) -> str:
    """Write a value on one line. Raises ValueError for a value that the configuration cannot contain."""
    match value:
        case Reference():
            return write_text(str(value), in_flow=in_flow)
        case str():
            return quote(escape_references(value), in_flow=in_flow)
        case bool() | None:
            return {True: "true", False: "false", None: "null"}[value]
        case int() | float():
            return _number(value)
        case list():
            return f"[{', '.join(flow(each, in_flow=True) for each in value)}]"
        case Mapping():
            entries = (f"{quote(str(name), in_flow=True)}: {flow(each, in_flow=True)}" for name, each in value.items())
            return f"{{{', '.join(entries)}}}"
    raise ValueError("it cannot be written as YAML")


def quote(text: str, *, in_flow: bool = False) -> str:
    """Write a text, with quotes if it needs them. Raises ValueError for half of a character."""
    if not text.isascii() and any(ord(each) in _SURROGATES for each in text):
        raise ValueError("it contains half of a character")
    return write_text(text, in_flow=in_flow)


def comment_text(text: str) -> str:
    """Write a text in one line of a comment."""
    return "".join(each if each.isprintable() else f"\\u{ord(each):04X}" for each in text)


def escape_references(text: str) -> str:
    """Write a text that looks like a reference so that it is read as a text."""
    return text.replace("${{", "$${{")


def name_for_people(text: str) -> str:
    """Quote a name within a comment."""
    return comment_text(in_quotes(text))


_SURROGATES = range(0xD800, 0xE000)


def _number(value: float) -> str:
    text = repr(value)
    if resolve_scalar(text) != value or type(resolve_scalar(text)) is not type(value):
        raise ValueError("it contains a number that YAML would read differently")
    return text


def _is_flat(items: list[object]) -> bool:
    return not any(isinstance(each, Mapping | list) for each in items)
