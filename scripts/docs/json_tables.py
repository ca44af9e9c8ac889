"""Tables of the fields of JSON documents and of their parts, from the schemas."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from scripts.docs.json_descriptions import description_of
from scripts.docs.markdown import join, link_pages, table

Schema = dict[str, Any]

_FORMATS = {"date": "date", "date-time": "date and time"}
_FIELD_VALUE = ["string", "boolean", "integer", "list of string", "object of list of string", "null"]


def title_of(name: str) -> str:
    """Name a part as its heading does."""
    return name.rpartition("/")[2].removesuffix("Part")


class FieldTables(NamedTuple):
    """Writes the tables of one page, whose links to shared parts and to the index begin with these paths."""

    parts: Mapping[str, Schema]
    shared_parts: Mapping[str, Schema]
    shared_page: str
    index_page: str

    def table(self, owner: str, fields: Mapping[str, Schema], schema: Schema) -> str:
        """List fields of a document or a part, which is called `owner`."""
        required = schema.get("required", ())
        rows = (
            (f"`{name}`{' (required)' if name in required else ''}", self._type(each), self._text(owner, name, each))
            for name, each in fields.items()
        )
        return table(("field", "value", "description"), rows)

    def _type(self, schema: Schema) -> str:
        """Describe the type of a value, with links to the parts."""
        choices = (_with_format(each, schema) for each in schema.get("anyOf", [schema]))
        alternatives = [text for each in choices for text in self._alternatives(each)]
        if alternatives == _FIELD_VALUE:
            return f"[field value]({self.index_page}#field-values)"
        return join(alternatives, "or")

    def _alternatives(self, schema: Schema) -> list[str]:
        match schema:
            case {"$ref": reference}:
                page = self.shared_page if reference.rpartition("/")[2] in self.shared_parts else ""
                return [f"[{title_of(reference)}]({page}#{title_of(reference).lower()})"]
            case {"enum": values}:
                return [f"`{value}`" for value in values]
            case {"type": "array", "items": items}:
                return [f"list of {self._type(items)}"]
            case {"type": "object", "additionalProperties": dict() as values} if values:
                return [f"object of {self._type(values)}".replace("field value]", "field values]")]
            case _:
                return [_FORMATS.get(schema.get("format", ""), str(schema.get("type", "any value")))]

    def _text(self, owner: str, name: str, schema: Schema) -> str:
        """Return the description of a field, one from `json_descriptions`, or that of the part that it contains."""
        choices = schema.get("anyOf", [schema])
        contained = str(choices[0].get("items", choices[0]).get("$ref", "")).rpartition("/")[2]
        text = (
            schema.get("description")
            or description_of(owner, name, title_of(contained), is_list="items" in choices[0])
            or self.parts[contained]["description"]
        )
        return link_pages(_with_a_line_for_each_value(" ".join(str(text).replace("|", "\\|").split())))


def _with_format(choice: Schema, schema: Schema) -> Schema:
    """Add the format of a nullable field to the choice that it is about, the string."""
    return {**choice, "format": schema["format"]} if "format" in schema and choice.get("type") == "string" else choice


def _with_a_line_for_each_value(text: str) -> str:
    """Put each value that a description explains on a line of its own."""
    return re.sub(r" (`[^`]+`: )", r"<br>\1", text)
