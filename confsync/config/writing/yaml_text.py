"""Writes values as YAML: each text with quotes only where YAML, or a YAML 1.1 tool, would read something else."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from confsync.config.yaml import resolve_scalar

if TYPE_CHECKING:
    from yaml.resolver import Resolver

WIDEST = 120
"""A line of YAML has at most this many columns, if it can be broken at all."""


def write_text(text: str, *, in_flow: bool = False) -> str:
    """Write a text, plain if possible. In a flow collection, fewer texts can be plain."""
    return text if is_plain(text, in_flow=in_flow) else _in_quotes(text)


def write_inline(value: object, *, in_flow: bool = False) -> str:
    """Write any value on one line: a mapping or a list in brackets."""
    match value:
        case None:
            return "null"
        case str():
            return write_text(value, in_flow=in_flow)
        case bool() | int() | float():
            return json.dumps(value)
        case Mapping():
            entries = (f"{write_text(str(key), in_flow=True)}: {_inside(each)}" for key, each in value.items())
            return f"{{{', '.join(entries)}}}"
        case Sequence():
            return f"[{', '.join(map(_inside, value))}]"
    raise TypeError(f"{type(value).__name__} cannot be written as YAML")


def write_block(key: str, value: object) -> list[str]:
    """Write an entry of a mapping in block style: each part of a collection has a line of its own."""
    head = write_text(key)
    if isinstance(value, Mapping) and value:
        return [f"{head}:", *(f"  {line}" for name, each in value.items() for line in write_block(str(name), each))]
    if isinstance(value, list) and value:
        return [f"{head}:", *(f"  - {write_inline(each)}" for each in value)]
    return [f"{head}: {write_inline(value)}"]


def is_plain(text: str, *, in_flow: bool) -> bool:
    """Whether YAML 1.2 and YAML 1.1 both read a text without quotes as this text."""
    if not text or text != text.strip() or MUST_BE_ESCAPED.search(text):
        return False
    if text[0] in _INDICATORS or text.startswith("...") or text.endswith(":") or _STOPS.search(text):
        return False
    if (in_flow and "," in text) or not isinstance(resolve_scalar(text), str):
        return False
    return text.lower() not in _WORDS_OF_1_1 and _is_text_in_1_1(text)


_INDICATORS = frozenset("-?:,[]{}#&*!|>'\"%@`")
_STOPS = re.compile(r"[{}\[\]]|: | #")
_WORDS_OF_1_1 = frozenset({"y", "n", "yes", "no", "on", "off"})


def _is_text_in_1_1(text: str) -> bool:
    """Whether YAML 1.1 reads a text as text: not as a number, a date or a truth value."""
    from yaml.nodes import ScalarNode  # noqa: PLC0415 — only for a run that writes YAML

    resolve: Callable[..., str] = _resolver().resolve
    return resolve(ScalarNode, text, (True, False)) == "tag:yaml.org,2002:str"


@cache
def _resolver() -> "Resolver":
    from yaml.resolver import Resolver  # noqa: PLC0415 — as above

    return Resolver()


def _inside(value: object) -> str:
    return write_inline(value, in_flow=True)


def _in_quotes(text: str) -> str:
    """Use single quotes where double ones would need escapes; otherwise double quotes."""
    if "'" not in text and _QUOTE_OR_BACKSLASH.search(text) and not MUST_BE_ESCAPED.search(text):
        return f"'{text}'"
    return escaped(text)


def escaped(text: str) -> str:
    """Write a text in double quotes, and escape every character that a reviewer could not see."""
    return MUST_BE_ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


_QUOTE_OR_BACKSLASH = re.compile(r'["\\]')
MUST_BE_ESCAPED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
"""Control characters, and the characters that confsync does not accept unescaped because they are invisible."""
