"""A glob over addresses: `*`, `?` and `[…]` stay within a segment, `**` does not, and what is under a match matches."""

import re
from typing import Self
from urllib.parse import unquote

from msgspec import Struct

from confsync.errors import UsageError
from confsync.names import Address

_TOKEN = re.compile(r"\*|\?|\[!?\]?[^\]]*\]|[^*?\[]+")
_ANY = re.compile(r".*", re.DOTALL)


class Glob(Struct, frozen=True):
    """A glob, taken apart: one pattern for each segment, none for `**`, which takes any number of them."""

    text: str
    segments: tuple[re.Pattern[str] | None, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a glob as it was typed; what is percent-encoded stands for itself. Raises UsageError."""
        if not text or "#" in text or "" in text.split("/"):
            raise _unreadable(text, "names of sections and resources stand between slashes, and no field behind them")
        segments = tuple(_segment(each, text) for each in text.split("/"))
        if segments[-1] is None and len(segments) > 1:  # `a/**` is what is in a, and not a itself
            segments = (*segments, _ANY)
        return cls(text, segments)

    def matches(self, address: Address) -> bool:
        """Whether it means an address, or something that this is in."""
        return _matches(self.segments, tuple(address), possibly=False)

    def reaches(self, address: Address) -> bool:
        """Whether it means an address, or could mean something in it."""
        return _matches(self.segments, tuple(address), possibly=True)


def _matches(segments: tuple[re.Pattern[str] | None, ...], parts: tuple[str, ...], *, possibly: bool) -> bool:
    """Match from the left; whatever is left of the address is under a match, and so matches."""
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
        raise _unreadable(text, "`**` stands alone between slashes")
    if "".join(tokens) != written:
        raise _unreadable(text, "a `[` that means itself is written %5B")
    try:
        return re.compile("".join(map(_expression, tokens)), re.DOTALL)
    except re.error as error:
        raise _unreadable(text, "a range goes from the lower to the higher character, as in [a-z]") from error


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


def _escaped(found: re.Match[str]) -> str:
    return f"\\{found[0]}"


def _unreadable(text: str, rule: str) -> UsageError:
    return UsageError(f"'{text}' is no address glob.", hint=f"In a glob {rule}.")
