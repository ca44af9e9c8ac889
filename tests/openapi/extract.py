"""Extracts the facts of Twilio's OpenAPI file that the tests need, without its prose."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

Json = Mapping[str, Any]

FORMAT: Final = 1
METHODS: Final = ("get", "post", "put", "patch", "delete")
FORM_TYPE: Final = "application/x-www-form-urlencoded"
WIDTH: Final = 120

# Lengths are left out: every schema that has them also has a pattern that fixes the length.
_SCHEMA_KEYS: Final = ("$ref", "type", "format", "nullable", "enum", "pattern", "minimum", "maximum", "required")

_EXAMPLE_DEPTH: Final = {"form_examples": 1, "response_examples": 2}


def extract_facts(document: Json) -> dict[str, Any]:
    """Extract operations, parameters, schemas and examples from an OpenAPI document."""
    info = document["info"]
    facts = {
        "source": {
            "title": info["title"],
            "version": info["version"],
            "license": info["license"]["name"],
            "repository": "https://github.com/twilio/twilio-oai",
            "path": "spec/json/twilio_conversations_v1.json",
            "changes": "Extracted by scripts/openapi-extract. Descriptions and everything else are left out.",
        },
        "schemas": {name: _schema(schema) for name, schema in document["components"]["schemas"].items()},
        "operations": {name: _operation(each) for name, each in _operations(document)},
    }
    return {"format": FORMAT, "digest": facts_digest(facts), **facts}


def facts_digest(facts: Json) -> str:
    """Hash the content of an extract, so that a test notices an edit by hand."""
    content = {name: value for name, value in facts.items() if name not in ("format", "digest")}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def format_facts(facts: Json) -> str:
    """Write an extract so that diffs are readable: one schema, parameter or example per line."""
    return _formatted(facts, 0, 0) + "\n"


def _operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method]


def _operation(described: Json) -> dict[str, Any]:
    form = described.get("requestBody", {}).get("content", {}).get(FORM_TYPE, {})
    bodies = {
        status: response.get("content", {}).get("application/json", {})
        for status, response in described["responses"].items()
    }
    facts = {
        "parameters": {each["name"]: _parameter(each) for each in described.get("parameters", ())},
        "form": _schema(form["schema"]) if form else {},
        "form_examples": {name: each["value"] for name, each in form.get("examples", {}).items()},
        "responses": {status: _schema(body["schema"]) if body else None for status, body in bodies.items()},
        "response_examples": {
            status: {name: each["value"] for name, each in body.get("examples", {}).items()}
            for status, body in bodies.items()
            if body
        },
    }
    return {name: value for name, value in facts.items() if value}


def _parameter(described: Json) -> dict[str, Any]:
    required = {"required": True} if described.get("required") else {}
    return {"in": described["in"], **required, **_schema(described["schema"])}


def _schema(described: Json) -> dict[str, Any]:
    facts: dict[str, Any] = {key: described[key] for key in _SCHEMA_KEYS if key in described}
    if "items" in described:
        facts["items"] = _schema(described["items"])
    if "properties" in described:
        facts["properties"] = {name: _schema(each) for name, each in described["properties"].items()}
    return facts


def _formatted(value: object, indent: int, used: int, *, depth: int = -1) -> str:
    compact = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or not value or depth == 0 or len(compact) + used + indent <= WIDTH:
        return compact
    inner, outer = "\n" + " " * (indent + 1), "\n" + " " * indent
    if isinstance(value, list):
        return "[" + ",".join(inner + _formatted(each, indent + 1, 0) for each in value) + f"{outer}]"
    items = (inner + _formatted_item(name, each, indent, depth) for name, each in value.items())
    return "{" + ",".join(items) + f"{outer}}}"


def _formatted_item(name: str, value: object, indent: int, depth: int) -> str:
    """Format one entry. `depth` counts down to the level of an example, which is one line whatever its length."""
    key = json.dumps(name) + ": "
    return key + _formatted(value, indent + 1, len(key), depth=_EXAMPLE_DEPTH.get(name, depth - 1))
