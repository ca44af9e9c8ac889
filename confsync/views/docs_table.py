"""Every resource type and every field, as the page of the documentation that is made from the field tables."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from confsync.model import Documented, Field, Kind, Known, Mark, Shape

TITLE = "Resources"
INTRODUCTION = """\
Every type that can be declared, and every field of each. This page is made from the same tables that read the
configuration, compare it and send it; `scripts/docs` writes it anew.

A **key** is how a live thing is recognised where the ledger does not know it; the first one defaults to the YAML key.
What is **immutable** cannot be changed once the thing exists. Only what is **clearable** may be `null`. What is
**write-only** is never told back, and a **secret** is never shown: it takes one reference and nothing else. An unknown
word is a warning and passes, since Twilio's own lists are incomplete."""

SHAPES: Mapping[Shape, str] = {
    Shape.TEXT: "text",
    Shape.FLAG: "true or false",
    Shape.NUMBER: "whole number",
    Shape.SET: "list of texts, order means nothing",
}
TOLD_MARKS = (Mark.KEY, Mark.IMMUTABLE, Mark.CLEARABLE, Mark.WRITE_ONLY, Mark.SECRET)


def as_markdown(kinds: Sequence[Kind]) -> str:
    """Give the whole page."""
    parts = [f"# {TITLE}", INTRODUCTION, "\n".join(_contents(kinds))]
    parts.extend(part for kind in kinds for part in _section(kind))
    parts.extend(_vocabulary(kinds))
    return "\n\n".join(parts) + "\n"


def pattern_of(kind: Kind) -> str:
    """Show what the addresses of a type look like."""
    above = f"{pattern_of(kind.parent)}/" if kind.parent else ""
    return f"{above}{kind.section}" if kind.singleton else f"{above}{kind.section}/NAME"


def _contents(kinds: Iterable[Kind]) -> Iterator[str]:
    yield "| type | address | at Twilio |"
    yield "|---|---|---|"
    for kind in kinds:
        yield f"| [{kind.title}](#{kind.title.replace(' ', '-')}) | `{pattern_of(kind)}` | `{_url(kind)}` |"


def _section(kind: Kind) -> Iterator[str]:
    yield f"## {kind.title.capitalize()}"
    yield from _told(kind)
    yield " ".join(_facts(kind))
    yield "\n".join(_table(kind))


def _told(kind: Kind) -> Iterator[str]:
    """Give the class's own words; the address of Twilio's page stands at their end."""
    words = " ".join((kind.model.__doc__ or "").split())
    text, _, page = words.rpartition(" ")
    yield f"{text} ([Twilio's page]({page}))" if page.startswith("https://") else words


def _facts(kind: Kind) -> Iterator[str]:
    yield f"Address: `{pattern_of(kind)}`."
    if kind.singleton:
        yield f"It exists once{f' in its {kind.parent.title}' if kind.parent else ''}: never created, never deleted."
    else:
        yield f"SID: `{kind.sid_prefix}…`, listed in pages of {kind.page_size}."
    if kind.irreplaceable:
        yield "A changed immutable field is refused, rather than answered with a second one."
    elif any(field.immutable for field in kind.fields):
        yield "A changed immutable field makes a new one; what refers to the old one is re-pointed, and that stays."
    if kind.built_in:
        names = ", ".join(f"`{key[0]}` ({key[1]})" for key in sorted(kind.built_in, key=str))
        yield f"Built in, and adopted when they are named: {names}."


def _url(kind: Kind) -> str:
    above = f"{_url(kind.parent)}/{{Sid}}" if kind.parent else "/v1"
    return f"{above}/{kind.path}"


def _table(kind: Kind) -> Iterator[str]:
    yield "| field | value | form parameter | | |"
    yield "|---|---|---|---|---|"
    schema = kind.model.model_json_schema()
    for field in kind.fields:
        limits = _limits(_schema_of(schema, field.path))
        cells = (f"`{field.name}`", _value(field), f"`{field.param}`", ", ".join((*_rules(kind, field), *limits)))
        yield f"| {' | '.join(cells)} | {field.description} |"


def _value(field: Field) -> str:
    if field.ref:
        where = "".join(f" of {name} `{value}`" for name, value in field.ref.where)
        return f"key of a {field.ref.target.kind.title}{where}"
    if field.choices:
        return " or ".join(f"`{choice}`" for choice in field.choices)
    known = next((doubt.noun for doubt in field.doubts if isinstance(doubt, Known)), "")
    return f"list of {known}s, order means nothing" if known and field.shape is Shape.SET else SHAPES[field.shape]


def _rules(kind: Kind, field: Field) -> Iterator[str]:
    if field.required and field is not kind.name_field:
        yield "required"
    yield from (str(mark) for mark in TOLD_MARKS if mark in field.marks)
    if Mark.UPPER in field.marks:
        yield "upper and lower case are the same"
    yield from (f"only where {name} is `{value}`" for name, value in field.only)
    yield from (f"warns above {doubt.length} characters" for doubt in field.doubts if isinstance(doubt, Documented))


def _schema_of(schema: Mapping[str, Any], path: Sequence[str]) -> Mapping[str, Any]:
    """Follow a field's path through a JSON Schema, whose blocks stand in `$defs`."""
    found: Mapping[str, Any] = schema
    for step in path:
        found = _without_null(found["properties"][step])
        if "$ref" in found:
            found = schema["$defs"][found["$ref"].rpartition("/")[2]]
    return found


def _without_null(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return next((each for each in schema.get("anyOf", ()) if each.get("type") != "null"), schema)


def _limits(schema: Mapping[str, Any]) -> Iterator[str]:
    if "maxLength" in schema:
        yield f"at most {schema['maxLength']} characters"
    if schema.get("minItems"):
        yield "not empty"
    if "pattern" in schema and schema["pattern"] == "^https?://":
        yield "begins with `http://` or `https://`"


def _vocabulary(kinds: Iterable[Kind]) -> Iterator[str]:
    """List the words that Twilio documents, each list once."""
    known = {
        doubt.noun: doubt
        for kind in kinds
        for field in kind.fields
        for doubt in field.doubts
        if isinstance(doubt, Known)
    }
    yield "## Words that Twilio documents"
    for noun, doubt in known.items():
        everywhere = frozenset.intersection(*doubt.words_by.values()) if doubt.words_by else doubt.words
        yield f"Every {noun}: {_words(everywhere)}."
        for owner, words in doubt.words_by.items():
            yield f"Only where {doubt.by} is `{owner}`: {_words(words - everywhere)}."


def _words(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in sorted(words))
