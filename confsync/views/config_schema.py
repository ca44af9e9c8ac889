"""The JSON Schema of the configuration language, for editors: made from the resource types and their field tables.

It says no more than the language: a file may be one of several that are merged, so that `version` is not required.
"""

from typing import Any, TypeAlias

from confsync.config.document import RESERVED_NAMES
from confsync.config.environments import WrittenEnvironment
from confsync.config.lifecycle import Lifecycle
from confsync.config.version import LANGUAGE
from confsync.model import Field, Kind, Known, Mark, Shape
from confsync.resources import KINDS, children_of

Schema: TypeAlias = dict[str, Any]

REFERENCE: Schema = {
    "type": "string",
    "pattern": r"^\$\{\{.*\}\}$",
    "description": "A reference such as `${{ var.name }}`, which keeps the type of its value.",
}


def config_schema() -> Schema:
    """Give the schema of one file of a configuration."""
    return {
        "title": "confsync configuration",
        "description": f"What Twilio Conversations should hold. Version {LANGUAGE} of the language.",
        **_object(_top()),
        "$defs": {
            "reference": REFERENCE,
            "lifecycle": _lifecycle(),
            "environment": _environment(),
            **{_name(kind): _resource(kind) for kind in KINDS},
        },
    }


def _top() -> Schema:
    return {
        "version": {"const": LANGUAGE, "description": "The version of the language."},
        "requires": {"type": "string", "description": "The versions of confsync that will do, such as `>=1.0,<2`."},
        "variables": _variables(),
        "environments": {
            "type": "object",
            "additionalProperties": _to("environment"),
            "description": "The accounts that this configuration is for; -e chooses one.",
        },
        **_sections(None),
    }


def _sections(parent: Kind | None) -> Schema:
    return {kind.section: _section(kind) for kind in children_of(parent)}


def _section(kind: Kind) -> Schema:
    said = {"description": _first_line(kind.model)}
    if kind.singleton:
        return {**_to(_name(kind)), **said}
    reserved = {"not": {"enum": list(RESERVED_NAMES)}}
    return {"type": "object", "additionalProperties": _to(_name(kind)), "propertyNames": reserved, **said}


def _resource(kind: Kind) -> Schema:
    needed = [field.name for field in kind.fields if field.required and field is not kind.name_field]
    keys = [name for name in needed if kind.by_name[name].in_natural_key]
    beyond_keys = [name for name in needed if name not in keys]
    return {
        "description": _first_line(kind.model),
        **_object({**_fields(kind), **_sections(kind), "lifecycle": _to("lifecycle")}),
        **({"required": keys} if keys else {}),
        **({"if": _LOOKED_UP, "else": {"required": beyond_keys}} if beyond_keys else {}),
    }


_LOOKED_UP: Schema = {
    "properties": {"lifecycle": {"properties": {"lookup": {"const": True}}, "required": ["lookup"]}},
    "required": ["lifecycle"],
}
"""What is only looked up has nothing but its key."""


def _fields(kind: Kind) -> Schema:
    """Give the fields of a type, nested as its blocks are."""
    whole = kind.model.model_json_schema()
    top: Schema = {}
    for field in kind.fields:
        here, said = top, whole
        for step in field.path[:-1]:
            description = said["properties"][step].get("description", "")
            said = _block(said["properties"][step], whole)
            here = here.setdefault(step, {"description": description, **_object({})})["properties"]
        here[field.path[-1]] = _value(field, said["properties"][field.path[-1]])
    return top


def _block(said: Schema, whole: Schema) -> Schema:
    found: Schema = whole["$defs"][_present(said)["$ref"].rpartition("/")[2]]
    return found


def _value(field: Field, said: Schema) -> Schema:
    """Give what may stand for a field: its own type, a reference where that is not text, null where it clears."""
    bare = {name: value for name, value in _present(said).items() if name not in _NOISE}
    if field.choices and Mark.UPPER in field.marks:
        bare["enum"] = [*field.choices, *(choice.lower() for choice in field.choices)]
    if field.shape is Shape.SET:
        bare["items"] = _item(field)
    ways = [bare]
    if field.shape is not Shape.SET and not field.secret and bare != {"type": "string"}:
        ways.append(_to("reference"))
    if "pattern" in bare and not field.secret:
        ways.append({"type": "string", "pattern": r"\$\{\{", "description": "A text with references in it."})
    if field.clearable:
        ways.append({"type": "null"})
    return {"description": field.description, **(ways[0] if len(ways) == 1 else {"anyOf": ways})}


def _item(field: Field) -> Schema:
    """Let an editor offer the words that Twilio documents; any other passes."""
    known = next((doubt for doubt in field.doubts if isinstance(doubt, Known)), None)
    return {"anyOf": [{"enum": sorted(known.words)}, {"type": "string"}]} if known else {"type": "string"}


_NOISE = frozenset({"title", "default", "description", "uniqueItems"})


def _present(said: Schema) -> Schema:
    """Give the schema of a value that is there: pydantic adds null for every field that may be left away."""
    found: Schema = next((each for each in said.get("anyOf", ()) if each != {"type": "null"}), said)
    return found


def _lifecycle() -> Schema:
    said = Lifecycle.model_json_schema()["properties"]
    return {"description": _first_line(Lifecycle), **_object({name: _plain(each) for name, each in said.items()})}


def _environment() -> Schema:
    said = WrittenEnvironment.model_json_schema()
    fields = {name: _plain(each) for name, each in said["properties"].items()}
    overrides = {"type": "object", "additionalProperties": _SCALAR, "description": "Values of variables, here."}
    return {**_object({**fields, "variables": overrides}), "required": said["required"]}


def _plain(said: Schema) -> Schema:
    bare = {name: value for name, value in _present(said).items() if name not in _NOISE}
    return {"description": said["description"], **bare}


_SCALAR: Schema = {"type": ["string", "number", "boolean"]}


def _variables() -> Schema:
    sensitive = {**_object({"sensitive": {"const": True}}), "required": ["sensitive"]}
    return {
        "type": "object",
        "additionalProperties": {"anyOf": [_SCALAR, sensitive]},
        "description": "Values to use as `${{ var.name }}`; a sensitive one comes from CONFSYNC_VAR_name alone.",
    }


def _object(properties: Schema) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _to(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _name(kind: Kind) -> str:
    return kind.title.replace(" ", "_")


def _first_line(model: type) -> str:
    return (model.__doc__ or "").partition("\n")[0]
