"""The page on the JSON documents, from their schemas."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from confsync.views.schema.document_types import DOCUMENT_TYPES
from confsync.views.schema.published import document_schema
from scripts.docs.json_descriptions import description_of

Schema = dict[str, Any]

INTRODUCTION = """\
# JSON documents

With `--json`, every command except `completion`, `emulator` and `schema` prints exactly one JSON document on stdout,
even if the command fails. The field `kind` names the type of the document. [`schemas/`](../schemas) contains a JSON
Schema with a stable `$id` for each type. To print a schema, run `confsync schema` with the name of the type, for
example `confsync schema plan`. `scripts/docs` generates this page from the schemas.

The field `format_version` contains the version of the document format, such as `1.0`. A new minor version only adds
fields. Programs should ignore unknown fields, and reject a document whose major version they do not support. No
document contains a secret.

A document written by an older version of confsync may lack fields that are not marked as required.

In the tables, "list of X" means a JSON array of X. "Object of X" means a JSON object whose keys are names, such as
field or section names, and whose values are X. The [glossary](glossary.md) explains terms such as
[ledger](glossary.md#ledger), [section](glossary.md#section), [guardrail](glossary.md#guardrail) and
[live](glossary.md#live-state). A *finding* is anything that `drift` reports. The [table of
findings](drift.md#what-changed) has one row for each *sort* of finding. A *partial* plan or run covers only part of the
configuration, because `--target`, `--exclude` or `--kind` restricts it. A [layer](files.md#layers) is one of the
paths that you pass with `-f`. Some values are objects with fields of their own, which are described under
[Parts](#parts). If parts of two documents have the same name but different fields, their headings also name the
document, as in "Adopted (ledger)".

## Field values

In the tables, "field value" means the value of a field of a resource: a string, a boolean, an integer, a list of
strings, or null if there is no value. It can also be an object whose values are lists of strings. For example, the
permissions of a role can be declared as `{"add": ["sendMessage"], "remove": []}`.
"""

_FIELD_VALUE = "string or boolean or integer or list of string or object of list of string or null"


def json_page() -> str:
    """Write the page."""
    schemas = _with_unique_parts({name: dict(document_schema(name)) for name in DOCUMENT_TYPES})
    common = set.intersection(*(set(schema["properties"]) for schema in schemas.values()))
    parts = {name: part for schema in schemas.values() for name, part in schema["$defs"].items()}
    first = next(iter(schemas.values()))
    kind = {"type": "string", "description": "The type of the document, as in the headings below.", "default": ""}
    lines = (
        INTRODUCTION,
        "## Fields of every document\n",
        *_table("", {**{field: first["properties"][field] for field in sorted(common)}, "kind": kind}, first, parts),
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
        renamed = f"{name.removesuffix('Part')} ({document})"
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
        yield from _table(f"{name} document", own, schema, parts)


def _part(name: str, parts: Mapping[str, Schema]) -> Iterator[str]:
    part = parts[name]
    yield f"### {_title(name)}\n"
    if "description" in part:
        yield f"{part['description']}\n"
    yield from _table(_title(name), part["properties"], part, parts)


def _table(owner: str, fields: Mapping[str, Schema], schema: Schema, parts: Mapping[str, Schema]) -> Iterator[str]:
    yield "| field | value | description |"
    yield "|---|---|---|"
    for field, each in fields.items():
        required = " (required)" if field in schema.get("required", ()) else ""
        yield f"| `{field}`{required} | {_type_of(each)} | {_description_of(owner, field, each, parts)} |"
    yield ""


def _type_of(schema: Schema) -> str:
    """Describe the type of a value, with links to the parts."""
    match schema:
        case {"$ref": reference}:
            title = _title(reference)
            anchor = title.lower().replace(" ", "-").strip(")").replace("(", "")
            text = f"[{title}](#{anchor})"
        case {"anyOf": choices}:
            text = " or ".join(_type_of(each) for each in choices).replace(_FIELD_VALUE, "[field value](#field-values)")
        case {"enum": values}:
            text = " or ".join(f"`{value}`" for value in values)
        case {"type": "array", "items": items}:
            text = f"list of {_type_of(items)}"
        case {"type": "object", "additionalProperties": dict() as values} if values:
            text = f"object of {_type_of(values)}".replace("field value]", "field values]")
        case _:
            text = "date and time" if "format" in schema else str(schema.get("type", "any value"))
    return text


def _title(name: str) -> str:
    return name.rpartition("/")[2].removesuffix("Part")


def _description_of(owner: str, name: str, schema: Schema, parts: Mapping[str, Schema]) -> str:
    """Return the description of a field, one from `json_descriptions`, or that of the part that it contains."""
    choices = schema.get("anyOf", [schema])
    contained = str(choices[0].get("items", choices[0]).get("$ref", "")).rpartition("/")[2]
    text = schema.get("description") or description_of(
        owner,
        name,
        _title(contained).partition(" (")[0],
        is_list="items" in choices[0],
        nullable={"type": "null"} in choices,
    )
    return " ".join(str(text or parts[contained]["description"]).replace("|", "\\|").split())
