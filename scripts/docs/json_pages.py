"""A page for each JSON document, a page of the parts that several documents share, and the tables of the index."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache

from confsync.views.schema.document_types import DOCUMENT_TYPES
from confsync.views.schema.published import document_schema
from scripts.docs.json_tables import FieldTables, Schema, title_of
from scripts.docs.markdown import join, page, table
from scripts.docs.printed_documents import commands_of

SHARED = "shared.md"
"""The page of the parts that several documents share."""

INDEX = "../json.md"

_KIND = {"type": "string", "description": "The type of the document, such as `plan`.", "default": ""}


def document_table() -> str:
    """List every document with a link to its page."""
    rows = [(f"[{name} document](json/{name}.md)", schema["description"]) for name, schema in _schemas().items()]
    return table(
        ("document", "content"), (*rows, (f"[shared parts](json/{SHARED})", "Objects that occur in several documents."))
    )


def common_field_table() -> str:
    """List the fields that every document has, for the index."""
    first = next(iter(_schemas().values()))
    fields = {name: first["properties"][name] for name in sorted(_common_fields())}
    tables = FieldTables(first["$defs"], _shared_parts(), shared_page=f"json/{SHARED}", index_page="")
    return tables.table("", {**fields, "kind": _KIND}, first)


def json_pages() -> Mapping[str, str]:
    """Write the page of each document, and that of the shared parts."""
    documents = {f"{name}.md": page(f"{name.capitalize()} document", _document(name)) for name in _schemas()}
    return {**documents, SHARED: page("Shared parts", _shared_blocks())}


@cache
def _schemas() -> Mapping[str, Schema]:
    return {name: dict(document_schema(name)) for name in DOCUMENT_TYPES}


def _common_fields() -> set[str]:
    return set.intersection(*(set(schema["properties"]) for schema in _schemas().values()))


@cache
def _shared_parts() -> Mapping[str, Schema]:
    """Find the parts that are the same in several documents, by name."""
    versions: dict[str, list[Schema]] = {}
    for schema in _schemas().values():
        for name, part in schema["$defs"].items():
            versions.setdefault(name, []).append(part)
    return {
        name: parts[0]
        for name, parts in sorted(versions.items())
        if len(parts) > 1 and all(part == parts[0] for part in parts)
    }


def _document(name: str) -> Iterator[str]:
    schema = _schemas()[name]
    tables = FieldTables(schema["$defs"], _shared_parts(), shared_page=SHARED, index_page=INDEX)
    yield schema["description"]
    yield commands_of(name)
    yield "## Fields"
    yield (
        f"The document also has the [fields that all documents share]({INDEX}#fields-of-every-document). For the terms "
        f"in the tables, see [How to read a page]({INDEX}#how-to-read-a-page)."
    )
    own = {field: each for field, each in schema["properties"].items() if field not in _common_fields()}
    yield tables.table(f"{name} document", own, schema)
    for part in _own_parts(schema):
        yield from _part(part, schema["$defs"][part], tables)
    yield "## See also"
    yield f"* [JSON documents]({INDEX})\n* [The schema of this document](../../schemas/{name}.schema.json)"


def _own_parts(schema: Schema) -> Mapping[str, None]:
    """List the parts that only this document has, each before the parts that it contains."""
    found: dict[str, None] = {}
    _add_parts(schema["properties"], schema["$defs"], found)
    return found


def _add_parts(fields: Schema, parts: Mapping[str, Schema], found: dict[str, None]) -> None:
    for name in re.findall(r'"#/\$defs/(\w+)"', json.dumps(fields)):
        if name not in found and name not in _shared_parts():
            found[name] = None
            _add_parts(parts[name]["properties"], parts, found)


def _shared_blocks() -> Iterator[str]:
    tables = FieldTables(_shared_parts(), _shared_parts(), shared_page="", index_page=INDEX)
    yield (
        f"These objects occur in several [JSON documents]({INDEX}). For the terms in the tables, see [How to read a "
        f"page]({INDEX}#how-to-read-a-page)."
    )
    for name, part in _shared_parts().items():
        yield from _part(name, part, tables, _documents_with(name))


def _documents_with(name: str) -> str:
    """Say which documents contain a part."""
    found = [each for each, schema in _schemas().items() if name in schema["$defs"]]
    if len(found) == len(_schemas()):
        return "Part of every document."
    return f"Part of the {join([f'[{each}]({each}.md)' for each in found])} documents."


def _part(name: str, part: Schema, tables: FieldTables, found_in: str = "") -> Iterator[str]:
    yield f"## {title_of(name)}"
    yield part.get("description", "")
    yield found_in
    yield tables.table(title_of(name), part["properties"], part)
