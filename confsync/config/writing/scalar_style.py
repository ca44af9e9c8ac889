"""Writes a new value in the style of the old one: with its quotes, or as a block of lines."""

import re

from confsync.config.tree import Scalar
from confsync.config.writing.splices import Source
from confsync.config.writing.yaml_text import MUST_BE_ESCAPED, escaped, write_inline, write_text


def rewritten(source: Source, old: Scalar, new: object, *, in_flow: bool) -> str:
    """Write a value in place of a scalar, in its style if that is possible."""
    if not isinstance(new, str) or not isinstance(old.value, str):
        return write_inline(new, in_flow=in_flow)
    written = source.text[source.begin(old) : source.end(old)]
    match written[:1]:
        case "|" | ">":
            return (_lines(source, written, new) or escaped(new)) if "\n" in new else write_text(new, in_flow=in_flow)
        case "'" if not MUST_BE_ESCAPED.search(new):
            return "'" + new.replace("'", "''") + "'"
        case "'" | '"':
            return escaped(new)
    return write_text(new, in_flow=in_flow)


def _lines(source: Source, written: str, new: str) -> str:
    """Write a text as a literal block with the indentation of an old one; empty if it cannot be one."""
    header, _, rest = written.partition("\n")
    first = next((line for line in rest.split("\n") if line.strip()), "")
    indent = len(first) - len(first.lstrip(" "))
    body = new.removesuffix("\n")
    lines = body.split("\n")
    is_block = indent and body and not body.endswith("\n") and not lines[0].startswith((" ", "\t")) and lines[0]
    if not is_block or re.search(r"[1-9]", header) or any(map(MUST_BE_ESCAPED.search, lines)):
        return ""
    comment = header[len(header.split()[0]) :].rstrip("\r")
    sign = "|" if new.endswith("\n") else "|-"
    shown = (" " * indent + line if line else "" for line in lines)
    return source.line_end.join((f"{sign}{comment}", *shown))
