"""Compiles each schema into a function that returns the violations of a value.

Twilio's response schemas have no `required`, so every described property must be present. An object without a schema
may have only the keys of the examples.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from tests.openapi.examples import NestedKeys, keys_by_property, links_of
from tests.openapi.extract import Json
from tests.openapi.facts import resolve_schema, schema_name
from tests.openapi.violation import Violation

Check = Callable[[Any], Sequence[Violation]]
Fits = Callable[[str], bool]

_TYPES: Final[dict[str, type]] = {"string": str, "boolean": bool, "integer": int, "array": list, "object": dict}
_RESPONSE_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_REQUEST_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_INTEGER: Final = re.compile(r"-?\d+", re.ASCII)


def value_check(schema: Json, where: str) -> Check:
    """Compile the check of a value in a response. `where` names the value in violations."""
    resolved = resolve_schema(schema)
    inner = _inner(resolved, schema_name(schema) if "properties" in resolved else where)
    may_be_null = resolved.get("nullable", False)

    def check(value: object) -> Sequence[Violation]:
        if value is None:
            return () if may_be_null else (Violation("null", where),)
        return inner(value)

    return check


def parameter_check(schema: Json, where: str) -> Callable[[Sequence[str]], Sequence[Violation]]:
    """Compile the check of the values that a client sends for a parameter."""
    resolved = resolve_schema(schema)
    is_list = resolved["type"] == "array"
    fits = _fits(resolve_schema(resolved["items"]) if is_list else resolved)

    def check(sent: Sequence[str]) -> Sequence[Violation]:
        found = [
            Violation("parameter value" if each else "empty parameter", where, each) for each in sent if not fits(each)
        ]
        if not is_list and len(sent) > 1:
            found.append(Violation("repeated parameter", where))
        return found

    return check


def _inner(schema: Json, where: str) -> Check:
    if "properties" in schema:
        return _object(schema["properties"], where)
    if schema.get("format") == "uri-map":
        return _object(
            {name: {"type": "string", "format": "uri"} for name in links_of(where.rpartition(".")[0])}, where
        )
    if schema.get("type") == "array":
        return _array(schema["items"], where)
    if "type" in schema:
        return _scalar(schema, where)
    return _open(keys_by_property().get(where.rpartition(".")[2], {}), where)


def _object(properties: Json, where: str) -> Check:
    checks = {name: value_check(each, f"{where}.{name}") for name, each in properties.items()}

    def check(value: object) -> Sequence[Violation]:
        if type(value) is not dict:
            return (Violation("type", where, type(value).__name__),)
        found = [Violation("missing property", f"{where}.{name}") for name in checks.keys() - value.keys()]
        for name, each in value.items():
            if name in checks:
                found += checks[name](each)
            else:
                found.append(Violation("unknown property", f"{where}.{name}"))
        return found

    return check


def _array(items: Json, where: str) -> Check:
    inner = value_check(items, where)

    def check(value: object) -> Sequence[Violation]:
        if type(value) is not list:
            return (Violation("type", where, type(value).__name__),)
        return [violation for each in value for violation in inner(each)]

    return check


def _scalar(schema: Json, where: str) -> Check:
    expected = _TYPES[schema["type"]]
    words = frozenset(schema.get("enum", ()))
    is_formed = _form(schema)

    def check(value: Any) -> Sequence[Violation]:  # noqa: ANN401 — JSON
        if type(value) is not expected:
            return (Violation("type", where, type(value).__name__),)
        if words and value not in words:
            return (Violation("value", where, str(value)),)
        if is_formed and not is_formed(str(value)):
            return (Violation("format", where, str(value)),)
        return ()

    return check


def _open(keys: NestedKeys, where: str) -> Check:
    """Compile the check of an object without a schema: it may have only the keys of the examples."""

    def check(value: object) -> Sequence[Violation]:
        return list(_unknown_keys(value, keys, where))

    return check


def _unknown_keys(value: object, keys: NestedKeys, where: str) -> Iterator[Violation]:
    match value:
        case dict():
            for name, each in value.items():
                if name in keys:
                    yield from _unknown_keys(each, keys[name], f"{where}.{name}")
                else:
                    yield Violation("unknown property", f"{where}.{name}")
        case list():
            for each in value:
                yield from _unknown_keys(each, keys, where)


def _form(schema: Json) -> Fits | None:
    """Return the format of a string in a response, if the schema has one."""
    if "pattern" in schema:
        return _full_match(re.compile(schema["pattern"]))
    return {"date-time": _full_match(_RESPONSE_TIME), "uri": _is_uri}.get(schema.get("format", ""))


def _fits(schema: Json) -> Fits:
    """Return the format of a string in a request."""
    if "enum" in schema:
        return frozenset(schema["enum"]).__contains__
    if schema["type"] == "boolean":
        return frozenset({"true", "false"}).__contains__
    if schema["type"] == "integer":
        return _number(schema)
    if "pattern" in schema:
        return _full_match(re.compile(schema["pattern"]))
    return {"date-time": _full_match(_REQUEST_TIME), "uri": _is_uri_or_nothing}.get(schema.get("format", ""), _anything)


def _number(schema: Json) -> Fits:
    least, most = schema.get("minimum", float("-inf")), schema.get("maximum", float("inf"))
    unset = frozenset({"", "null"}) if schema.get("nullable") else frozenset[str]()
    return lambda text: text in unset or (_INTEGER.fullmatch(text) is not None and least <= int(text) <= most)


def _full_match(pattern: re.Pattern[str]) -> Fits:
    return lambda text: pattern.fullmatch(text) is not None


def _is_uri(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return bool(parts.scheme and parts.netloc) and not re.search(r"\s", text)


def _is_uri_or_nothing(text: str) -> bool:
    return not text or _is_uri(text)


def _anything(text: str) -> bool:
    del text
    return True
