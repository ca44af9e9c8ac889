"""The advice in a document: what a person can do, often with a command to copy."""

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_origin

from msgspec import Meta, Struct
from msgspec.structs import fields, replace

_MARK = "advice"

Advice = Annotated[str, Meta(extra={_MARK: True})]
"""A text of a document that may contain commands."""

Advised = TypeVar("Advised", bound=Struct)


def edit_advice(part: Advised, edit: Callable[[str], str]) -> Advised:
    """Return a document, or a part of one, with every advice in it edited."""
    edited = {name: _edited(getattr(part, name), edit) for name in _fields_with_advice(type(part))}
    return replace(part, **edited) if edited else part


def _edited(value: Any, edit: Callable[[str], str]) -> Any:  # noqa: ANN401 — the value of a field
    match value:
        case str():
            return edit(value)
        case list():
            return [_edited(each, edit) for each in value]
        case Struct():
            return edit_advice(value, edit)
    return value


@cache
def _fields_with_advice(declared: type[Struct]) -> tuple[str, ...]:
    """Name the fields that are advice or contain some; a large plan consists mostly of parts without any."""
    return tuple(each.name for each in fields(declared) if _has_advice(each.type))


def _has_advice(declared: Any) -> bool:  # noqa: ANN401 — any type of a field
    if get_origin(declared) is Annotated:
        declared, *marks = get_args(declared)
        if any(isinstance(each, Meta) and each.extra and _MARK in each.extra for each in marks):
            return True
    if isinstance(declared, type) and issubclass(declared, Struct):
        return bool(_fields_with_advice(declared))
    return any(map(_has_advice, get_args(declared)))
