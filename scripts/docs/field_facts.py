"""The documentation of the fields of a resource type: a table, then the details of each field."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from confsync.annotations import Condition, Trait
from confsync.codecs import AddressText, Duration, JsonText, Text
from confsync.lints import KnownValues, SoftMaxLength
from confsync.model import Field, Kind
from confsync.views.schema.fields import field_schema
from scripts.docs.risks import risks_of
from scripts.docs.samples import inline

SHOWN_TRAITS = (Trait.KEY, Trait.IMMUTABLE, Trait.WRITE_ONLY, Trait.SECRET, Trait.CLEARABLE)
_TRAIT_TEXTS = {Trait.KEY: "key field"}


def field_table(kind: Kind) -> Iterator[str]:
    """List each field with its description, its type and its default."""
    yield "| field | description | value | default |"
    yield "|---|---|---|---|"
    for field in kind.fields:
        required = " (required)" if field.required and field is not kind.name_field else ""
        yield f"| `{field.name}`{required} | {field.description} | {value_of(field)} | {_default(field)} |"


def value_of(field: Field) -> str:
    """Describe the type of a field."""
    if field.ref:
        where = "".join(f" of {name} `{value}`" for name, value in field.ref.where)
        return f"key of {field.ref.kind.a_title}{where}"
    if field.choices:
        return _either(field.choices)
    if field.secret:
        return "reference to a secret"
    known = next((lint.noun for lint in field.lints if isinstance(lint, KnownValues)), "")
    edits = ", or `{add: […], remove: […]}`" if field.editable else ""
    return f"list of {known}s{edits}" if known and field.is_set else field.codec.description


def _default(field: Field) -> str:
    return field.server_default or ("none" if field.clearable else "")


def field_details(kind: Kind) -> Iterator[str]:
    """List each field with its name in Twilio, its rules, its limits and its examples."""
    for field in kind.fields:
        facts = "; ".join((_names(kind, field), *_facts(field), *_limits(kind, field), *_rules(field), risks_of(field)))
        examples = " or ".join(f"`{field.path[-1]}: {inline(each)}`" for each in field.examples)
        yield f"* **`{field.name}`**: {facts}.<br>{examples}"


def _names(kind: Kind, field: Field) -> str:
    """Describe how a field is sent, and where it is read if that differs."""
    place = "the last part of the URL" if kind.linked_kind and field.in_natural_key else f"`{field.param}`"
    sent = f"sent as {place}"
    if field.write_only or (field.read_path == field.path and not field.alternate_path):
        return sent
    return f"{sent}, read as {_either('.'.join(path) for path in (field.read_path, field.alternate_path) if path)}"


def _facts(field: Field) -> Iterator[str]:
    yield from (_TRAIT_TEXTS.get(trait, str(trait)) for trait in SHOWN_TRAITS if trait in field.traits)
    if isinstance(field.codec, Text) and field.codec.fold:
        yield "case-insensitive"
    if isinstance(field.codec, AddressText):
        yield "email addresses and channel prefixes are case-insensitive"
    if field.is_set:
        yield "order does not matter"
    if field.may_name:
        title = field.may_name.kind.title
        yield f"if the value names a declared {title}, confsync creates that {title} first"


def _limits(kind: Kind, field: Field) -> Iterator[str]:
    yield from _limits_of(field_schema(kind, field.path))
    yield from (form.description for form in field.patterns)
    documented = (lint.length for lint in field.lints if isinstance(lint, SoftMaxLength))
    yield from (f"confsync prints a warning above {length:,} characters" for length in documented)
    match field.codec:
        case Duration():
            yield f"at least `{field.codec.shortest}`"
        case JsonText(at_most=int(size)):
            yield f"at most {size:,} bytes of JSON"


def _limits_of(schema: Mapping[str, Any]) -> Iterator[str]:
    if schema.get("minLength") or schema.get("minItems"):
        yield "not empty"
    if "maxLength" in schema:
        yield f"at most {schema['maxLength']} characters"
    if "minimum" in schema:
        yield f"at least {schema['minimum']}"
    if "maximum" in schema:
        yield f"at most {schema['maximum']}"


def _rules(field: Field) -> Iterator[str]:
    """Describe how a field depends on other fields."""
    if field.only_if == field.required_if:
        yield from (f"required if {each}, and not allowed otherwise" for each in _conditions(field.required_if))
    else:
        yield from (f"allowed only if {each}" for each in _conditions(field.only_if))
        yield from (f"required if {each}" for each in _conditions(field.required_if))
    yield from (
        f"when confsync creates the resource, it also sends `{name}: {values[0]}`" for name, values in field.send_with
    )
    if field.update_only:
        values = _either(sorted(field.update_only))
        yield f"if a new resource is declared as {values}, confsync creates it first and then sends this value"


def _conditions(condition: Condition) -> Iterator[str]:
    return (f"`{name}` is {_either(values)}" for name, values in condition)


def _either(values: Iterable[str]) -> str:
    *first, last = (f"`{value}`" for value in values)
    return f"{', '.join(first)} or {last}" if first else last
