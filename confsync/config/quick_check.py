"""Recognises a valid resource without pydantic, which takes longer to import than a small run takes otherwise.

The check says yes only if it is certain. pydantic judges everything else, and explains what is wrong with it.
"""

from collections.abc import Iterator, Mapping
from functools import cache

from confsync.annotations import EDIT_KEYS
from confsync.codecs import (
    Boolean,
    Duration,
    Integer,
    JsonText,
    StringSet,
    Text,
    canonical_value,
    duration_seconds,
    is_wrong_json_edit,
)
from confsync.model import Field, Kind

FieldPath = tuple[str, ...]


def is_certainly_valid(kind: Kind, values: Mapping[str, object], *, partial: bool = False) -> bool:
    """Whether the fields of a resource, nested as in YAML, are certainly valid. A partial one may lack any of them."""
    fields, found = _fields_by_path(kind), dict(_leaves(kind, values))
    if not partial and any(
        field.required and path not in found and _is_inside(values, path[:-1]) for path, field in fields.items()
    ):
        return False
    return all(path in fields and _accepts(fields[path], value) for path, value in found.items())


@cache
def _fields_by_path(kind: Kind) -> dict[FieldPath, Field]:
    return {each.path: each for each in kind.fields}


@cache
def _blocks(kind: Kind) -> frozenset[FieldPath]:
    return frozenset(each.path[:depth] for each in kind.fields for depth in range(1, len(each.path)))


def _leaves(kind: Kind, values: Mapping[str, object], above: FieldPath = ()) -> Iterator[tuple[FieldPath, object]]:
    """Find every value that is not a block. A value in the place of a block is found as well, and is no field."""
    for name, value in values.items():
        path = (*above, name)
        if path in _blocks(kind) and isinstance(value, Mapping):
            yield from _leaves(kind, value, path)
        else:
            yield path, value


def _is_inside(values: Mapping[str, object], block: FieldPath) -> bool:
    """Whether a block was written; the resource itself always is."""
    here: object = values
    for step in block:
        here = here.get(step) if isinstance(here, Mapping) else None
    return here is not None


def _accepts(field: Field, value: object) -> bool:
    try:
        return not field.secret and _fits(field, value)
    except ValueError:
        return False


def _fits(field: Field, value: object) -> bool:
    """Whether a value has the right type and is within the limits. Raises ValueError for some values that are not."""
    fits = False
    match field.codec, value:
        case Text() as text, str():
            fits = _fits_text(field, text.fold_case(value))
        case Boolean(), bool():
            fits = True
        case Integer(), int() if not isinstance(value, bool):
            fits = field.bounds is None or field.bounds.allows(value)
        case StringSet(), list():
            fits = _fits_set(field, value)
        case StringSet(), dict() if field.editable:
            fits = _fits_edit(value)
        case Duration(at_least), str():
            fits = duration_seconds(value) >= at_least
        case JsonText(at_most), dict():
            size = len(canonical_value(value).encode())
            fits = all(map(_is_text, value)) and (at_most is None or size <= at_most) and not is_wrong_json_edit(value)
    return fits


def _fits_text(field: Field, text: str) -> bool:
    if field.choices:
        return text in field.choices
    return _is_text(text) and field.length.allows(text) and all(each.matches(text) for each in field.patterns)


def _fits_set(field: Field, items: list[object]) -> bool:
    texts = frozenset(each for each in items if isinstance(each, str))
    every = all(isinstance(each, str) and _is_text(each) and field.item_length.allows(each) for each in items)
    return every and field.length.allows(texts)


def _fits_edit(edit: dict[object, object]) -> bool:
    """Whether a change to a set adds or removes something, and nothing twice."""
    parts = [edit.get(key, []) for key in EDIT_KEYS]
    items = [each for part in parts if isinstance(part, list) for each in part]
    if not set(edit).issubset(EDIT_KEYS) or not all(isinstance(part, list) for part in parts):
        return False
    if not items or not all(_is_text(each) and each for each in items):
        return False
    add, remove = (frozenset(part) for part in parts if isinstance(part, list))
    return add.isdisjoint(remove)


def _is_text(value: object) -> bool:
    """Whether a value is a text that can be encoded: pydantic rejects lone surrogates."""
    return isinstance(value, str) and (value.isascii() or bool(value.encode()))
