"""The shapes that a parameter's value can have, and what Twilio says when a value does not fit."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from hashlib import sha256
from typing import Final, Literal, Protocol
from urllib.parse import urlsplit

from confsync.emulator.duration import Malformed, as_java, seconds_in
from confsync.emulator.refusal import INVALID_VALUE, MALFORMED_SID, invalid
from confsync.emulator.world import written

_MOMENT = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)(?P<time>[T ]\d\d:\d\d:\d\d)?(?:\.\d{1,9})?(?P<zone>Z|[+-]\d\d:?\d\d)?",
    re.ASCII | re.IGNORECASE,
)

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
    when_empty: Literal["clear", "stay", "keep"] = "clear"
    removed_by: str = ""
    secret: Literal[False] = False

    def read(self, name: str, sent: Sequence[str]) -> Value | Keep:
        """Refuse what is too long; "" is no text, or stays an empty one, or leaves the text that was there."""
        text = sent[0]
        if self.at_most is not None and len(text) > self.at_most:
            raise invalid(name, self.too_long, f"longer than {self.at_most} characters")
        if text == "" and self.when_empty == "keep":
            return KEEP
        return None if text == self.removed_by and self.when_empty != "stay" else text


@dataclass(frozen=True, slots=True)
class Name:
    """Text that also names a thing in a path, and so must not look like a SID of its kind."""

    at_most: int
    too_long: int
    sid: str
    like_sid: int
    reserved: tuple[str, ...] = ()
    is_reserved: int = INVALID_VALUE
    secret: Literal[False] = False

    def read(self, name: str, sent: Sequence[str]) -> Value:
        """Take it as it is written; "" is no name."""
        text = sent[0]
        if len(text) > self.at_most:
            raise invalid(name, self.too_long, f"longer than {self.at_most} characters")
        if re.fullmatch(f"{self.sid}[0-9a-fA-F]{{32}}", text):
            raise invalid(name, self.like_sid, "it has the form of a SID")
        if text in self.reserved:
            raise invalid(name, self.is_reserved, "the name is reserved")
        return text or None


@dataclass(frozen=True, slots=True)
class Json:
    """A JSON document in text, of at most so many bytes."""

    at_most: int
    too_long: int = 50303
    malformed: int = 50304
    echo: Literal["as_sent", "reserialised"] = "as_sent"
    secret: Literal[False] = False

    def read(self, name: str, sent: Sequence[str]) -> Value:
        """Refuse what is no JSON or too large."""
        if len(sent[0].encode()) > self.at_most:
            raise invalid(name, self.too_long, f"longer than {self.at_most} bytes")
        try:
            value = json.loads(sent[0], parse_constant=_no_json)
        except (ValueError, RecursionError):
            raise invalid(name, self.malformed, "not valid JSON") from None
        return sent[0] if self.echo == "as_sent" else json.dumps(value, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class JsonObjects:
    """A list of JSON objects, each sent as a text of its own. It is no column: what it says is kept elsewhere."""

    at_most: int
    secret: Literal[False] = False

    def read(self, name: str, sent: Sequence[str]) -> Keep:
        """Refuse too many, and what is no JSON object."""
        if len(sent) > self.at_most:
            raise invalid(name, why=f"more than {self.at_most}")
        for each in sent:
            if not _is_json_object(each):
                raise invalid(name, why="not a JSON object")
        return KEEP


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number between two others. One that may be unset is so by "" or `null`."""

    at_least: int = 0
    at_most: int = 2**31 - 1
    may_be_unset: bool = False
    secret: Literal[False] = False

    def read(self, name: str, sent: Sequence[str]) -> Value:
        """Count in decimal digits."""
        if self.may_be_unset and sent[0] in {"", "null"}:
            return None
        if not re.fullmatch(r"-?[0-9]{1,18}", sent[0], re.ASCII) or not self.at_least <= int(sent[0]) <= self.at_most:
            raise invalid(name, why=f"not a whole number from {self.at_least} to {self.at_most}")
        return int(sent[0])


