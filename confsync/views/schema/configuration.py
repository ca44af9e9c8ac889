"""The JSON Schema of the configuration language, for editors, derived from the resource types and their fields."""

# `version` is not required, because a file may be one of several that are merged.

from functools import cache

from confsync.config.environments import WrittenEnvironment
from confsync.config.language_version import LANGUAGE
from confsync.config.lifecycle import SECTION_LISTS, Lifecycle
from confsync.config.policy import Guardrails, Policy, Unmanaged
from confsync.config.reuse.defaults import DEFAULTS
from confsync.config.shared_state import STORES, WrittenStore
from confsync.config.written import Written, pydantic_twin
from confsync.extra_parameters import SECTION
from confsync.model import Kind
from confsync.resources import KINDS, children_of
from confsync.twilio.regions import EDGES
from confsync.views.schema.extra_parameters import EXTRA_FIELD, EXTRA_PARAMETERS
from confsync.views.schema.field_documentation import kind_in_markdown
from confsync.views.schema.fields import Schema, description_of, object_schema, ref
from confsync.views.schema.reuse import reuse_keys
from confsync.views.schema.values import NOISE, suggested, value_schema
from confsync.views.schema.variables import VALUE, variable_schema, variables_schema

# A title tells the ways to write a value apart. With a description, an editor would show it instead of the field's own.
REFERENCES: Schema = {
    "reference": {"title": "reference", "type": "string", "pattern": r"^\$\{\{.*\}\}$"},
    "text_with_reference": {"title": "text with references", "type": "string", "pattern": r"\$\{\{"},
}


def config_schema() -> Schema:
    """Return the schema of one file of a configuration."""
    return {
        "$id": f"urn:confsync:schema:config:{LANGUAGE}",
        "title": "confsync configuration",
        "description": f"What Twilio Conversations should hold. Version {LANGUAGE} of the language.",
        **object_schema(_top()),
        "$defs": {
            **REFERENCES,
            "lifecycle": _lifecycle(),
            "environment": _environment(),
            "variable": variable_schema(),
            SECTION: EXTRA_PARAMETERS,
            **{_name(kind): _resource(kind) for kind in _WITH_FIELDS},
            **{_partial_name(kind): _partial_resource(kind) for kind in _WITH_FIELDS},
        },
    }


_WITH_FIELDS = tuple(kind for kind in KINDS if not kind.value_field)


