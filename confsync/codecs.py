"""What a field's value is made of: the one form in which both sides are compared, and the text in which it is sent."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

from msgspec import Struct
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from confsync.secret import Secret
from confsync.strict_json import canonical_json


class Edit(Struct, frozen=True):
    """A change to a set of which nobody here knows the whole: what must be in it and what must not."""

    add: frozenset[str] = frozenset()
    remove: frozenset[str] = frozenset()

    def over(self, live: frozenset[str]) -> frozenset[str]:
        """Give the set that a live one becomes."""
        return (live | self.add) - self.remove


Value = str | bool | int | frozenset[str] | Edit | Secret | None
"""One field's value in its normal form: absent, null and the empty text are all None."""


@runtime_checkable
class Codec(Protocol):
    """What a value of a field is made of. `words` says it to people, `cleared` is sent to clear it."""

    @property
    def description(self) -> str:
        """Say what it is, as a person would."""
        ...

    @property
    def cleared_as(self) -> str:
        """Give the text that is sent for no value."""
        ...

    def normalize(self, value: object) -> Value:
        """Bring a value, from YAML or from Twilio, to normal form. Raises ValueError where it cannot be one."""
        ...

    def encode(self, value: Value) -> tuple[str, ...]:
        """Write a value in normal form as it is sent; a list repeats its parameter."""
        ...


def _none_or(normal: Callable[[object], Value], value: object) -> Value:
    return None if value is None or value == "" else normal(value)


class Text(Struct, frozen=True):
    """A text; `fold` says to which case it is brought where upper and lower case mean the same."""

    fold: Literal["", "upper", "lower"] = ""
    description: ClassVar[str] = "text"
    cleared_as: ClassVar[str] = ""

    def normalize(self, value: object) -> Value:
        """Fold the case, and take an empty text for none."""
        return _none_or(self._text, value)

    def _text(self, value: object) -> Value:
        if not isinstance(value, str):
            raise ValueError("not text")  # noqa: TRY004 — it is the value that is wrong, not our argument
        return value.upper() if self.fold == "upper" else value.lower() if self.fold == "lower" else value

    def encode(self, value: Value) -> tuple[str, ...]:
        """Send it as it is."""
        return (str(value),)


class Boolean(Struct, frozen=True):
    """True or false; Twilio sometimes says it in words."""

    description: ClassVar[str] = "true or false"
    cleared_as: ClassVar[str] = ""

    def normalize(self, value: object) -> Value:
        """Take the word for what it says."""
        return _none_or(self._flag, value)

    def _flag(self, value: object) -> Value:
        match value:
            case bool():
                return value
            case "true" | "True":
                return True
            case "false" | "False":
                return False
        raise ValueError("neither true nor false")

    def encode(self, value: Value) -> tuple[str, ...]:
        """Send the word."""
        return ("true" if value else "false",)


class Integer(Struct, frozen=True):
    """A whole number."""

    description: ClassVar[str] = "whole number"
    cleared_as: ClassVar[str] = ""

    def normalize(self, value: object) -> Value:
        """Take the digits for the number."""
        return _none_or(self._number, value)

    def _number(self, value: object) -> Value:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
            return int(value)
        raise ValueError("not a whole number")

    def encode(self, value: Value) -> tuple[str, ...]:
        """Send its digits."""
        return (str(value),)


class StringSet(Struct, frozen=True):
    """Texts whose order and repetition mean nothing."""

    description: ClassVar[str] = "list of texts, order means nothing"
    cleared_as: ClassVar[str] = ""

    def normalize(self, value: object) -> frozenset[str]:
        """Take a list for a set; nothing is the empty set."""
        if value is None:
            return frozenset()
        if isinstance(value, list | tuple | frozenset) and all(isinstance(each, str) for each in value):
            return frozenset(value)
        raise ValueError("not a list of texts")

    def encode(self, value: Value) -> tuple[str, ...]:
        """Send each; Twilio documents no encoding for the empty set, so this is the one place to put the truth in."""
        return tuple(sorted(value)) or ("",) if isinstance(value, frozenset) else ("",)


