"""Encodes the fields of a resource as form parameters, and decodes them from JSON."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache

from msgspec import Struct

from confsync.codecs import Value
from confsync.errors import MalformedResponse
from confsync.extra_parameters import extra_fields, read_extras
from confsync.model import Field, Kind
from confsync.secret import Secret

Params = tuple[tuple[str, str | Secret], ...]


def encode_fields(kind: Kind, fields: Mapping[str, Value]) -> Params:
    """Turn normalized fields into form parameters; references must already be SIDs.

    A list repeats its parameter. A cleared field is sent as the text that clears it.
    """
    return tuple(
        (field.param, text)
        for field in (*kind.fields, *extra_fields(fields))
        if field.name in fields
        for text in _encode_value(field, fields[field.name])
    )


def decode_fields(kind: Kind, body: Mapping[str, object]) -> dict[str, Value]:
    """Turn a response into normalized fields, without those that Twilio never returns.

    Raises MalformedResponse if a field cannot have the value.
    """
    fields: dict[str, Value] = {}
    for decoder in _decoders(kind):
        field = decoder.field
        try:
            fields[field.name] = decoder.normalize(body.get(decoder.key) if decoder.key else _raw_value(field, body))
        except ValueError as wrong:
            raise MalformedResponse(f"Twilio returned {kind.a_title} whose {field.name} is {wrong}.") from wrong
    fields.update(read_extras(kind, body))
    return fields


def never_set(kind: Kind, body: Mapping[str, object]) -> frozenset[str]:
    """Find the sets that have no value in a response, which in normal form equal empty ones."""
    return frozenset([field.name for field in _sets(kind) if _raw_value(field, body) is None])


class _Decoder(Struct, frozen=True):
    """How a field is read: by its `key`, if that is all it takes, and then normalised."""

    field: Field
    key: str
    normalize: Callable[[object], Value]


@cache
def _decoders(kind: Kind) -> tuple[_Decoder, ...]:
    return tuple(_Decoder(each, _only_key(each), each.codec.normalize) for each in kind.fields if not each.write_only)


def _only_key(field: Field) -> str:
    return field.read_path[0] if len(field.read_path) == 1 and not field.alternate_path else ""


@cache
def _sets(kind: Kind) -> tuple[Field, ...]:
    return tuple(each for each in kind.fields if each.is_set)


def _encode_value(field: Field, value: Value) -> Iterable[str | Secret]:
    if isinstance(value, Secret):
        return (value,)
    return (field.cleared_as,) if value is None else field.codec.encode(value)


def _raw_value(field: Field, body: Mapping[str, object]) -> object:
    value = _value_at(body, field.read_path)
    return _value_at(body, field.alternate_path) if value is None and field.alternate_path else value


def _value_at(body: object, path: tuple[str, ...]) -> object:
    """Follow a path into nested objects; if one of them is missing or null, there is no value."""
    for step in path:
        if body is None:
            return None
        if not isinstance(body, dict):
            raise ValueError("not an object")  # noqa: TRY004 — the value is wrong, not our argument
        body = body.get(step)
    return body
