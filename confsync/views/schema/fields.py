"""The JSON Schema of one field or block, as pydantic derives it from the type of its class."""

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeAlias

from confsync.model import Kind

Schema: TypeAlias = dict[str, Any]


def field_schema(kind: Kind, path: Sequence[str]) -> Schema:
    """Return the schema of a value: without null, and the first of several ways to write it."""
    whole = _model_schema(kind)
    found = whole
    for step in path:
        found = _target(without_null(found["properties"][step]), whole)
    return found


@cache
def _model_schema(kind: Kind) -> Schema:
    return kind.model.model_json_schema()


def description_of(kind: Kind, path: Sequence[str]) -> str:
    """Return the description of a field or block."""
    description: str = field_schema(kind, path[:-1])["properties"][path[-1]].get("description", "")
    return description


def without_null(schema: Schema) -> Schema:
    """Remove null, which pydantic adds for every optional field."""
    ways = schema.get("anyOf") or schema.get("oneOf") or [schema]
    found: Schema = next(each for each in ways if each != {"type": "null"})
    return found if found is schema else without_null(found)


def _target(schema: Schema, whole: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    found: Schema = whole["$defs"][schema["$ref"].rpartition("/")[2]]
    return found


def object_schema(properties: Schema) -> Schema:
    """Return the schema of a mapping that has no other keys than these."""
    return {"type": "object", "additionalProperties": False, "properties": properties}


def ref(name: str) -> Schema:
    """Refer to a definition of the schema."""
    return {"$ref": f"#/$defs/{name}"}