def _top() -> Schema:
    return {
        "version": {"const": LANGUAGE, "description": "The version of the language."},
        "requires": {
            "type": "string",
            "description": "The versions of confsync that can read it, such as `>=1.0,<2`.",
            "examples": [">=1.0,<2"],
        },
        "variables": variables_schema(),
        "environments": {
            "type": "object",
            "additionalProperties": ref("environment"),
            "description": "The accounts that this configuration is for; -e selects one.",
            "examples": [{"prod": {"account_sid": "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}],
        },
        **_policy(),
        **_sections(None),
    }


def _policy() -> Schema:
    """Return the keys that are allowed at the top level and in an environment."""
    described = {name: {"description": field.description} for name, field in pydantic_twin(Policy).model_fields.items()}
    places = {word: {**described[word], "default": "file", "anyOf": _ways_of_store()} for word in STORES}
    nested: dict[str, type[Written]] = {"guardrails": Guardrails, "unmanaged": Unmanaged}
    mappings = {word: {**described[word], **object_schema(_plain_properties(cls))} for word, cls in nested.items()}
    return {**_plain_properties(Policy), **mappings, **places}


def _ways_of_store() -> list[Schema]:
    """Return the schema of the short form and of the mapping."""
    keys = _plain_properties(WrittenStore)
    return [{"enum": keys["store"]["enum"]}, {**object_schema(keys), "required": ["store"]}]


@cache
def _plain_properties(cls: type[Written]) -> Schema:
    properties = pydantic_twin(cls).model_json_schema()["properties"]
    return {name: _plain(each) for name, each in properties.items() if name not in _NESTED}


_NESTED = ("guardrails", *STORES)


def _sections(parent: Kind | None) -> Schema:
    return {kind.section: _section(kind) for kind in children_of(parent)}


def _section(kind: Kind) -> Schema:
    description = _description(kind)
    if kind.group:
        return {**object_schema(_sections(kind)), **description}
    if kind.singleton:
        return {**ref(_name(kind)), **description}
    return {**_collection(kind), **description}


def _collection(kind: Kind) -> Schema:
    """Return the schema of a mapping of resources. Where there are defaults, nothing is required of the others."""
    reuse = reuse_keys(kind, _partial_member(kind))
    known = dict.fromkeys(reuse, True)
    members = {"properties": known, "additionalProperties": _member(kind)}
    if DEFAULTS in reuse:
        others = {"properties": known, "additionalProperties": _partial_member(kind)}
        members = {"if": {"required": [DEFAULTS]}, "then": others, "else": members}
    most = {"maxProperties": kind.max_per_parent}
    limit = {"if": {"anyOf": [{"required": [name]} for name in reuse]}, "else": most} if kind.max_per_parent else {}
    names = {"minLength": 1, **({"not": {"const": DEFAULTS}} if DEFAULTS not in reuse else {})}
    return {
        "type": "object",
        "properties": reuse,
        "propertyNames": names,
        "allOf": [members, *([limit] if limit else [])],
    }


def _member(kind: Kind) -> Schema:
    """Return the schema of one resource: a mapping, or the one value that it is written as."""
    return _fields(kind)[kind.value_field] if kind.value_field else ref(_name(kind))


def _resource(kind: Kind) -> Schema:
    required = [field.name for field in kind.fields if field.required and field is not kind.name_field]
    keys = [name for name in required if kind.by_name[name].in_natural_key]
    others = [name for name in required if name not in keys]
    return {
        "title": kind.title,
        **_description(kind),
        **object_schema({**_fields(kind), **_sections(kind), "lifecycle": _lifecycle_of(kind), SECTION: ref(SECTION)}),
        **({"if": _with("absent"), "else": _required(keys, others)} if required else {}),
    }


# Of a part of a resource, nothing is required, and a reference can stand for any value: it is in `defaults`, in the
# resource of a `for_each`, or next to `defaults`.


def _partial_resource(kind: Kind) -> Schema:
    whole = _resource(kind)
    sections = {each.section: _partial_section(each) for each in children_of(kind)}
    keys = {
        name: ref(f"{_name(kind)}/properties/{name}") if "properties" not in each else _or_reference(each)
        for name, each in whole["properties"].items()
        if name not in sections
    }
    return {**_description(kind), **object_schema({**keys, **sections})}


def _partial_section(kind: Kind) -> Schema:
    if kind.group:
        return {
            **object_schema({each.section: _partial_section(each) for each in children_of(kind)}),
            **_description(kind),
        }
    if kind.singleton:
        return {**_or_reference(ref(_partial_name(kind))), **_description(kind)}
    member = _partial_member(kind)
    members = {"type": "object", "properties": reuse_keys(kind, member), "additionalProperties": member}
    return {**_or_reference(members), **_description(kind)}


def _partial_member(kind: Kind) -> Schema:
    return _member(kind) if kind.value_field else _or_reference(ref(_partial_name(kind)))


def _or_reference(schema: Schema) -> Schema:
    shown = {name: schema[name] for name in _SHOWN if name in schema}
    return {**shown, "anyOf": [schema, ref("reference")]}


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
            block = {"description": description_of(kind, field.path[:depth]), **object_schema({})}
            here = here.setdefault(step, block)["properties"]
        here[field.path[-1]] = value_schema(kind, field)
    return top


def _lifecycle() -> Schema:
    return {"description": _first_line(Lifecycle.__doc__ or ""), **object_schema(_plain_properties(Lifecycle))}


def _lifecycle_of(kind: Kind) -> Schema:
    """Name the sections that may be in each list, and the fields that it can ignore."""
    ignorable = {".".join(each.path[:depth]) for each in kind.fields for depth in range(1, len(each.path) + 1)}
    whole = _lifecycle()
    keys = {word: ref(f"lifecycle/properties/{word}") for word in whole["properties"]}
    sections = ((each.key, each.sections(kind)) for each in SECTION_LISTS)
    for word, names in (*sections, ("ignore", sorted(ignorable))):
        if names:
            keys[word] = {**whole["properties"][word], "items": {"enum": names}, "examples": [names[:1]]}
    if "items" in keys["ignore"]:
        keys["ignore"]["items"] = {"anyOf": [keys["ignore"]["items"], EXTRA_FIELD]}
    return {"description": whole["description"], **object_schema(keys)}


def _environment() -> Schema:
    required = pydantic_twin(WrittenEnvironment).model_json_schema()["required"]
    overrides = {
        "type": "object",
        "additionalProperties": VALUE,
        "description": "Values of variables in this environment.",
        "examples": [{"hooks_host": "hooks.example.com"}],
    }
    keys = _plain_properties(WrittenEnvironment)
    places = {"region": {**keys["region"], **suggested(EDGES)}, "edge": {**keys["edge"], **suggested(EDGES.values())}}
    return {
        "title": "environment",
        "description": "An account, how to reach it, and what differs in it.",
        **object_schema({**keys, **places, "variables": overrides, "patch": _patch(), **_policy()}),
        "required": required,
    }


def _patch() -> Schema:
    return {
        **object_schema({kind.section: _partial_section(kind) for kind in children_of(None)}),
        "description": "What differs in the resources of this environment, merged over every file.",
        "examples": [{"services": {"support": {"friendly_name": "Support"}}}],
    }


def _plain(schema: Schema) -> Schema:
    """Return the schema of a key that is not a field of a resource. It allows no reference and no null."""
    ways = [way for way in schema.get("anyOf", [schema]) if way != {"type": "null"}]
    bare = [{name: value for name, value in way.items() if name not in NOISE} for way in ways]
    shown = {name: schema[name] for name in _SHOWN if schema.get(name) not in (None, [], {})}
    # An editor that completes a mapping writes every key in it that has a type and a default.
    if bare == [{"type": "boolean"}] and "default" in shown:
        bare = [{"enum": [True, False]}]
    return {**shown, **(bare[0] if len(bare) == 1 else {"anyOf": bare})}


_SHOWN = ("description", "default", "examples")


def _name(kind: Kind) -> str:
    return kind.title.replace(" ", "_")


def _partial_name(kind: Kind) -> str:
    return f"partial_{_name(kind)}"


def _description(kind: Kind) -> Schema:
    return {"description": _first_line(kind.description), "markdownDescription": kind_in_markdown(kind)}


def _first_line(text: str) -> str:
    return text.partition("\n")[0]
