"""The page on the JSON documents, from their schemas."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from confsync.views.document_types import DOCUMENT_TYPES
from confsync.views.schemas import document_schema

Schema = dict[str, Any]

INTRODUCTION = """\
# JSON documents

With `--json`, every command prints exactly one JSON document on stdout, whatever the exit code. The field `kind` says
which one it is. Each document has a JSON Schema in [`schemas/`](../schemas) with a stable `$id`, and
`confsync schema plan` prints the schema of a plan. `scripts/docs` generates this page from the schemas.

`format_version` is the version of the document, such as `1.0`. A minor version only adds fields. Programs should ignore
fields that they do not know, and refuse a new major version. No document contains a secret.

A field that is not marked as required has a default.
"""

EVERYWHERE = {
    "account_sid": "The SID of the account.",
    "actions": "What happens to the resource.",
    "added": "Items that the new value has and the old one lacks.",
    "address": "The address of the resource.",
    "addresses": "The addresses of the resources.",
    "advice": "What you can do about it.",
    "after": "The new value.",
    "allow_delete": "As in the option `--allow-delete`.",
    "allow_recreate": "As in the option `--allow-recreate`.",
    "allow_rollback": "As in the option `--allow-rollback`.",
    "also_sent": "Fields that do not differ and that the request must contain.",
    "answer": "Twilio's response; null if there was none.",
    "at": "When it happened.",
    "base_url": "The URL of Twilio, of an emulator or of a proxy.",
    "before": "The old value.",
    "changed_by": "Who changed it, and when, if Twilio says so.",
    "column": "The column, counted from 1.",
    "commit": "The commit of the configuration.",
    "confsync_version": "The version of confsync that wrote the document.",
    "created_at": "When the document was written.",
    "desired": "The value in the configuration.",
    "diagnostics": "Errors and warnings.",
    "differences": "The fields that differ.",
    "dry_run": "Whether the files were left as they are.",
    "emulator": "Whether it is the embedded emulator.",
    "environment": "The environment; null without environments.",
    "error": "Why it failed.",
    "excludes": "As in the option `--exclude`.",
    "expires_at": "When the certificate expires.",
    "fault": "The fault that was injected.",
    "fields": "The fields, or their number in a summary.",
    "file": "The path of the file.",
    "files": "The files.",
    "first_source": "Where the first environment declares it.",
    "format_version": "The version of the document.",
    "hint": "What to do about it.",
    "host": "The host of Twilio's API.",
    "kinds": "As in the option `--kind`.",
    "level": "How severe the risk is.",
    "line": "The line, counted from 1.",
    "live": "The value in Twilio, or the number of resources there.",
    "max_deletes": "As in the option `--max-deletes`.",
    "message": "Twilio's message.",
    "method": "The HTTP method.",
    "more_info": "The page of Twilio's documentation.",
    "name": "The name.",
    "number": "How many there are.",
    "origin": "How confsync came to own the resource.",
    "parts": "The keys that differ within the value.",
    "path": "The field, with dots between its parts; or the path of a file or a request.",
    "plan_id": "The ID of the saved plan.",
    "previous_address": "The address before a move; null if it did not move.",
    "protect": "Whether the resource is protected.",
    "range": "The place in the configuration.",
    "reason": "Why.",
    "region": "The region of Twilio; null for the default.",
    "removed": "Items that the old value has and the new one lacks.",
    "request_id": "Twilio's ID of the request.",
    "resources": "The resources, or their number.",
    "rule": "The name of the rule.",
    "second_source": "Where the second environment declares it.",
    "secret": "Whether the field is secret.",
    "section": "The section.",
    "sensitive": "Whether the values are hidden because they are sensitive.",
    "sensitive_variables": "The names of the sensitive variables.",
    "serial": "The serial number of the ledger; null without a ledger.",
    "severity": "How severe it is.",
    "sid": "The SID in Twilio; null if there is none.",
    "sids": "The SIDs in Twilio.",
    "source": "Where it is declared; null if it is not.",
    "state": "The state.",
    "status": "How it ended.",
    "summary": "What happened, in a sentence; or the number of each result.",
    "targets": "As in the option `--target`.",
    "text": "The explanation, in a sentence.",
    "value": "The value.",
    "why": "Why.",
    "worst_rerun_code": "The exit code of the worst second run; null if there was none.",
}
"""What a field means if its schema has no description of its own."""


def json_page() -> str:
    """Write the page."""
    schemas = _with_unique_parts({name: dict(document_schema(name)) for name in DOCUMENT_TYPES})
    common = set.intersection(*(set(schema["properties"]) for schema in schemas.values()))
    parts = {name: part for schema in schemas.values() for name, part in schema["$defs"].items()}
    first = next(iter(schemas.values()))
    kind = {"type": "string", "description": "The name of the document, as in the headings below.", "default": ""}
    lines = (
        INTRODUCTION,
        "## Fields of every document\n",
        *_table({**{field: first["properties"][field] for field in sorted(common)}, "kind": kind}, first, parts),
        "## Documents\n",
        *(line for name, each in schemas.items() for line in _document(name, each, common, parts)),
        "## Parts\n",
        *(line for name in sorted(parts) for line in _part(name, parts)),
    )
    return "\n".join(lines)


def _with_unique_parts(schemas: Mapping[str, Schema]) -> Mapping[str, Schema]:
    """Rename each part that differs between documents, so that a name means one part on the page."""
    versions: dict[str, list[Schema]] = {}
    for schema in schemas.values():
        for name, part in schema["$defs"].items():
            versions.setdefault(name, []).append(part)
    differing = {name for name, parts in versions.items() if any(part != parts[0] for part in parts)}
    return {document: _renamed(schema, document, differing) for document, schema in schemas.items()}


def _renamed(schema: Schema, document: str, names: Iterable[str]) -> Schema:
    text = json.dumps(schema)
    for name in names:
        renamed = f"{name.removesuffix('Part')} of {document}"
        text = text.replace(f'"#/$defs/{name}"', f'"#/$defs/{renamed}"').replace(
            f'"{name}": {{"title"', f'"{renamed}": {{"title"'
        )
    found: Schema = json.loads(text)
    return found


def _document(name: str, schema: Schema, common: set[str], parts: Mapping[str, Schema]) -> Iterator[str]:
    yield f"### {name} document\n"
    yield f"{schema['description']}\n"
    own = {field: each for field, each in schema["properties"].items() if field not in common}
    if own:
        yield from _table(own, schema, parts)


def _part(name: str, parts: Mapping[str, Schema]) -> Iterator[str]:
    part = parts[name]
    yield f"### {_title(name)}\n"
    if "description" in part:
        yield f"{part['description']}\n"
    yield from _table(part["properties"], part, parts)


def _table(fields: Mapping[str, Schema], schema: Schema, parts: Mapping[str, Schema]) -> Iterator[str]:
    yield "| field | value | description |"
    yield "|---|---|---|"
    for field, each in fields.items():
        required = " (required)" if field in schema.get("required", ()) else ""
        yield f"| `{field}`{required} | {_type_of(each)} | {_description_of(field, each, parts)} |"
    yield ""


def _type_of(schema: Schema) -> str:
    """Describe the type of a value, with links to the parts."""
    match schema:
        case {"$ref": reference}:
            title = _title(reference)
            text = f"[{title}](#{title.lower().replace(' ', '-')})"
        case {"anyOf": choices}:
            text = " or ".join(_type_of(each) for each in choices)
        case {"enum": values}:
            text = " or ".join(f"`{value}`" for value in values)
        case {"type": "array", "items": items}:
            text = f"list of {_type_of(items)}"
        case {"type": "object", "additionalProperties": dict() as values} if values:
            text = f"object of {_type_of(values)}"
        case _:
            text = "date and time" if "format" in schema else str(schema.get("type", "any value"))
    return text


def _title(name: str) -> str:
    return name.rpartition("/")[2].removesuffix("Part")


def _description_of(name: str, schema: Schema, parts: Mapping[str, Schema]) -> str:
    """Return the description of a field, that of the part that it contains, or that of all fields of its name."""
    contained = schema.get("items", schema).get("$ref", "")
    part = parts.get(contained.rpartition("/")[2], {}).get("description", "")
    number = f"How many: {name.replace('_', ' ')}." if schema.get("type") == "integer" else ""
    text = schema.get("description") or part or EVERYWHERE.get(name) or number
    return str(text).replace("|", "\\|").replace("\n", " ")
