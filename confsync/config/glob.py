"""Globs over addresses: `*`, `?` and `[…]` match within a segment, `**` matches any number of segments.

A glob that matches an address also matches everything in it.
"""

import re
from typing import Self
from urllib.parse import unquote

from msgspec import Struct

from confsync.errors import UsageError
from confsync.names import Address
from confsync.quoting import in_quotes

_TOKEN = re.compile(r"\*|\?|\[!?\]?[^\]]*\]|[^*?\[]+")
_ANY = re.compile(r".*", re.DOTALL)


class Glob(Struct, frozen=True):
    """A parsed glob: a pattern for each segment, or None for `**`, which matches any number of segments."""

    text: str
    segments: tuple[re.Pattern[str] | None, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a glob; a percent-encoded character stands for itself. Raises UsageError."""
        if not text or "#" in text or "" in text.split("/"):
            raise _invalid_glob(text, "slashes separate the names of sections and resources, and no field may follow")
        segments = tuple(_segment(each, text) for each in text.split("/"))
        if segments[-1] is None and len(segments) > 1:  # `a/**` matches what is in a, but not a itself
            segments = (*segments, _ANY)
        return cls(text, segments)

    def matches(self, address: Address) -> bool:
        """Whether it matches an address, or something that contains it."""
        return _matches(self.segments, tuple(address), possibly=False)

    def may_match_inside(self, address: Address) -> bool:
        """Whether it matches an address, or may match something in it."""
        return _matches(self.segments, tuple(address), possibly=True)


def _matches(segments: tuple[re.Pattern[str] | None, ...], parts: tuple[str, ...], *, possibly: bool) -> bool:
    """Match from the left. If parts of the address remain, they are inside a match, so they match."""
    if not segments:
        return True
    if not parts:
        return possibly or segments == (None,)
    first, *rest = segments
    if first is None:
        after = tuple(rest)
        return any(_matches(after, parts[skipped:], possibly=possibly) for skipped in range(len(parts) + 1))
    return first.fullmatch(parts[0]) is not None and _matches(tuple(rest), parts[1:], possibly=possibly)


def _segment(written: str, text: str) -> re.Pattern[str] | None:
    if written == "**":
        return None
    tokens = _TOKEN.findall(written)
    if "**" in written:
        raise _invalid_glob(text, "`**` is a segment of its own")
    if "".join(tokens) != written:
        raise _invalid_glob(text, "a literal `[` is written as %5B")
    try:
        return re.compile("".join(map(_expression, tokens)), re.DOTALL)
    except re.error as error:
        raise _invalid_glob(text, "a range goes from the lower to the higher character, as in [a-z]") from error


def _expression(token: str) -> str:
    match token[0]:
        case "*":
            return ".*"
        case "?":
            return "."
        case "[":
            negated = token.startswith("[!")
            members = unquote(token[1 + negated : -1])
            return f"[{'^' if negated else ''}{_CLASS.sub(_escaped, members)}]"
        case _:
            return re.escape(unquote(token))


_CLASS = re.compile(r"[\\\[\]^&~|]")


def _escaped(match: re.Match[str]) -> str:
    return f"\\{match[0]}"


def _invalid_glob(text: str, rule: str) -> UsageError:
    return UsageError(f"{in_quotes(text)} is not a valid address glob.", hint=f"In a glob, {rule}.")
