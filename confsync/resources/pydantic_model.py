"""Builds the pydantic model of a resource type, which validates its YAML and describes it in JSON Schema."""

from collections.abc import Callable, Mapping
from functools import cache
from types import UnionType
from typing import Annotated, Any, Self, Union, get_args, get_origin

from msgspec import Struct
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Strict,
    Tag,
    WithJsonSchema,
    create_model,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from confsync.annotations import BRANCH, Bounds, Length, Pattern, Trait
from confsync.codecs import Duration, JsonText, Text, canonical_value, duration_seconds, is_wrong_json_edit
from confsync.resources.field_table import Attribute, Block, attributes_of
from confsync.secret import Secret

CONFIG = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)


@cache
def pydantic_model_of(cls: type) -> type[BaseModel]:
    """Build the model of a resource type or of a block."""
    fields: dict[str, Any] = {each.name: _field_of(each) for each in attributes_of(cls)}
    return create_model(cls.__name__, __config__=CONFIG, __doc__=cls.__doc__, **fields)


def _field_of(attribute: Attribute) -> tuple[Any, Any]:
    text, examples = attribute.description.text or None, list(attribute.description.examples) or None
    default = None if attribute.optional else ...
    return _as_pydantic(attribute.annotation), Field(default, description=text, examples=examples)


def _as_pydantic(annotation: Any) -> Any:  # noqa: ANN401 — types are values here
    """Translate a declared type to one that pydantic understands."""
    if get_origin(annotation) is Annotated:
        inner, *outer = get_args(annotation)
        if Trait.EDITABLE in outer:
            return _editable(_as_pydantic(inner))
        translated = [each for annotated in outer for each in _translate(annotated)]
        return Annotated[(_as_pydantic(inner), *translated)] if translated else _as_pydantic(inner)
    if get_origin(annotation) in (Union, UnionType):
        return Union[tuple(map(_as_pydantic, get_args(annotation)))]  # noqa: UP007 — the members are computed
    if get_origin(annotation) is frozenset:
        return Annotated[frozenset[_as_pydantic(get_args(annotation)[0])], Strict(strict=False)]  # type: ignore[misc]
    if _is_block(annotation):
        return pydantic_model_of(annotation)
    return Annotated[Secret, _SECRET] if annotation is Secret else annotation


def _is_block(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Block)


_SECRET = WithJsonSchema(
    {"type": "string", "pattern": r"^\$\{\{.*\}\}$", "description": "A reference, never a literal."}
)


def _translate(annotation: object) -> list[object]:
    """Translate one annotation; pydantic ignores most of them."""
    found: object = None
    match annotation:
        case Length(least, most):
            found = Field(min_length=least or None, max_length=most)
        case Bounds(least, most):
            found = Field(ge=least, le=most)
        case Text():
            found = BeforeValidator(lambda value: annotation.fold_case(value) if isinstance(value, str) else value)
        case Pattern(regex):
            found = _Check(_matches(annotation), f"^(?:{regex})$")
        case Duration():
            found = _Check(_long_enough(annotation))
        case JsonText():
            found = _Check(_small_enough(annotation))
    return [found] if found else []


class _Check(Struct, frozen=True):
    """A check that pydantic makes after its own, and the regular expression that JSON Schema gives for it."""

    check: Callable[[Any], Any]
    pattern: str = ""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), **({"pattern": self.pattern} if self.pattern else {})}


def _matches(pattern: Pattern) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not pattern.matches(value):
            raise PydanticCustomError("form", "does not match", {"words": pattern.description})
        return value

    return check


def _long_enough(duration: Duration) -> Callable[[str], str]:
    def check(value: str) -> str:
        try:
            seconds = duration_seconds(value)
        except ValueError:
            raise PydanticCustomError("duration", "not a duration") from None
        if seconds < duration.at_least:
            raise PydanticCustomError("too_short_a_time", "too short", {"shortest": duration.shortest})
        return value

    return check


def _small_enough(json_text: JsonText) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def check(value: dict[str, Any]) -> dict[str, Any]:
        try:
            size = len(canonical_value(value).encode())
        except ValueError:
            raise PydanticCustomError("not_json", "not JSON") from None
        if is_wrong_json_edit(value):
            raise _json_edit_error(value)
        if json_text.at_most is not None and size > json_text.at_most:
            raise PydanticCustomError("too_large", "too large", {"at_most": f"{json_text.at_most:,}"})
        return value

    return check


def _json_edit_error(value: Mapping[str, Any]) -> PydanticCustomError:
    removed = [each for each in value.get("remove", []) if isinstance(each, str) and each]
    if both := sorted(frozenset(value.get("add", {})).intersection(removed)):
        return PydanticCustomError("both_ways", "both", {"names": ", ".join(both)})
    if len(removed) < len(value.get("remove", [])):
        return PydanticCustomError("not_keys", "not keys")
    return PydanticCustomError("no_json_edit", "nothing to add or remove")


_Names = Annotated[frozenset[Annotated[str, Field(min_length=1)]], Strict(strict=False)]


class Edits(BaseModel):
    """What to add to a set and what to remove from it; its other members are left alone."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    add: _Names = Field(frozenset(), description="What must be in it.")
    remove: _Names = Field(frozenset(), description="What must not be in it.")

    @model_validator(mode="after")
    def _changes_something_once(self) -> Self:
        if not self.add and not self.remove:
            raise PydanticCustomError("no_edit", "nothing to add or remove")
        if self.add & self.remove:
            raise PydanticCustomError("both_ways", "both", {"names": ", ".join(sorted(self.add & self.remove))})
        return self


def _editable(members: Any) -> Any:  # noqa: ANN401 — types are values here
    """Allow a non-empty list, or a mapping that says what to add and what to remove."""
    whole = Annotated[members, Field(min_length=1), Tag(f"{BRANCH}exactly")]
    return Annotated[whole | Annotated[Edits, Tag(f"{BRANCH}edits")], Discriminator(_branch_of)]


def _branch_of(value: object) -> str:
    return f"{BRANCH}edits" if isinstance(value, Mapping | BaseModel) else f"{BRANCH}exactly"
