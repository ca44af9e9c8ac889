"""The fields of a resource type: a table, then the details of each field."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from confsync.annotations import Condition, Trait
from confsync.codecs import AddressText, Duration, JsonText, MailboxText, Text
from confsync.lints import SoftMaxLength
from confsync.model import Field, Kind
from confsync.views.schema.field_documentation import built_in_names
from confsync.views.schema.fields import field_schema
from scripts.docs.known_values import linked_noun
from scripts.docs.markdown import join, table
from scripts.docs.risks import risks_of
from scripts.docs.samples import inline, sample_of
from scripts.docs.site import github_anchor

SHOWN_TRAITS = (Trait.KEY, Trait.IMMUTABLE, Trait.WRITE_ONLY, Trait.SECRET, Trait.CLEARABLE)
TRAIT_TEXTS = {Trait.KEY: "key field"}


def page_of(kind: Kind) -> str:
    """Name the page of a type."""
    return f"{kind.title.replace(' ', '-')}.md"


def field_table(kind: Kind) -> str:
    """List each field with its description, its type and its default."""
    return table(("field", "description", "value", "default"), (_row(kind, field) for field in kind.fields))


def _row(kind: Kind, field: Field) -> tuple[str, str, str, str]:
    required = " (required)" if field.required and field is not kind.name_field else ""
    name = f"[`{field.name}`](#{github_anchor(field.name, '-')}){required}"
    return name, field.description, _value(field), _default(field)


def _default(field: Field) -> str:
    """Describe the value that Twilio uses if nobody has set a field."""
    default = field.server_default or ("none" if field.clearable else "")
    return (
        f"the [built-in role](../glossary.md#built-in-role) `{default}`"
        if default in built_in_names(field)
        else default
    )


def _value(field: Field) -> str:
    """Describe the type of a field."""
    if field.ref:
        where = "".join(f" of {name} `{value}`" for name, value in field.ref.where)
        article, title = field.ref.kind.a_title.split(" ", 1)
        return f"key of {article} [{title}]({page_of(field.ref.kind)}){where}"
    if field.choices:
        return _either(field.choices)
    if field.secret:
        return "reference to a [secret](../secrets.md)"
    if field.is_set and (values := linked_noun(field)):
        edits = ", or `{add: […], remove: […]}`" if field.editable else ""
        return f"list of {values}{edits}"
    return field.codec.description


def field_sections(kind: Kind) -> Iterator[str]:
    """Write a section for each field, with its name in Twilio, its rules, its limits and its examples."""
    for field in kind.fields:
        yield f"### `{field.name}`"
        yield "\n".join(f"* {each}" for each in _details(kind, field))


def _details(kind: Kind, field: Field) -> Iterator[str]:
    yield from map(_sentence, (_names(kind, field), *_facts(kind, field)))
    yield risks_of(field)
    if examples := [f"`{each}`" for each in _examples(kind, field)]:
        yield f"Example: {' or '.join(examples)}"


def _examples(kind: Kind, field: Field) -> Iterator[str]:
    """Write the examples of a field that the example of the type does not show.

    A link is declared on one line: the key of what it links to, and a value.
    """
    chosen = sample_of(kind)
    if kind.linked_kind and kind.value_field:
        yield f"{chosen[kind.key_fields[0].name]}: {chosen[kind.value_field]}"
    else:
        others = (each for each in field.examples if each != chosen.get(field.name))
        yield from (f"{field.path[-1]}: {inline(each)}" for each in others)


def _sentence(text: str) -> str:
    """Begin a text with a capital letter unless it begins with the name of the tool, and end it with a full stop."""
    return f"{text if text.startswith('confsync') else text[0].upper() + text[1:]}."


def _names(kind: Kind, field: Field) -> str:
    """Describe how a field is sent, and where it is read if that differs."""
    place = "the last part of the URL" if kind.linked_kind and field.in_natural_key else f"`{field.param}`"
    sent = f"sent as {place}"
    if field.write_only or (field.read_path == field.path and not field.alternate_path):
        return sent
    otherwise = f" or, if that is missing, `{'.'.join(field.alternate_path)}`" if field.alternate_path else ""
    return f"{sent}, read as `{'.'.join(field.read_path)}`{otherwise}"


def _facts(kind: Kind, field: Field) -> Iterator[str]:
    if traits := [TRAIT_TEXTS.get(trait, str(trait)) for trait in SHOWN_TRAITS if trait in field.traits]:
        yield ", ".join(traits)
    yield from _limits(field_schema(kind, field.path), field)
    yield from (f"the value {each.description}" for each in field.patterns)
    documented = (lint.length for lint in field.lints if isinstance(lint, SoftMaxLength))
    encoded = " when encoded as JSON" if isinstance(field.codec, JsonText) else ""
    yield from (f"confsync warns if the value has more than {length:,} characters{encoded}" for length in documented)
    yield from _comparison(field)
    yield from _rules(kind, field)


def _limits(schema: Mapping[str, Any], field: Field) -> Iterator[str]:
    """Describe the limits of a value."""
    not_empty = schema.get("minLength") or schema.get("minItems")
    if "maxLength" in schema:
        yield f"{'1 to' if not_empty else 'at most'} {schema['maxLength']} characters"
    elif not_empty:
        yield "cannot be empty"
    if "maximum" in schema:
        yield f"between {schema['minimum']} and {schema['maximum']}"
    elif "minimum" in schema:
        yield f"at least {schema['minimum']}"
    match field.codec:
        case Duration():
            yield f"at least `{field.codec.shortest}`"
        case JsonText(at_most=int(size)):
            yield f"at most {size:,} bytes when encoded as JSON"


def _comparison(field: Field) -> Iterator[str]:
    """Describe which differences between two values do not count."""
    if isinstance(field.codec, MailboxText) or (isinstance(field.codec, Text) and field.codec.fold):
        yield "case-insensitive"
    elif isinstance(field.codec, AddressText):
        yield "email addresses and channel prefixes are case-insensitive"
    if field.is_set:
        yield "order does not matter"


def _rules(kind: Kind, field: Field) -> Iterator[str]:
    """Describe how a field depends on other fields and resources."""
    if field.only_if == field.required_if:
        yield from (f"required if {each}, and not allowed otherwise" for each in _conditions(field.required_if))
    else:
        yield from (f"allowed only if {each}" for each in _conditions(field.only_if))
        yield from (f"required if {each}" for each in _conditions(field.required_if))
    if field.may_name:
        title = field.may_name.kind.title
        yield f"if a declared {title} has this {field.name}, confsync creates the {title} before the {kind.title}"
    for name, values in field.send_with:
        yield f"if you do not declare `{name}`, confsync sends `{name}: {values[0]}` when it creates the {kind.title}"
    if field.update_only:
        choices = _either(sorted(field.update_only))
        order = f"confsync creates the {kind.title} first, and then sets this value"
        yield f"if the `{field.name}` of a new {kind.title} is {choices}, {order}"


def _conditions(condition: Condition) -> Iterator[str]:
    return (f"`{name}` is {_either(values)}" for name, values in condition)


def _either(values: Iterable[str]) -> str:
    return join([f"`{value}`" for value in values], "or")
