"""The JSON Schema of the value of a field: each way to write it, and what an editor says and suggests about it."""

from collections.abc import Iterable

from confsync.annotations import EDIT_KEYS
from confsync.codecs import Duration, JsonText, Text
from confsync.lints import KnownValues
from confsync.model import Field, Kind
from confsync.views.schema.field_documentation import built_in_names, default_of, field_in_markdown
from confsync.views.schema.fields import Schema, field_schema, object_schema, ref

NULL: Schema = {"title": "null", "type": "null"}
ANY_TEXT: Schema = {"title": "other text", "type": "string"}

# `patternErrorMessage` and `markdownDescription` are words of editors, which validators ignore.
MESSAGE = "patternErrorMessage"


def value_schema(kind: Kind, field: Field) -> Schema:
    """Return the schema of a field: its own type, a reference unless that is text, and null if it can be cleared."""
    ways = _ways_of_value(field, field_schema(kind, field.path))
    if not field.secret and ways != [{"type": "string"}]:
        ways.append(ref("text_with_reference" if _patterns(field) else "reference"))
    if field.clearable:
        ways.append(NULL)
    described = {
        "description": field.description,
        "markdownDescription": field_in_markdown(kind, field),
        **default_of(field),
        "examples": list(field.examples),
    }
    return {**described, **(ways[0] if len(ways) == 1 else {"anyOf": ways})}


def _ways_of_value(field: Field, schema: Schema) -> list[Schema]:
    """Return the schema of each way to write a value, with what only its field knows."""
    bare = {name: value for name, value in schema.items() if name not in NOISE}
    if field.is_set:
        return _ways_of_set(field, bare)
    if field.choices and isinstance(field.codec, Text) and field.codec.fold:
        return [{"enum": list(field.choices)}, {"type": "string", "pattern": _in_any_case(field.choices)}]
    if names := built_in_names(field):
        return list(suggested(names)["anyOf"])
    if field.secret:
        return [{**bare, MESSAGE: f"'{field.name}' is a secret: write a reference, such as `${{{{ env.NAME }}}}`"}]
    if patterns := _patterns(field):
        own, *others = [{"pattern": regex, MESSAGE: message} for regex, message in patterns]
        return [{**bare, **own, **({"allOf": others} if others else {})}]
    return [bare, _JSON_EDIT] if isinstance(field.codec, JsonText) else [bare]


_JSON_EDIT: Schema = {
    **object_schema(
        {
            "add": {"type": "object", "description": "Keys to set; all others stay as they are."},
            "remove": {"type": "array", "items": {"type": "string"}, "description": "Keys to remove."},
        }
    ),
    "minProperties": 1,
}


def _patterns(field: Field) -> list[tuple[str, str]]:
    """Return the regular expressions that a text must match, each with what an editor says if it does not."""
    if isinstance(field.codec, Duration):
        return [(_DURATION, f"'{field.name}' is an ISO 8601 duration, such as `{field.examples[0]}`")]
    return [(f"^(?:{each.regex})$", f"'{field.name}' {each.description}") for each in field.patterns]


_DURATION = r"^[Pp](?=.)(\d{1,9}[Dd])?([Tt](?=.)(\d{1,9}[Hh])?(\d{1,9}[Mm])?(\d{1,9}[Ss])?)?$"


def _in_any_case(words: tuple[str, ...]) -> str:
    """Write a pattern that ignores case: JSON Schema has no flag for that."""
    return f"^({'|'.join(''.join(f'[{each.upper()}{each.lower()}]' for each in word) for word in words)})$"


def _ways_of_set(field: Field, bare: Schema) -> list[Schema]:
    """Return the schema of a list and, if the field can be edited, of what to add and remove."""
    limits = {"minItems": 1} if field.required or "minItems" in bare else {}
    whole = {"type": "array", "items": _item(field), **limits}
    parts = {word: {"description": f"What to {word}.", "type": "array", "items": _item(field)} for word in EDIT_KEYS}
    edits = {**object_schema(parts), "minProperties": 1}
    return [whole, edits] if field.editable else [whole]


def _item(field: Field) -> Schema:
    known = next((lint for lint in field.lints if isinstance(lint, KnownValues)), None)
    return suggested(known.values) if known else {"type": "string"}


def suggested(values: Iterable[str]) -> Schema:
    """Let an editor suggest some values, and accept any other."""
    return {"anyOf": [{"enum": sorted(values)}, ANY_TEXT]}


NOISE = frozenset({"title", "default", "description", "examples", "uniqueItems"})
