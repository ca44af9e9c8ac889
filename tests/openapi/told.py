"""What the file's examples tell of objects that its schemas leave open: which keys they have."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from tests.openapi.file import Json, body_of, name_of, operations, resolved

Keys = dict[str, Any]
"""The keys of an object, each with the keys of what it holds."""


@cache
def by_property() -> Mapping[str, Keys]:
    """Merge what all examples show of a property, by its name: `timers` is the same thing wherever it stands."""
    found: Keys = {}
    for _, _, body in _examples():
        _merge(found, _keys(body))
    return found


@cache
def links_of(schema: str) -> frozenset[str]:
    """Name the links that the examples of one schema show."""
    return frozenset(name for title, _, body in _examples() if title == schema for name in body.get("links", ()))


def in_their_places() -> Iterator[tuple[str, str, int, Any]]:
    """Give each example with the method, the path and the status that it is of."""
    for method, path, operation in operations():
        for status, answer in operation["responses"].items():
            for example in answer.get("content", {}).get("application/json", {}).get("examples", {}).values():
                yield method, path, int(status), example["value"]


def _examples() -> Iterator[tuple[str, str, Json]]:
    """Give each thing that an example shows, alone or in a list, with the name of its schema."""
    by_name = {f"{method} {path}": operation for method, path, operation in operations()}
    for method, path, status, value in in_their_places():
        schema = body_of(by_name[f"{method} {path}"], status) or {}
        if name_of(schema):
            yield name_of(schema), path, value
            continue
        for name, each in resolved(schema)["properties"].items():
            if "items" in each:
                yield from ((name_of(each["items"]), path, one) for one in value[name])


def _keys(value: object) -> Keys:
    match value:
        case dict():
            return {name: _keys(each) for name, each in value.items()}
        case list():
            found: Keys = {}
            for each in value:
                _merge(found, _keys(each))
            return found
        case _:
            return {}


def _merge(keys: Keys, more: Keys) -> None:
    for name, each in more.items():
        _merge(keys.setdefault(name, {}), each)
