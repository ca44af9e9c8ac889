"""How a resource crosses the wire: fields to form parameters, and JSON back to fields."""

from collections.abc import Iterable, Iterator, Mapping

from confsync.errors import MalformedAnswer
from confsync.model import Field, Kind, Value
from confsync.secret import Secret

Params = tuple[tuple[str, str | Secret], ...]


def encode(kind: Kind, fields: Mapping[str, Value]) -> Params:
    """Turn fields in normal form into form parameters; references must be SIDs by now.

    A set repeats its parameter. What is cleared is sent as the empty text, and so is the empty set: Twilio documents no
    encoding for it, so this function is the one place to put the truth in.
    """
    return tuple(
        (field.param, text) for field in kind.fields if field.name in fields for text in _texts(fields[field.name])
    )


def decode(kind: Kind, body: Mapping[str, object]) -> dict[str, Value]:
    """Turn an answer into fields in normal form; what Twilio never tells back is left out.

    Raises MalformedAnswer where a value cannot be of its field's shape.
    """
    return {field.name: _told(kind, field, body) for field in kind.fields if not field.write_only}


def _texts(value: Value) -> Iterable[str | Secret]:
    match value:
        case None:
            return ("",)
        case bool():
            return ("true" if value else "false",)
        case frozenset():
            return sorted(value) or ("",)
        case Secret():
            return (value,)
        case _:
            return (str(value),)


def _told(kind: Kind, field: Field, body: Mapping[str, object]) -> Value:
    try:
        return field.normal(_at(body, iter(field.reads)))
    except ValueError as wrong:
        raise MalformedAnswer(f"Twilio answered a {kind.title} whose {field.name} is {wrong}.") from wrong


def _at(body: object, path: Iterator[str]) -> object:
    """Follow a path into nested objects; a missing or null one on the way means that there is no value."""
    for step in path:
        if body is None:
            return None
        if not isinstance(body, Mapping):
            raise ValueError("not an object")  # noqa: TRY004 — it is the value that is wrong, not our argument
        body = body.get(step)
    return body