SECONDS = {"D": 86_400, "H": 3_600, "M": 60, "S": 1}
_DURATION = re.compile(
    r"P(?=.)(?:(?P<D>\d{1,9})D)?(?:T(?=.)(?:(?P<H>\d{1,9})H)?(?:(?P<M>\d{1,9})M)?(?:(?P<S>\d{1,9})S)?)?",
    re.ASCII | re.IGNORECASE,
)


class Duration(Struct, frozen=True):
    """An ISO 8601 duration of at least so many seconds: `PT60M` is `PT1H`."""

    at_least: int = 0
    description: ClassVar[str] = "ISO 8601 duration, such as `PT10M`"
    cleared_as: ClassVar[str] = ""

    def normalize(self, value: object) -> Value:
        """Write it in hours, minutes and seconds, as Twilio's own runtime does."""
        return _none_or(lambda given: _written(_seconds(given)), value)

    def encode(self, value: Value) -> tuple[str, ...]:
        """Send the normal form."""
        return (str(value),)

    @property
    def shortest(self) -> str:
        """The shortest duration that will do."""
        return _written(self.at_least)

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def _checked(self, value: str) -> str:
        try:
            seconds = _seconds(value)
        except ValueError:
            raise PydanticCustomError("duration", "not a duration") from None
        if seconds < self.at_least:
            raise PydanticCustomError("too_short_a_time", "too short", {"shortest": self.shortest})
        return value


def _seconds(value: object) -> int:
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("not an ISO 8601 duration")
    return sum(int(found[unit] or 0) * seconds for unit, seconds in SECONDS.items())


def _written(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    counted = "".join(f"{count}{unit}" for count, unit in ((hours, "H"), (minutes, "M"), (rest, "S")) if count)
    return f"PT{counted or '0S'}"


class JsonText(Struct, frozen=True):
    """A mapping, which Twilio keeps as JSON text of at most so many bytes: key order and spaces mean nothing."""

    at_most: int | None = None
    description: ClassVar[str] = "mapping, kept at Twilio as JSON text"
    cleared_as: ClassVar[str] = "{}"

    def normalize(self, value: object) -> Value:
        """Write it in the one canonical way; an empty mapping is no value."""
        if isinstance(value, str) and value:
            value = _parsed(value)
        return canonical_value(value) if value not in (None, "", {}) else None

    def encode(self, value: Value) -> tuple[str, ...]:
        """Send the normal form."""
        return (str(value),)

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def _checked(self, value: dict[str, Any]) -> dict[str, Any]:
        try:
            size = len(canonical_value(value).encode())
        except ValueError:
            raise PydanticCustomError("not_json", "not JSON") from None
        if self.at_most is not None and size > self.at_most:
            raise PydanticCustomError("too_large", "too large", {"at_most": f"{self.at_most:,}"})
        return value


def canonical_value(value: object) -> str:
    """Write a value as canonical JSON, in which 1.0 is 1. Raises ValueError where JSON cannot hold it."""
    try:
        return canonical_json(_whole(value))
    except (TypeError, ValueError, RecursionError) as wrong:
        raise ValueError("not JSON") from wrong


def _parsed(text: str) -> object:
    """Read JSON; a text that is none stands for itself, and so is another value than whatever is asked for."""
    try:
        value = json.loads(text)
        canonical_value(value)
    except (ValueError, RecursionError):
        return text
    return value


def _whole(value: object) -> object:
    """Write a number without a fraction as a whole one: JSON knows one kind of number."""
    match value:
        case float() if value.is_integer() and abs(value) < _EXACT:
            return int(value)
        case Mapping():
            return {name: _whole(each) for name, each in value.items()}
        case list() | tuple():
            return [_whole(each) for each in value]
    return value


_EXACT = 2**53
