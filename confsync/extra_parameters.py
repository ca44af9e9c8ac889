"""Parameters of Twilio's API that confsync does not know: `api_extra` sends them, and responses may have them.

The field of one is called `api_extra.NewMessage.Foo`. Twilio returns its value as `foo` in `new_message`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from msgspec import Struct

from confsync.codecs import Text, Value
from confsync.model import Field, Kind

SECTION = "api_extra"
PREFIX = f"{SECTION}."
EXAMPLE = "NewMessage.Foo"

_PARAMETER = re.compile(r"[A-Z][A-Za-z0-9]*(?:\.[A-Z][A-Za-z0-9]*)*")


class FieldsByName(dict[str, Field]):
    """The fields of a type by their names. An unknown parameter counts as a field of every type."""

    @classmethod
    def of(cls, fields: Iterable[Field]) -> "FieldsByName":
        """Index fields."""
        return cls({each.name: each for each in fields})

    def __missing__(self, name: str) -> Field:
        """Make the field of an unknown parameter. Raises KeyError for any other name."""
        if not is_extra(name):
            raise KeyError(name)
        return extra_field(name)


def is_extra(name: str) -> bool:
    """Whether the name of a field is that of an unknown parameter."""
    return name.startswith(PREFIX)


def is_parameter(text: str) -> bool:
    """Whether a text has the form of a parameter's name."""
    return _PARAMETER.fullmatch(text) is not None


@cache
def extra_field(name: str) -> Field:
    """Make the field of an unknown parameter."""
    param = name.removeprefix(PREFIX)
    return Field(path=(SECTION, param), name=name, param=param, codec=Text())


def extra_fields(names: Iterable[str]) -> Iterator[Field]:
    """Yield the fields of the unknown parameters among some names."""
    return (extra_field(name) for name in names if is_extra(name))


def without_extras(fields: Mapping[str, Value]) -> dict[str, Value]:
    """Leave out what confsync does not know: Twilio may change it by itself."""
    return {name: value for name, value in fields.items() if not is_extra(name)}


def read_extras(kind: Kind, body: Mapping[str, object]) -> Iterator[tuple[str, Value]]:
    """Yield every single value in a response that is neither a known field nor a part of every resource."""
    return _read_below(body, _schema_of(kind), PREFIX)


_EVERYWHERE = frozenset(
    {
        *("sid", "account_sid", "chat_service_sid", "conversation_sid", "user_sid", "participant_sid"),
        *("url", "links", "date_created", "date_updated"),
    }
)


class _Schema(Struct, frozen=True):
    """The documented parts of an object in a response: the names of its values, and its objects by their names."""

    values: frozenset[str]
    objects: Mapping[str, "_Schema"]


_EMPTY = _Schema(frozenset(), {})


@cache
def _schema_of(kind: Kind) -> _Schema:
    paths = [path for field in kind.fields for path in (field.read_path, field.alternate_path) if path]
    return _schema_at([*paths, *((name,) for name in _EVERYWHERE)])


def _schema_at(paths: Iterable[tuple[str, ...]]) -> _Schema:
    below: dict[str, list[tuple[str, ...]]] = {}
    for first, *rest in paths:
        below.setdefault(first, []).extend([tuple(rest)] if rest else [])
    return _Schema(
        frozenset(name for name, inside in below.items() if not inside),
        {name: _schema_at(inside) for name, inside in below.items() if inside},
    )


def _read_below(body: Mapping[str, object], schema: _Schema, above: str) -> Iterator[tuple[str, Value]]:
    values = schema.values
    for name in [each for each in body if each not in values]:
        value, inside = body[name], schema.objects.get(name)
        if isinstance(value, dict):
            yield from _read_below(value, inside or _EMPTY, f"{above}{_as_parameter(name)}.")
        elif inside is None and not isinstance(value, list):
            yield f"{above}{_as_parameter(name)}", _as_text(value)


def _as_parameter(name: str) -> str:
    return "".join(f"{word[:1].upper()}{word[1:]}" for word in name.split("_"))


def _as_text(value: object) -> str | None:
    if value is None or value == "":
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
