"""The JSON Schema of the configuration language, for editors, derived from the resource types and their fields."""

# `version` is not required, because a file may be one of several that are merged.

from confsync.codecs import Duration, JsonText, Text
from confsync.config.environments import WrittenEnvironment
from confsync.config.language_version import LANGUAGE
from confsync.config.lifecycle import Lifecycle
from confsync.config.policy import Guardrails, Policy
from confsync.config.resource_reader import RESERVED_NAMES
from confsync.config.shared_state import STORES, WrittenStore
from confsync.config.written import Written, pydantic_twin
from confsync.lints import KnownValues
from confsync.model import Field, Kind
from confsync.resources import KINDS, children_of
from confsync.views.field_schema import Schema, description_of, field_schema, without_null

REFERENCE: Schema = {
    "type": "string",
    "pattern": r"^\$\{\{.*\}\}$",
    "description": "A reference such as `${{ var.name }}`, which keeps the type of its value.",
}


def config_schema() -> Schema:
    """Return the schema of one file of a configuration."""
    return {
        "title": "confsync configuration",
        "description": f"What Twilio Conversations should hold. Version {LANGUAGE} of the language.",
        **_object(_top()),
        "$defs": {
            "reference": REFERENCE,
            "lifecycle": _lifecycle(),
            "environment": _environment(),
            **{_name(kind): _resource(kind) for kind in KINDS if not kind.value_field},
        },
    }


def _top() -> Schema:
    return {
        "version": {"const": LANGUAGE, "description": "The version of the language."},
        "requires": {"type": "string", "description": "The versions of confsync that can read it, such as `>=1.0,<2`."},
        "variables": _variables(),
        "environments": {
            "type": "object",
            "additionalProperties": _ref("environment"),
            "description": "The accounts that this configuration is for; -e selects one.",
        },
        **_policy(),
        **_sections(None),
    }


def _policy() -> Schema:
    """Return the keys that are allowed at the top level and in an environment."""
    described = {name: {"description": field.description} for name, field in pydantic_twin(Policy).model_fields.items()}
    places = {word: {**described[word], "anyOf": _ways_of_store()} for word in STORES}
    guardrails = {**described["guardrails"], **_object(_plain_properties(Guardrails))}
    return {**_plain_properties(Policy), "guardrails": guardrails, **places}


def _ways_of_store() -> list[Schema]:
    """Return the schema of the short form and of the mapping."""
    keys = _plain_properties(WrittenStore)
    return [{"enum": keys["store"]["enum"]}, {**_object(keys), "required": ["store"]}]


def _plain_properties(cls: type[Written]) -> Schema:
    properties = pydantic_twin(cls).model_json_schema()["properties"]
    return {name: _plain(each) for name, each in properties.items() if name not in _NESTED}


_NESTED = ("guardrails", *STORES)


def _sections(parent: Kind | None) -> Schema:
    return {kind.section: _section(kind) for kind in children_of(parent)}


def _section(kind: Kind) -> Schema:
    description = {"description": _first_line(kind.description)}
    if kind.group:
        return {**_object(_sections(kind)), **description}
    if kind.singleton:
        return {**_ref(_name(kind)), **description}
    members = {"type": "object", "additionalProperties": _member(kind), **description}
    most = {"maxProperties": kind.max_per_parent} if kind.max_per_parent else {}
    return {**members, **most, "propertyNames": {"not": {"enum": list(RESERVED_NAMES)}}}


def _member(kind: Kind) -> Schema:
    """Return the schema of one resource: a mapping, or the one value that it is written as."""
    return _fields(kind)[kind.value_field] if kind.value_field else _ref(_name(kind))


def _resource(kind: Kind) -> Schema:
    required = [field.name for field in kind.fields if field.required and field is not kind.name_field]
    keys = [name for name in required if kind.by_name[name].in_natural_key]
    others = [name for name in required if name not in keys]
    return {
        "description": _first_line(kind.description),
        **_object({**_fields(kind), **_sections(kind), "lifecycle": _ref("lifecycle")}),
        **({"if": _with("absent"), "else": _required(keys, others)} if required else {}),
    }


def _required(keys: list[str], others: list[str]) -> Schema:
    """Require the key fields, and the others unless the resource is only looked up."""
    looked_up = {"if": _with("lookup"), "else": {"required": others}} if others else {}
    return {**({"required": keys} if keys else {}), **looked_up}