@dataclass(frozen=True, slots=True)
class Moment:
    """A date, with or without a time; one without means the day's beginning, or its end."""

    without_time: Literal["begin", "end"] = "begin"
    secret: Literal[False] = False

    def read(self, name: str, sent: Sequence[str]) -> Value:
        """Write it as Twilio does, in UTC."""
        form = _MOMENT.fullmatch(sent[0])
        if form is None:
            raise invalid(name, why="not an ISO 8601 date")
        time = form["time"] or ("T00:00:00" if self.without_time == "begin" else "T23:59:59")
        try:
            moment = datetime.fromisoformat(form["day"] + time.upper() + (form["zone"] or "Z").upper())
            return written(moment)
        except (ValueError, OverflowError):
            raise invalid(name, why="there is no such date") from None


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
    empty: int | None = None
    any_case: bool = False
    echo: Literal["normalised", "as_sent"] = "normalised"
    secret: Literal[False] = False

    def read(self, name: str, sent: Sequence[str]) -> Value:
        """Give the word as the table writes it, or as the client did."""
        known = {word.lower(): word for word in self.words} if self.any_case else {word: word for word in self.words}
        word = known.get(sent[0].lower() if self.any_case else sent[0])
        if word is None:
            code = self.wrong if sent[0] or self.empty is None else self.empty
            raise invalid(name, code, f"must be one of {', '.join(self.words)}")
        return sent[0] if self.echo == "as_sent" else word


@dataclass(frozen=True, slots=True)
class Url:
    """An absolute http or https URL."""

    wrong: int
    when_empty: Literal["clear", "reject"] = "clear"
    at_most: int | None = None
    too_long: int = INVALID_VALUE
    secret: Literal[False] = False

    def read(self, name: str, sent: Sequence[str]) -> Value:
        """Take it as it is written."""
        url = sent[0]
        if self.at_most is not None and len(url) > self.at_most:
            raise invalid(name, self.too_long, f"longer than {self.at_most} characters")
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
    refused: frozenset[str] = frozenset()
    at_most: int | None = None
    too_many: int = INVALID_VALUE
    secret: Literal[False] = False

    def read(self, name: str, sent: Sequence[str]) -> Value | Keep:
        """Keep the order that was sent."""
        names = tuple(each for each in sent if each)
        if not names:
            return self._empty(name)
        if self.known is not None and not self.known.issuperset(names):
            raise invalid(name, self.wrong, "not a known name")
        if not self.refused.isdisjoint(names):
            raise invalid(name, self.wrong, "the name is of another list")
        if self.at_most is not None and len(names) > self.at_most:
            raise invalid(name, self.too_many, f"more than {self.at_most}")
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
    when_empty: Literal["keep", "clear", "reject"] = "keep"
    empty: int = MALFORMED_SID
    secret: Literal[False] = False

    def read(self, name: str, sent: Sequence[str]) -> Value | Keep:
        """Take a well-formed one; most SIDs cannot be unset, only re-pointed."""
        if sent[0] == "":
            return self._nothing(name)
        if not re.fullmatch(f"{self.prefix}[0-9a-fA-F]{{32}}", sent[0]):
            raise invalid(name, self.wrong, f"not a SID of the form {self.prefix} and 32 hexadecimal digits")
        return sent[0]

    def _nothing(self, name: str) -> Keep | None:
        if self.when_empty == "keep":
            return KEEP
        if self.when_empty == "clear":
            return None
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
    echo: Literal["normalised", "as_sent", "seconds"] = "normalised"
    secret: Literal[False] = False

    def read(self, name: str, sent: Sequence[str]) -> Value:
        """Write it as it will be read back, or as the seconds to count."""
        if sent[0] == "" and self.when_empty == "clear":
            return None
        try:
            seconds = seconds_in(sent[0])
        except Malformed:
            raise invalid(name, self.malformed, "not an ISO 8601 duration") from None
        if seconds < self.at_least:
            raise invalid(name, self.too_short, f"shorter than {as_java(self.at_least)}")
        if self.echo == "seconds":
            return seconds
        return sent[0] if self.echo == "as_sent" else as_java(seconds)


def _is_json_object(text: str) -> bool:
    try:
        value = json.loads(text, parse_constant=_no_json)
        # An escape may stand for half a character, which no text can hold.
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict)


def _no_json(constant: str) -> None:
    raise ValueError(constant)


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
