"""The JSON Schema of a field or block by itself, as pydantic makes it from the type that its class gives it."""

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeAlias

from confsync.model import Kind

Schema: TypeAlias = dict[str, Any]


def schema_of(kind: Kind, path: Sequence[str]) -> Schema:
    """Give the schema of a value that is there: without null, and the first of several ways to write it."""
    whole = _whole(kind)
    found = whole
    for step in path:
        found = _target(present(found["properties"][step]), whole)
    return found


@cache
def _whole(kind: Kind) -> Schema:
    return kind.model.model_json_schema()


def description_of(kind: Kind, path: Sequence[str]) -> str:
    """Give what its class says of a field or block."""
    said: str = schema_of(kind, path[:-1])["properties"][path[-1]].get("description", "")
    return said


def present(said: Schema) -> Schema:
    """Leave out null, which pydantic adds for every field that may be left away."""
    ways = said.get("anyOf") or said.get("oneOf") or [said]
    found: Schema = next(each for each in ways if each != {"type": "null"})
    return found if found is said else present(found)


def _target(said: Schema, whole: Schema) -> Schema:
    if "$ref" not in said:
        return said
    found: Schema = whole["$defs"][said["$ref"].rpartition("/")[2]]
    return found
