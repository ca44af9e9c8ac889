"""What Twilio's OpenAPI file says about the API: the extract in `facts.json`, and a minimal document built from it."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from tests.openapi.extract import FORM_TYPE, Json

FACTS: Final = Path(__file__).with_name("facts.json")
TWILIO_FILE: Final = Path(__file__).parents[2].parent / "shared" / "openapi" / "twilio_conversations_v1.json"


@cache
def read_facts() -> Json:
    """Read the extract, once."""
    facts: Json = json.loads(FACTS.read_text(encoding="utf-8"))
    return facts


def resolve_schema(schema: Json) -> Json:
    """Follow a reference to the schema, if it is one."""
    if "$ref" not in schema:
        return schema
    target: Json = read_facts()["schemas"][schema_name(schema)]
    return target


def schema_name(schema: Json) -> str:
    """Return the name that a reference points to, or nothing for an inline schema."""
    name: str = schema.get("$ref", "").rpartition("/")[2]
    return name


def described_operations() -> Iterator[tuple[str, str, Json]]:
    """Return the method, path and facts of each operation."""
    for name, described in read_facts()["operations"].items():
        method, _, path = name.partition(" ")
        yield method, path, described


def operation_names() -> frozenset[str]:
    """Return the name of every operation: `POST /v1/Services`."""
    return frozenset(read_facts()["operations"])


def form_schema(described: Json) -> Json:
    """Return the schema of an operation's form, without properties if it takes none."""
    return resolve_schema(described.get("form", {"properties": {}}))


def response_schema(described: Json, status: int) -> Json | None:
    """Return the schema of a response, or None if it has no body."""
    schema: Json | None = described["responses"][str(status)]
    return schema


def openapi_document() -> dict[str, Any]:
    """Build a minimal OpenAPI document from the extract."""
    facts = read_facts()
    paths: dict[str, Any] = {}
    for method, path, described in described_operations():
        paths.setdefault(path, {})[method.lower()] = _document_operation(described)
    return {
        "openapi": "3.0.1",
        "info": {"title": facts["source"]["title"], "version": facts["source"]["version"]},
        "paths": paths,
        "components": {"schemas": dict(facts["schemas"])},
    }


def _document_operation(described: Json) -> dict[str, Any]:
    responses = {
        status: {"description": "", **({"content": {"application/json": {"schema": schema}}} if schema else {})}
        for status, schema in described["responses"].items()
    }
    parameters = [_document_parameter(name, each) for name, each in described.get("parameters", {}).items()]
    operation: dict[str, Any] = {"parameters": parameters, "responses": responses}
    if "form" in described:
        content: Mapping[str, Any] = {FORM_TYPE: {"schema": described["form"]}}
        operation["requestBody"] = {"content": content}
    return operation


def _document_parameter(name: str, described: Json) -> dict[str, Any]:
    schema = {key: value for key, value in described.items() if key not in ("in", "required")}
    return {"name": name, "in": described["in"], "required": described.get("required", False), "schema": schema}
