"""How a field's value is compared and sent: the normal form that both sides are brought to, and its form parameter."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

from msgspec import Struct

from confsync.secret import Secret
from confsync.strict_json import canonical_json


class Edit(Struct, frozen=True):
    """A change to a set whose other members are left alone."""

    add: frozenset[str] = frozenset()
    remove: frozenset[str] = frozenset()

    def over(self, live: frozenset[str]) -> frozenset[str]:
        """Apply the change to a live set."""
        return (live | self.add) - self.remove


class JsonEdit(Struct, frozen=True):
    """A change to the top-level keys of a JSON mapping whose other keys are left alone.

    `add` has each key to set and its value, both as in canonical JSON.
    """

    add: tuple[tuple[str, str], ...] = ()
    remove: frozenset[str] = frozenset()

    def over(self, live: object) -> str | None:
        """Apply the change to a live value in normal form; one that `fits` refuses stays as it is."""
        if not self.fits(live):
            return str(live)
        mapping = json.loads(live) if isinstance(live, str) else {}
        mapping |= {name: json.loads(value) for name, value in self.add}
        kept = {name: value for name, value in mapping.items() if name not in self.remove}
        return canonical_value(kept) if kept else None

    @staticmethod
    def fits(live: object) -> bool:
        """Whether a live value in normal form is a mapping, or no value: an edit of anything else would replace it."""
        return live is None or (isinstance(live, str) and live.startswith("{") and _is_json(live))

    @property
    def parts(self) -> tuple[str, ...]:
        """The keys to set with their values, as texts."""
        return tuple(f"{name}: {value}" for name, value in self.add)


AnyEdit = Edit | JsonEdit
"""A change that leaves the rest of a live value alone."""

Value = str | bool | int | frozenset[str] | AnyEdit | Secret | None
"""The value of one field in normal form. Absent, null and the empty text are all None."""


@runtime_checkable
class Codec(Protocol):
    """How values of one type are compared and sent."""

    @property
    def description(self) -> str:
        """The type in words, for documentation."""
        ...

    @property
    def cleared_as(self) -> str:
        """The text to send for no value."""
        ...

    def normalize(self, value: object) -> Value:
        """Bring a value, from YAML or from Twilio, to normal form. Raises ValueError if it is of another type."""
        ...

    def encode(self, value: Value) -> tuple[str, ...]:
        """Turn a value in normal form into the texts to send; a list repeats its parameter."""
        ...


def _none_or(normalize: Callable[[object], Value], value: object) -> Value:
    return None if value is None or value == "" else normalize(value)


class Text(Struct, frozen=True):
    """A text. `fold` is the case to convert it to, if case does not matter."""

    fold: Literal["", "upper", "lower"] = ""
    description: ClassVar[str] = "text"
    cleared_as: ClassVar[str] = ""

    def normalize(self, value: object) -> Value:
        """Convert the case, and treat an empty text as no value."""
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise ValueError("not text")  # noqa: TRY004 — the value is wrong, not the type of our argument
        return self.fold_case(value)

    def fold_case(self, text: str) -> str:
        """Convert a text to the case in which it is compared."""
        return text.upper() if self.fold == "upper" else text.lower() if self.fold == "lower" else text

    def encode(self, value: Value) -> tuple[str, ...]:
        """Send it unchanged."""
        return (str(value),)


class AddressText(Text, frozen=True):
    """An address, in which the case of a mailbox or of the prefix of a channel does not matter."""

    description: ClassVar[str] = "phone number or other address"

    # Some of Twilio's products return both in lower case, whatever was sent.
    def fold_case(self, text: str) -> str:
        """Write a mailbox, or the prefix of a channel, in lower case."""
        prefix, colon, rest = text.partition(":")
        if colon and "@" not in prefix:
            return f"{prefix.lower()}:{rest}"
        return text.lower() if "@" in text else text


class MailboxText(AddressText, frozen=True):
    """An email address."""

    description: ClassVar[str] = "email address"


class Boolean(Struct, frozen=True):
    """True or false. Twilio sometimes returns it as text."""

    description: ClassVar[str] = "true or false"
    cleared_as: ClassVar[str] = ""

    def normalize(self, value: object) -> Value:
        """Convert the texts `true` and `false`."""
        return _none_or(self._boolean, value)

    def _boolean(self, value: object) -> Value:
        match value:
            case bool():
                return value
            case "true" | "True":
                return True
            case "false" | "False":
                return False
        raise ValueError("neither true nor false")

    def encode(self, value: Value) -> tuple[str, ...]:
        """Send `true` or `false`."""
        return ("true" if value else "false",)


class Integer(Struct, frozen=True):
    """A whole number."""

    description: ClassVar[str] = "whole number"
    cleared_as: ClassVar[str] = ""

    def normalize(self, value: object) -> Value:
        """Convert a text of digits."""
        return _none_or(self._integer, value)

    def _integer(self, value: object) -> Value:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
            return int(value)
        raise ValueError("not a whole number")

    def encode(self, value: Value) -> tuple[str, ...]:
        """Send its digits."""
        return (str(value),)


_TEXT_TYPE = frozenset({str})


class StringSet(Struct, frozen=True):
    """A list of texts whose order and repetition do not matter."""

    description: ClassVar[str] = "list of strings, in any order"
    cleared_as: ClassVar[str] = ""

    def normalize(self, value: object) -> frozenset[str]:
        """Convert a list; no value is the empty set."""
        if value is None:
            return frozenset()
        if isinstance(value, list | tuple | frozenset) and (
            _TEXT_TYPE.issuperset(map(type, value)) or all(isinstance(each, str) for each in value)
        ):
            return frozenset(value)
        raise ValueError("not a list of texts")

    # Twilio documents no encoding of the empty set, so this is the only place that assumes one.
    def encode(self, value: Value) -> tuple[str, ...]:
        """Send each member, or one empty text for the empty set."""
        return tuple(sorted(value)) or ("",) if isinstance(value, frozenset) else ("",)


SECONDS = {"D": 86_400, "H": 3_600, "M": 60, "S": 1}
# Not compiled here: most runs contain no duration.
_DURATION = r"(?ai)P(?=.)(?:(?P<D>\d{1,9})D)?(?:T(?=.)(?:(?P<H>\d{1,9})H)?(?:(?P<M>\d{1,9})M)?(?:(?P<S>\d{1,9})S)?)?"


class Duration(Struct, frozen=True):
    """An ISO 8601 duration of at least so many seconds. `PT60M` equals `PT1H`."""

    at_least: int = 0
    description: ClassVar[str] = "ISO 8601 duration, such as `PT10M`"
    cleared_as: ClassVar[str] = ""

    # Twilio's own runtime writes hours, minutes and seconds, and no days.
    def normalize(self, value: object) -> Value:
        """Write it in hours, minutes and seconds."""
        return _none_or(lambda given: _duration_text(duration_seconds(given)), value)

    def encode(self, value: Value) -> tuple[str, ...]:
        """Send the normal form."""
        return (str(value),)

    @property
    def shortest(self) -> str:
        """The shortest duration that is allowed."""
        return _duration_text(self.at_least)


def duration_seconds(value: object) -> int:
    """Convert an ISO 8601 duration to seconds. Raises ValueError if it is none."""
    found = re.fullmatch(_DURATION, value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("not an ISO 8601 duration")
    return sum(int(found[unit] or 0) * seconds for unit, seconds in SECONDS.items())


def _duration_text(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = "".join(f"{count}{unit}" for count, unit in ((hours, "H"), (minutes, "M"), (rest, "S")) if count)
    return f"PT{parts or '0S'}"


class JsonText(Struct, frozen=True):
    """A mapping that Twilio stores as JSON text of at most so many bytes. Key order and spaces do not matter."""

    at_most: int | None = None
    description: ClassVar[str] = "mapping, stored in Twilio as JSON text"
    cleared_as: ClassVar[str] = "{}"

    def normalize(self, value: object) -> Value:
        """Write it as canonical JSON; an empty mapping is no value."""
        if isinstance(value, str) and value:
            value = _parse_or_keep(value)
        return canonical_value(value) if value not in (None, "", {}) else None

    def encode(self, value: Value) -> tuple[str, ...]:
        """Send the normal form."""
        return (str(value),)


def canonical_value(value: object) -> str:
    """Write a value as canonical JSON, in which 1.0 is 1. Raises ValueError if JSON cannot express it."""
    try:
        return canonical_json(_with_whole_numbers(value))
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError("not JSON") from error


def is_json_edit(value: object) -> bool:
    """Whether a mapping is a change to a JSON mapping: it has only `add`, a mapping, and `remove`, a list."""
    if not isinstance(value, dict) or not value or not {"add", "remove"}.issuperset(value):
        return False
    return isinstance(value.get("add", {}), dict) and isinstance(value.get("remove", []), list)


def is_wrong_json_edit(value: object) -> bool:
    """Whether a mapping is such a change and cannot be used: it changes nothing, or one key in both ways."""
    if not is_json_edit(value) or not isinstance(value, dict):
        return False
    add, remove = value.get("add", {}), value.get("remove", [])
    texts = all(isinstance(each, str) and each for each in remove)
    return not (add or remove) or not texts or not frozenset(add).isdisjoint(remove)


def written_json(value: Mapping[str, object]) -> Mapping[str, object]:
    """Return how to write a JSON mapping: one that would be read as such a change is wrapped in another one."""
    return {"add": value} if is_json_edit(value) else value


def json_edit_of(value: Mapping[str, Any]) -> JsonEdit:
    """Read a change to a JSON mapping. Raises ValueError if JSON cannot express it."""
    added = ((str(name), canonical_value(each)) for name, each in value.get("add", {}).items())
    return JsonEdit(tuple(sorted(added)), frozenset(map(str, value.get("remove", []))))


def _is_json(text: str) -> bool:
    return isinstance(_parse_or_keep(text), dict)


def _parse_or_keep(text: str) -> object:
    """Parse JSON. A text that is not JSON is kept, so that it differs from every declared value."""
    try:
        value = json.loads(text)
        canonical_value(value)
    except (ValueError, RecursionError):
        return text
    return value


_EXACT = 2**53


def _with_whole_numbers(value: object) -> object:
    """Convert numbers without a fraction to whole ones: JSON does not distinguish them."""
    match value:
        case float() if value.is_integer() and abs(value) < _EXACT:
            return int(value)
        case Mapping():
            return {name: _with_whole_numbers(each) for name, each in value.items()}
        case list() | tuple():
            return [_with_whole_numbers(each) for each in value]
    return value
