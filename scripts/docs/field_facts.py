"""The fields of a resource type, as its part of the documentation tells them: a short table, then each in detail."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from confsync.annotations import Condition, KnownValues, SoftMaxLength, Trait
from confsync.codecs import Duration, JsonText, Text
from confsync.model import Field, Kind
from confsync.views.field_schema import schema_of
from scripts.docs.samples import inline

SHOWN_TRAITS = (Trait.KEY, Trait.IMMUTABLE, Trait.WRITE_ONLY, Trait.SECRET, Trait.CLEARABLE)


def field_table(kind: Kind) -> Iterator[str]:
    """Tell what each field is, what may stand in it, and what Twilio has where nobody said anything."""
    yield "| field | what it is | value | initially |"
    yield "|---|---|---|---|"
    for field in kind.fields:
        needed = " (required)" if field.required and field is not kind.name_field else ""
        yield f"| `{field.name}`{needed} | {field.description} | {value_of(field)} | {_initially(field)} |"


def value_of(field: Field) -> str:
    """Say what may stand in a field."""
    if field.ref:
        where = "".join(f" of {name} `{value}`" for name, value in field.ref.where)
        return f"key of {field.ref.target.kind.a_title}{where}"
    if field.choices:
        return _either(field.choices)
    if field.secret:
        return "one reference"
    known = next((doubt.noun for doubt in field.lints if isinstance(doubt, KnownValues)), "")
    edits = ", or `{add: […], remove: […]}`" if field.editable else ""
    return f"list of {known}s{edits}" if known and field.is_set else field.codec.description


def _initially(field: Field) -> str:
    return field.server_default or ("nothing" if field.clearable else "")


def field_details(kind: Kind) -> Iterator[str]:
    """Tell, of each field, its name at Twilio, its rules, its limits and its examples."""
    for field in kind.fields:
        facts = "; ".join((_names(kind, field), *_facts(field), *_limits(kind, field), *_rules(field)))
        examples = " or ".join(f"`{field.path[-1]}: {inline(each)}`" for each in field.examples)
        yield f"* **`{field.name}`**: {facts}.<br>{examples}"


def _names(kind: Kind, field: Field) -> str:
    """Say how it is sent, and where it is read if that is not where it is written."""
    sent = "the last part of the URL" if kind.other and field.in_natural_key else f"sent as `{field.param}`"
    if field.write_only or (field.read_path == field.path and not field.alternate_path):
        return sent
    return f"{sent}, read as {_either('.'.join(path) for path in (field.read_path, field.alternate_path) if path)}"


def _facts(field: Field) -> Iterator[str]:
    yield from (str(mark) for mark in SHOWN_TRAITS if mark in field.traits)
    if isinstance(field.codec, Text) and field.codec.fold:
        yield "upper and lower case mean the same"
    if field.is_set:
        yield "order means nothing"
    if field.may_name:
        yield f"where it is the name of a declared {field.may_name.title}, that is made first"


def _limits(kind: Kind, field: Field) -> Iterator[str]:
    yield from _limits_of(schema_of(kind, field.path))
    yield from (form.words for form in field.patterns)
    documented = (doubt.length for doubt in field.lints if isinstance(doubt, SoftMaxLength))
    yield from (f"more than {length:,} characters are a warning" for length in documented)
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
    """Say what it has to do with the fields beside it."""
    if field.only_if == field.required_if:
        yield from (f"needed where {each}, and nowhere else" for each in _conditions(field.required_if))
    else:
        yield from (f"only where {each}" for each in _conditions(field.only_if))
        yield from (f"needed where {each}" for each in _conditions(field.required_if))
    yield from (f"on create sent together with `{name}: {values[0]}`" for name, values in field.send_with)
    if field.update_only:
        yield f"{_either(sorted(field.update_only))} is sent right after a create"


def _conditions(condition: Condition) -> Iterator[str]:
    return (f"`{name}` is {_either(values)}" for name, values in condition)


def _either(values: Iterable[str]) -> str:
    *first, last = (f"`{value}`" for value in values)
    return f"{', '.join(first)} or {last}" if first else last
