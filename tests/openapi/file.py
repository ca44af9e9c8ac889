"""The file in which Twilio describes the API. It lies beside the repository, or the tests that need it are skipped."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

Json = Mapping[str, Any]

FILE: Final = Path(__file__).parents[2].parent / "shared" / "openapi" / "twilio_conversations_v1.json"
ABSENT: Final = "Twilio's OpenAPI file is not beside the repository"
METHODS: Final = ("get", "post", "put", "patch", "delete")
FORM: Final = "application/x-www-form-urlencoded"

needed = pytest.mark.skipif(not FILE.exists(), reason=ABSENT)


@cache
def spec() -> Json:
    """Read it, once."""
    content: Json = json.loads(FILE.read_text(encoding="utf-8"))
    return content


def resolved(schema: Json) -> Json:
    """Follow a reference, where it is one."""
    if "$ref" not in schema:
        return schema
    found: Json = spec()["components"]["schemas"][name_of(schema)]
    return found


def name_of(schema: Json) -> str:
    """Give the name that a schema is referred to by; none where it stands in its place."""
    name: str = schema.get("$ref", "").rpartition("/")[2]
    return name


def operations() -> Iterator[tuple[str, str, Json]]:
    """Give the method, the path and the description of each."""
    for path, item in spec()["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), path, item[method]


def names() -> frozenset[str]:
    """Name every operation: `POST /v1/Services`."""
    return frozenset(f"{method} {path}" for method, path, _ in operations())


def form_of(operation: Json) -> Json:
    """Find the schema of an operation's form; one without properties where it takes none."""
    content = operation.get("requestBody", {}).get("content", {})
    return resolved(content.get(FORM, {}).get("schema", {"properties": {}}))


def body_of(operation: Json, status: int) -> Json | None:
    """Find the schema of an answer, with its reference; None where the answer has no body."""
    content = operation["responses"][str(status)].get("content", {})
    if not content:
        return None
    schema: Json = content["application/json"]["schema"]
    return schema
