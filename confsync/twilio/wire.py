"""How a resource crosses the wire: fields to form parameters, and JSON back to fields."""

from collections.abc import Iterable, Iterator, Mapping

from confsync.codecs import Value
from confsync.errors import MalformedAnswer
from confsync.model import Field, Kind
from confsync.secret import Secret

Params = tuple[tuple[str, str | Secret], ...]


def encode(kind: Kind, fields: Mapping[str, Value]) -> Params:
    """Turn fields in normal form into form parameters; references must be SIDs by now.

    A list repeats its parameter, and what is cleared is sent as the text that clears it.
    """
    return tuple(
        (field.param, text)
        for field in kind.fields
        if field.name in fields
        for text in _texts(field, fields[field.name])
    )


def decode(kind: Kind, body: Mapping[str, object]) -> dict[str, Value]:
    """Turn an answer into fields in normal form; what Twilio never tells back is left out.

    Raises MalformedAnswer where a value cannot be of its field's shape.
    """
    return {field.name: _told(kind, field, body) for field in kind.fields if not field.write_only}


def _texts(field: Field, value: Value) -> Iterable[str | Secret]:
    if isinstance(value, Secret):
        return (value,)
    return (field.cleared_as,) if value is None else field.codec.encode(value)


def _told(kind: Kind, field: Field, body: Mapping[str, object]) -> Value:
    try:
        told = _at(body, iter(field.read_path))
        return field.normalize(_at(body, iter(field.alternate_path)) if told is None and field.alternate_path else told)
    except ValueError as wrong:
        raise MalformedAnswer(f"Twilio answered {kind.a_title} whose {field.name} is {wrong}.") from wrong


def _at(body: object, path: Iterator[str]) -> object:
    """Follow a path into nested objects; a missing or null one on the way means that there is no value."""
    for step in path:
        if body is None:
            return None
        if not isinstance(body, Mapping):
            raise ValueError("not an object")  # noqa: TRY004 — it is the value that is wrong, not our argument
        body = body.get(step)
    return body
