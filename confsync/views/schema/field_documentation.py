"""What an editor shows about a field or a resource type: its default, and its description in Markdown."""

import re
from collections.abc import Iterator
from inspect import cleandoc

from confsync.codecs import Boolean
from confsync.config.built_in import built_in_fields
from confsync.model import Field, Kind
from confsync.views.schema.fields import Schema

_BOOLEANS = {"true": True, "false": False}


def default_of(field: Field) -> Schema:
    """Return the value that Twilio uses if nobody has set the field, unless that can only be described."""
    text = field.server_default
    if isinstance(field.codec, Boolean) and text in _BOOLEANS:
        return {"default": _BOOLEANS[text]}
    return {"default": text} if text in (*field.choices, *built_in_names(field)) else {}


def built_in_names(field: Field) -> list[str]:
    """Name the resources of Twilio's own to which a field may refer."""
    if field.ref is None:
        return []
    built_in = {key[0]: built_in_fields(field.ref.kind, key[0]) for key in field.ref.kind.built_in}
    return [name for name, fields in built_in.items() if fields.items() >= set(field.ref.where)]


def field_in_markdown(kind: Kind, field: Field) -> str:
    """Describe a field in Markdown, with its default and a link to Twilio's documentation."""
    return "\n\n".join((field.description, *_default_line(field), *_link(kind)))


def _default_line(field: Field) -> Iterator[str]:
    default = field.server_default or ("none" if field.clearable else "")
    if default:
        yield f"Default: `{default}`" if default_of(field) else f"Default: {default}"


def kind_in_markdown(kind: Kind) -> str:
    """Describe a resource type in Markdown, with a link to Twilio's documentation."""
    text = re.sub(_DOCUMENTATION, "", cleandoc(kind.description)).strip()
    return "\n\n".join((text, *_link(kind)))


_DOCUMENTATION = r"https://www\.twilio\.com/docs/[\w/-]+"


def _link(kind: Kind) -> Iterator[str]:
    found = re.search(_DOCUMENTATION, kind.description)
    if found:
        yield f"[Twilio's documentation]({found[0]})"
