"""The shapes that a parameter's value can have, and what Twilio says when a value does not fit."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from typing import Final, Literal, Protocol
from urllib.parse import urlsplit

from confsync.emulator.duration import Malformed, as_java, seconds_in
from confsync.emulator.refusal import INVALID_VALUE, MALFORMED_SID, invalid

Value = str | int | tuple[str, ...] | None


class Keep(Enum):
    """Says that a parameter was sent, is known, and changes nothing."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP


class Shape(Protocol):
    """What may be sent for one parameter."""

    @property
    def secret(self) -> bool:
        """Whether the value must not be kept or shown."""
        ...

    def read(self, name: str, sent: Sequence[str]) -> Value | Keep:
        """Turn what was sent into what is stored; raise a Refusal where it does not fit."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """Free text."""

    at_most: int | None = None
    too_long: int = INVALID_VALUE
    when_empty: Literal["clear", "stay"] = "clear"
    secret: Literal[False] = False

    def read(self, name: str, sent: Sequence[str]) -> Value:
        """Refuse what is too long; "" is no text, or stays an empty one."""
        text = sent[0]
        if self.at_most is not None and len(text) > self.at_most:
            raise invalid(name, self.too_long, f"longer than {self.at_most} characters")
        return None if text == "" and self.when_empty == "clear" else text


@dataclass(frozen=True, slots=True)
class SecretText:
    """Text of which only a digest is kept, so that a change can be told from none and nothing else."""

    secret: Literal[True] = True

    def read(self, name: str, sent: Sequence[str]) -> Value:
        """Digest it."""
        del name
        return sha256(sent[0].encode()).hexdigest() if sent[0] else None


@dataclass(frozen=True, slots=True)
class Flag:
    """`true` or `false`."""

    secret: Literal[False] = False

    def read(self, name: str, sent: Sequence[str]) -> Value:
        """Take either word, in any case."""
        match sent[0].lower():
            case "true":
                return 1
            case "false":
                return 0
            case _:
                raise invalid(name, why="neither true nor false")


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]
    wrong: int = INVALID_VALUE
    any_case: bool = False
    secret: Literal[False] = False

    def read(self, name: str, sent: Sequence[str]) -> Value:
        """Give the word as the table writes it."""
        known = {word.lower(): word for word in self.words} if self.any_case else {word: word for word in self.words}
        word = known.get(sent[0].lower() if self.any_case else sent[0])
        if word is None:
            raise invalid(name, self.wrong, f"must be one of {', '.join(self.words)}")
        return word


@dataclass(frozen=True, slots=True)
class Url:
    """An absolute http or https URL."""

    wrong: int
    when_empty: Literal["clear", "reject"] = "clear"
    secret: Literal[False] = False

    def read(self, name: str, sent: Sequence[str]) -> Value:
        """Take it as it is written."""
        url = sent[0]
        if url == "" and self.when_empty == "clear":
            return None
        if not _is_web_address(url):
            raise invalid(name, self.wrong, "not an http or https URL")
        return url


@dataclass(frozen=True, slots=True)
class Names:
    """A list, sent by repeating the parameter. One empty value means the empty list."""

    known: frozenset[str] | None = None
    wrong: int = INVALID_VALUE
    when_empty: Literal["empty", "keep", "reject"] = "empty"
    when_repeated: Literal["keep", "drop", "reject"] = "keep"
    secret: Literal[False] = False

    def read(self, name: str, sent: Sequence[str]) -> Value | Keep:
        """Keep the order that was sent."""
        names = tuple(each for each in sent if each)
        if not names:
            return self._empty(name)
        if self.known is not None and not self.known.issuperset(names):
            raise invalid(name, self.wrong, "not a known name")
        return self._without_repeats(name, names)

    def _empty(self, name: str) -> Value | Keep:
        match self.when_empty:
            case "empty":
                return ()
            case "keep":
                return KEEP
            case "reject":
                raise invalid(name, self.wrong, "the list is empty")

    def _without_repeats(self, name: str, names: tuple[str, ...]) -> Value:
        once = tuple(dict.fromkeys(names))
        if self.when_repeated == "reject" and once != names:
            raise invalid(name, self.wrong, "a name is repeated")
        return once if self.when_repeated == "drop" else names


@dataclass(frozen=True, slots=True)
class Sid:
    """An identifier of Twilio's that leads out of what the emulator knows."""

    prefix: str
    wrong: int = MALFORMED_SID
    when_empty: Literal["keep", "reject"] = "keep"
    empty: int = MALFORMED_SID
    secret: Literal[False] = False

    def read(self, name: str, sent: Sequence[str]) -> Value | Keep:
        """Take a well-formed one; a SID cannot be unset, only re-pointed."""
        if sent[0] == "":
            return self._nothing(name)
        if not re.fullmatch(f"{self.prefix}[0-9a-fA-F]{{32}}", sent[0]):
            raise invalid(name, self.wrong, f"not a SID of the form {self.prefix} and 32 hexadecimal digits")
        return sent[0]

    def _nothing(self, name: str) -> Keep:
        if self.when_empty == "keep":
            return KEEP
        raise invalid(name, self.empty, "a SID is needed")


@dataclass(frozen=True, slots=True)
class Reference(Sid):
    """The SID of something that must exist: a row of `kind` beside this one, with the columns of `alike`."""

    kind: str = ""
    alike: tuple[tuple[str, str], ...] = ()
    unknown: int = INVALID_VALUE
    unlike: int = INVALID_VALUE


@dataclass(frozen=True, slots=True)
class Duration:
    """An ISO 8601 duration of at least so many seconds."""

    at_least: int
    too_short: int
    malformed: int
    when_empty: Literal["clear", "reject"] = "clear"
    echo: Literal["normalised", "as_sent"] = "normalised"
    secret: Literal[False] = False

    def read(self, name: str, sent: Sequence[str]) -> Value:
        """Write it as it will be read back."""
        if sent[0] == "" and self.when_empty == "clear":
            return None
        try:
            seconds = seconds_in(sent[0])
        except Malformed:
            raise invalid(name, self.malformed, "not an ISO 8601 duration") from None
        if seconds < self.at_least:
            raise invalid(name, self.too_short, f"shorter than {as_java(self.at_least)}")
        return sent[0] if self.echo == "as_sent" else as_java(seconds)


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
