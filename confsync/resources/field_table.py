"""Reads the annotations of a class into its field table."""

from collections.abc import Iterator
from inspect import get_annotations
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Literal, TypeVar, Union, get_args, get_origin

from msgspec import Struct

from confsync.annotations import (
    AlsoAt,
    Bounds,
    ClearedBy,
    Condition,
    Constraint,
    Description,
    KeyOption,
    Length,
    OnlyIf,
    Param,
    Pattern,
    RegionGap,
    RequiredIf,
    SendWith,
    ServerDefault,
    Terminal,
    Trait,
    TwilioName,
    UpdateOnly,
)
from confsync.codecs import Boolean, Codec, Integer, StringSet, Text
from confsync.lints import Lint
from confsync.model import DefaultFrom, Field, MayName, Ref
from confsync.risk_rules import FieldRisk
from confsync.secret import Secret

T = TypeVar("T")


class Block:
    """A group of fields within a resource type. Class keyword: `atomic` (an update sends all of it or nothing)."""

    sent_atomically: ClassVar[bool] = False

    def __init_subclass__(cls, *, atomic: bool = False) -> None:
        """Take the class keyword."""
        cls.sent_atomically = atomic


class Attribute(Struct, frozen=True):
    """One attribute of a declaring class: its bare type, its annotations, and those of the items of a set."""

    name: str
    annotation: Any
    base: Any
    annotations: tuple[object, ...]
    item_annotations: tuple[object, ...]
    optional: bool
    description: Description

    def all(self, annotation: type[T]) -> tuple[T, ...]:
        """Find the annotations of a type."""
        return tuple(each for each in self.annotations if isinstance(each, annotation))

    def one(self, annotation: type[T]) -> T | None:
        """Find the annotation of a type, if there is one."""
        return next(iter(self.all(annotation)), None)

    def condition(self, annotation: type[OnlyIf | RequiredIf | SendWith]) -> Condition:
        """Give the condition of a type; without one, it is always fulfilled."""
        found = self.one(annotation)
        return found.where if found else ()

    @property
    def block(self) -> type[Block] | None:
        """The block that it is, if it is one."""
        return self.base if isinstance(self.base, type) and issubclass(self.base, Block) else None


def attributes_of(cls: type) -> Iterator[Attribute]:
    """Read the annotated attributes of a class, those of its bases first."""
    annotations: dict[str, Any] = {}
    for each in reversed(cls.__mro__):
        annotations |= get_annotations(each)
    for name, annotation in annotations.items():
        if get_origin(annotation) is not ClassVar:
            yield _attribute(name, annotation, getattr(cls, name, None))


def _attribute(name: str, annotation: object, described: object) -> Attribute:
    base, annotations, optional = _unwrap(annotation)
    items = _unwrap(get_args(base)[0])[1] if get_origin(base) is frozenset else ()
    description = described if isinstance(described, Description) else Description("")
    return Attribute(name, annotation, base, annotations, items, optional, description)


def _unwrap(annotation: object) -> tuple[object, tuple[object, ...], bool]:
    """Split a type into the bare type, its annotations, and whether it is optional."""
    if get_origin(annotation) is Annotated:
        inner, *outer = get_args(annotation)
        base, annotations, optional = _unwrap(inner)
        return base, (*annotations, *outer), optional
    if get_origin(annotation) in (Union, UnionType):
        base, annotations, _ = _unwrap(next(each for each in get_args(annotation) if each is not NoneType))
        return base, annotations, True
    return annotation, (), False


def read_fields(cls: type, above: tuple[str, ...] = (), atomic: tuple[str, ...] = ()) -> Iterator[Field]:
    """Read the field table of a class. Raises TypeError for a declaration that is not supported."""
    for attribute in attributes_of(cls):
        path = (*above, attribute.name)
        if block := attribute.block:
            if attribute.annotations:
                raise TypeError(f"annotate the fields of a block, not the block: {'.'.join(path)}")
            yield from read_fields(block, path, path if block.sent_atomically else atomic)
        else:
            yield _field(path, attribute, atomic)


def _field(path: tuple[str, ...], attribute: Attribute, atomic: tuple[str, ...]) -> Field:
    ref, renamed = attribute.one(Ref), attribute.one(TwilioName)
    param, clears = attribute.one(Param), attribute.one(ClearedBy)
    also_at, default, option = attribute.one(AlsoAt), attribute.one(ServerDefault), attribute.one(KeyOption)
    read_path = (*path[:-1], f"{path[-1]}_sid") if ref else path
    read_path = tuple(renamed.path.split(".")) if renamed else read_path
    every = (*attribute.annotations, *attribute.item_annotations)
    codec = next((each for each in attribute.annotations if isinstance(each, Codec)), None) or _codec_of(attribute.base)
    return Field(
        path=path,
        name=".".join(path),
        param=param.name if param else ".".join(_pascal_case(each) for each in read_path),
        read_path=read_path,
        alternate_path=tuple(also_at.path.split(".")) if also_at else (),
        codec=codec,
        required=not attribute.optional,
        traits=frozenset(attribute.all(Trait)) | ({Trait.CLEARABLE} if clears else frozenset()),
        cleared_as=clears.text if clears else codec.cleared_as,
        key_option=option.name if option else "",
        atomic_block=atomic,
        choices=tuple(get_args(attribute.base)) if get_origin(attribute.base) is Literal else (),
        **_limits(attribute),
        constraints=tuple(each for each in attribute.annotations if isinstance(each, Constraint)),
        gaps=tuple(each for each in every if isinstance(each, RegionGap)),
        lints=tuple(each for each in every if isinstance(each, Lint)),
        only_if=attribute.condition(OnlyIf),
        required_if=attribute.condition(RequiredIf),
        send_with=attribute.condition(SendWith),
        update_only=frozenset(each.value for each in attribute.all(UpdateOnly)),
        terminal=tuple(each.value for each in attribute.all(Terminal)),
        ref=ref,
        may_name=attribute.one(MayName),
        server_default=default.text if default else "",
        default_from=attribute.one(DefaultFrom),
        risks=tuple(each for each in every if isinstance(each, FieldRisk)),
        description=attribute.description.text,
        examples=attribute.description.examples,
    )


def _limits(attribute: Attribute) -> dict[str, Any]:
    item_lengths = (each for each in attribute.item_annotations if isinstance(each, Length))
    return {
        "length": _tightest(attribute.all(Length)),
        "item_length": _tightest(tuple(item_lengths)),
        "bounds": attribute.one(Bounds),
        "patterns": attribute.all(Pattern),
    }


def _tightest(lengths: tuple[Length, ...]) -> Length:
    largest = [each.max for each in lengths if each.max is not None]
    return Length(max((each.min for each in lengths), default=0), min(largest, default=None))


def _codec_of(base: object) -> Codec:
    if get_origin(base) is frozenset:
        return StringSet()
    if base is bool:
        return Boolean()
    if base is int:
        return Integer()
    if base in (str, Secret) or get_origin(base) is Literal:
        return Text()
    raise TypeError(f"no annotation says how to compare and send {base}")


def _pascal_case(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
