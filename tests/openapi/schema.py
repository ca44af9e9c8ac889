"""The file's schemas, each made once into a function that says what is wrong with a value.

They have no `required`, so every property that is described must be there. Objects that they leave open are held
against the keys of the file's examples.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from tests.openapi.breach import Breach
from tests.openapi.file import Json, name_of, resolved
from tests.openapi.told import Keys, by_property, links_of

Check = Callable[[Any], Sequence[Breach]]
Fits = Callable[[str], bool]

_TYPES: Final[dict[str, type]] = {"string": str, "boolean": bool, "integer": int, "array": list, "object": dict}
_SAID: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_SENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_WHOLE: Final = re.compile(r"-?\d+", re.ASCII)


def value_check(schema: Json, where: str) -> Check:
    """Hold one value of an answer against its schema; `where` is how its place is told."""
    meant = resolved(schema)
    inner = _inner(meant, name_of(schema) if "properties" in meant else where)
    may_be_null = meant.get("nullable", False)

    def check(value: object) -> Sequence[Breach]:
        if value is None:
            return () if may_be_null else (Breach("null", where),)
        return inner(value)

    return check


def parameter_check(schema: Json, where: str) -> Callable[[Sequence[str]], Sequence[Breach]]:
    """Hold what was sent for one parameter against its schema."""
    meant = resolved(schema)
    is_list = meant["type"] == "array"
    fits = _fits(resolved(meant["items"]) if is_list else meant)

    def check(sent: Sequence[str]) -> Sequence[Breach]:
        found = [
            Breach("parameter value" if each else "empty parameter", where, each) for each in sent if not fits(each)
        ]
        if not is_list and len(sent) > 1:
            found.append(Breach("repeated parameter", where))
        return found

    return check


def _inner(meant: Json, where: str) -> Check:
    if "properties" in meant:
        return _object(meant["properties"], where)
    if meant.get("format") == "uri-map":
        return _object(
            {name: {"type": "string", "format": "uri"} for name in links_of(where.rpartition(".")[0])}, where
        )
    if meant.get("type") == "array":
        return _array(meant["items"], where)
    if "type" in meant:
        return _scalar(meant, where)
    return _open(by_property().get(where.rpartition(".")[2], {}), where)


def _object(properties: Json, where: str) -> Check:
    checks = {name: value_check(each, f"{where}.{name}") for name, each in properties.items()}

    def check(value: object) -> Sequence[Breach]:
        if type(value) is not dict:
            return (Breach("type", where, type(value).__name__),)
        found = [Breach("missing property", f"{where}.{name}") for name in checks.keys() - value.keys()]
        for name, each in value.items():
            if name in checks:
                found += checks[name](each)
            else:
                found.append(Breach("unknown property", f"{where}.{name}"))
        return found

    return check


def _array(items: Json, where: str) -> Check:
    inner = value_check(items, where)

    def check(value: object) -> Sequence[Breach]:
        if type(value) is not list:
            return (Breach("type", where, type(value).__name__),)
        return [breach for each in value for breach in inner(each)]

    return check


def _scalar(meant: Json, where: str) -> Check:
    expected = _TYPES[meant["type"]]
    words = frozenset(meant.get("enum", ()))
    is_formed = _form(meant)

    def check(value: Any) -> Sequence[Breach]:  # noqa: ANN401 — JSON
        if type(value) is not expected:
            return (Breach("type", where, type(value).__name__),)
        if words and value not in words:
            return (Breach("value", where, str(value)),)
        if is_formed and not is_formed(str(value)):
            return (Breach("format", where, str(value)),)
        return ()

    return check


def _open(keys: Keys, where: str) -> Check:
    """Hold an object that no schema describes against the keys of the examples."""

    def check(value: object) -> Sequence[Breach]:
        return list(_unheard(value, keys, where))

    return check


def _unheard(value: object, keys: Keys, where: str) -> Iterator[Breach]:
    match value:
        case dict():
            for name, each in value.items():
                if name in keys:
                    yield from _unheard(each, keys[name], f"{where}.{name}")
                else:
                    yield Breach("unknown property", f"{where}.{name}")
        case list():
            for each in value:
                yield from _unheard(each, keys, where)


def _form(meant: Json) -> Fits | None:
    """Say how a text is to look in an answer, where anything is said."""
    if "pattern" in meant:
        return _whole(re.compile(meant["pattern"]))
    return {"date-time": _whole(_SAID), "uri": _is_uri}.get(meant.get("format", ""))


def _fits(meant: Json) -> Fits:
    """Say how a text is to look in a request."""
    if "enum" in meant:
        return frozenset(meant["enum"]).__contains__
    if meant["type"] == "boolean":
        return frozenset({"true", "false"}).__contains__
    if meant["type"] == "integer":
        return _number(meant)
    if "pattern" in meant:
        return _whole(re.compile(meant["pattern"]))
    return {"date-time": _whole(_SENT), "uri": _is_uri_or_nothing}.get(meant.get("format", ""), _anything)


def _number(meant: Json) -> Fits:
    least, most = meant.get("minimum", float("-inf")), meant.get("maximum", float("inf"))
    unset = frozenset({"", "null"}) if meant.get("nullable") else frozenset[str]()
    return lambda text: text in unset or (_WHOLE.fullmatch(text) is not None and least <= int(text) <= most)


def _whole(pattern: re.Pattern[str]) -> Fits:
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