def _with(word: str) -> Schema:
    """Match a resource whose lifecycle sets that key to true."""
    lifecycle = {"properties": {word: {"const": True}}, "required": [word]}
    return {"properties": {"lifecycle": lifecycle}, "required": ["lifecycle"]}


def _fields(kind: Kind) -> Schema:
    """Return the fields of a type, nested in their blocks."""
    top: Schema = {}
    for field in kind.fields:
        here = top
        for depth, step in enumerate(field.path[:-1], 1):
            block = {"description": description_of(kind, field.path[:depth]), **_object({})}
            here = here.setdefault(step, block)["properties"]
        here[field.path[-1]] = _value(kind, field)
    return top


def _value(kind: Kind, field: Field) -> Schema:
    """Return the schema of a field: its own type, a reference unless that is text, and null if it can be cleared."""
    bare = _bare(field, field_schema(kind, field.path))
    ways = [bare]
    if field.is_set:
        ways = _ways_of_set(field, bare)
    elif not field.secret and not isinstance(field.codec, JsonText) and bare != {"type": "string"}:
        ways.append(_ref("reference"))
    if "pattern" in bare and not field.secret:
        ways.append({"type": "string", "pattern": r"\$\{\{", "description": "A text that contains references."})
    if field.clearable:
        ways.append({"type": "null"})
    described = {"description": field.description, "examples": list(field.examples)}
    return {**described, **(ways[0] if len(ways) == 1 else {"anyOf": ways})}


def _bare(field: Field, schema: Schema) -> Schema:
    """Return the schema of a value, with what only its codec knows."""
    bare = {name: value for name, value in schema.items() if name not in _NOISE}
    if field.choices and isinstance(field.codec, Text) and field.codec.fold:
        return {"anyOf": [{"enum": list(field.choices)}, {"type": "string", "pattern": _in_any_case(field.choices)}]}
    return {**bare, "pattern": _DURATION} if isinstance(field.codec, Duration) else bare


_DURATION = r"^[Pp](?=.)(\d{1,9}[Dd])?([Tt](?=.)(\d{1,9}[Hh])?(\d{1,9}[Mm])?(\d{1,9}[Ss])?)?$"


def _in_any_case(words: tuple[str, ...]) -> str:
    """Write a pattern that ignores case: JSON Schema has no flag for that."""
    return f"^({'|'.join(''.join(f'[{each.upper()}{each.lower()}]' for each in word) for word in words)})$"


def _ways_of_set(field: Field, bare: Schema) -> list[Schema]:
    """Return the schema of a list and, if the field can be edited, of what to add and remove."""
    limits = {"minItems": 1} if field.required or "minItems" in bare else {}
    whole = {"type": "array", "items": _item(field), **limits}
    part = {"type": "array", "items": _item(field)}
    edits = {**_object({"add": part, "remove": part}), "minProperties": 1}
    return [whole, edits] if field.editable else [whole]


def _item(field: Field) -> Schema:
    """Let an editor suggest the words that Twilio documents, and accept any other."""
    known = next((lint for lint in field.lints if isinstance(lint, KnownValues)), None)
    return {"anyOf": [{"enum": sorted(known.values)}, {"type": "string"}]} if known else {"type": "string"}


_NOISE = frozenset({"title", "default", "description", "examples", "uniqueItems"})


def _lifecycle() -> Schema:
    return {
        "description": _first_line(Lifecycle.__doc__ or ""),
        **_object(_plain_properties(Lifecycle)),
    }


def _environment() -> Schema:
    required = pydantic_twin(WrittenEnvironment).model_json_schema()["required"]
    overrides = {
        "type": "object",
        "additionalProperties": _SCALAR,
        "description": "Values of variables in this environment.",
    }
    return {
        **_object({**_plain_properties(WrittenEnvironment), "variables": overrides, **_policy()}),
        "required": required,
    }


def _plain(schema: Schema) -> Schema:
    bare = {name: value for name, value in without_null(schema).items() if name not in _NOISE}
    return {"description": schema["description"], **bare}


_SCALAR: Schema = {"type": ["string", "number", "boolean"]}


def _variables() -> Schema:
    sensitive = {**_object({"sensitive": {"const": True}}), "required": ["sensitive"]}
    return {
        "type": "object",
        "additionalProperties": {"anyOf": [_SCALAR, sensitive]},
        "description": "Values to use as `${{ var.name }}`; a sensitive one comes only from CONFSYNC_VAR_name.",
    }


def _object(properties: Schema) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _name(kind: Kind) -> str:
    return kind.title.replace(" ", "_")


def _first_line(text: str) -> str:
    return text.partition("\n")[0]
