"""What people write about a configuration itself, such as `lifecycle`: read by msgspec, explained by pydantic.

msgspec is fast, but reports only the first error. pydantic reports all of them, but takes longer to import than the
rest of a small run, so confsync uses it only after msgspec has rejected something.
"""

from collections.abc import Iterator
from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Meta, Struct
from msgspec.structs import FieldInfo, fields

from confsync.config.tree import Pair
from confsync.diagnostics import Diagnostic

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidatorFunctionWrapHandler

    from confsync.config.pydantic_errors import KnownKeys


T = TypeVar("T", bound="Written")


class Written(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A mapping in YAML with known keys, each described by a `Meta`."""

    @classmethod
    def keys(cls) -> tuple[str, ...]:
        """Name the keys."""
        return cls.__struct_fields__

    def written_values(self) -> dict[str, object]:
        """Return the values that differ from the defaults."""
        values = ((name, getattr(self, name), default) for name, default in _defaults(type(self)))
        return {name: value for name, value, default in values if value != default}


@cache
def _defaults(cls: type[Written]) -> tuple[tuple[str, object], ...]:
    # msgspec evaluates the annotations of a class each time
    return tuple((each.name, each.default) for each in fields(cls))


def read_written(cls: type[T], value: object) -> T | None:
    """Read a mapping, or return None if something is wrong with it."""
    try:
        return msgspec.convert(value, cls)
    except msgspec.ValidationError:
        return None


def written_errors(
    cls: type[Written], value: object, title: str, written: Pair, known: "KnownKeys"
) -> Iterator[Diagnostic]:
    """Let pydantic find every error in a mapping that `read_written` rejected."""
    from pydantic import ValidationError  # noqa: PLC0415 — slow to import, and needed for mistakes alone

    from confsync.config.pydantic_errors import validation_errors  # noqa: PLC0415 — as above

    try:
        pydantic_twin(cls).model_validate(value)
    except ValidationError as error:
        yield from validation_errors(error, title, written, known)


@cache
def pydantic_twin(cls: type[Written]) -> "type[BaseModel]":
    """Build the pydantic model with the same keys, types, defaults, limits, descriptions and examples."""
    from pydantic import ConfigDict, create_model  # noqa: PLC0415 — as above

    config = ConfigDict(frozen=True, extra="forbid", strict=True)
    keys: dict[str, Any] = {each.name: _twin_of(each) for each in fields(cls)}
    return create_model(cls.__name__, __config__=config, __doc__=cls.__doc__, **keys)


def _twin_of(key: FieldInfo) -> tuple[Any, Any]:
    from pydantic import Field  # noqa: PLC0415 — as above

    bare, meta = get_args(key.type) if get_origin(key.type) is Annotated else (key.type, Meta())
    shown: dict[str, Any] = {"description": meta.description, "examples": meta.examples}
    if isinstance(key.default, Written):
        return pydantic_twin(bare), Field(default_factory=pydantic_twin(bare), **shown)
    if key.default_factory is not NODEFAULT:
        return bare, Field(default_factory=key.default_factory, **shown)
    return _as_pydantic(bare), Field(... if key.required else key.default, **shown)


def _as_pydantic(annotation: Any) -> Any:  # noqa: ANN401 — types are values here
    """Let a set be written as a list, and translate the limit of a number, and a mapping with known keys."""
    from pydantic import Field, Strict, WrapValidator  # noqa: PLC0415 — as above

    if get_origin(annotation) is Annotated:
        bare, meta = get_args(annotation)
        return Annotated[bare, Field(ge=meta.ge)]
    if isinstance(annotation, type) and issubclass(annotation, Written):
        return pydantic_twin(annotation)
    if get_origin(annotation) is frozenset:
        return Annotated[annotation, Strict(strict=False)]
    if annotation == str | int | None:
        return Annotated[annotation, WrapValidator(_as_text_or_number)]
    if get_origin(annotation) in (Union, UnionType):
        return Union[tuple(map(_as_pydantic, get_args(annotation)))]  # noqa: UP007 — the members are computed
    return annotation


def _as_text_or_number(value: object, validate: "ValidatorFunctionWrapHandler") -> object:
    """Report one error for both types; pydantic reports one for each, at a location of its own."""
    from pydantic import ValidationError  # noqa: PLC0415 — as above
    from pydantic_core import PydanticCustomError  # noqa: PLC0415 — as above

    try:
        return validate(value)
    except ValidationError as error:
        raise PydanticCustomError("form", "wrong type", {"words": "must be text or a whole number"}) from error
