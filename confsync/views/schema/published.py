"""Every JSON Schema by its name, and the files that hold them: the same as `confsync schema` prints."""

from functools import cache
from typing import Any

from msgspec.json import schema_components

from confsync.views.documents import FORMAT_VERSION, json_text
from confsync.views.schema.configuration import config_schema
from confsync.views.schema.document_types import FILE_TYPES, SCHEMAS, document_type, file_type

DIALECT = "https://json-schema.org/draft/2020-12/schema"

IN_EVERY_DOCUMENT = ("confsync_version", "format_version", "kind")
"""What confsync has always written, although the values have defaults."""


def document_schema(name: str) -> dict[str, object]:
    """Return the schema of the configuration (`config`), or of a document by its kind."""
    return {"$schema": DIALECT, **(config_schema() if name == "config" else _struct_schema(name))}


def _struct_schema(name: str) -> dict[str, object]:
    document = file_type(name) if name in FILE_TYPES else document_type(name)
    _, definitions = schema_components([document], ref_template="#/$defs/{name}")
    top: dict[str, Any] = definitions.pop(document.__name__)
    if name not in FILE_TYPES:
        top["required"] = sorted({*top["required"], *IN_EVERY_DOCUMENT})
    major = FORMAT_VERSION.partition(".")[0]
    return {"$id": f"urn:confsync:schema:{name}:{major}", **top, "$defs": dict(sorted(definitions.items()))}


@cache
def schema_text(name: str) -> str:
    """Return the text of a schema."""
    return json_text(document_schema(name))


def schema_files() -> dict[str, str]:
    """Return the text of every schema by the name of its file."""
    return {f"{name}.schema.json": schema_text(name) for name in SCHEMAS}
