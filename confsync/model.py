"""What a resource type is: a class that only declares, and the field table read from it.

A type is written with these marks, and nothing else:

=================  ====================================================================================
`Key[T]`           part of the natural key; the first one is the name, which defaults to the YAML key
`Immutable[T]`     Twilio cannot change it once the thing exists
`Clearable[T]`     `null` in YAML clears it
`WriteOnly[T]`     Twilio accepts it and never tells it back in the same form
`SecretText`       write-only, and never shown
`Names[T]`         a set: order and repetition mean nothing
`Upper[T]`         upper and lower case mean the same
`Ref(Type)`        a YAML key of that type here, a SID in the API (`role` is sent as `RoleSid`)
`Param("…")`       Twilio's form parameter, where it is not the field's name in PascalCase
`Only(type="…")`   the field exists only where another field has that value
`Known(…)`         the words that Twilio documents; another word is a warning
`Documented(n)`    the length that Twilio documents; a longer text is a warning
=================  ====================================================================================

A `Block` is a group of fields within a type. Configuration loading, wire encoding, diff, plan, calls, JSON Schema and
the documentation read the field table, so adding a type means writing its class.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Literal, Protocol, TypeVar, Union, get_args, get_origin, runtime_checkable

from pydantic import BaseModel, BeforeValidator, ConfigDict, Strict, WithJsonSchema

from confsync.diagnostics import did_you_mean
from confsync.secret import Secret

T = TypeVar("T")

Value = str | bool | int | frozenset[str] | Secret | None
"""One field's value in its normal form: absent, null and the empty text are all None."""


class Shape(StrEnum):
    """What a field's value is made of."""

    TEXT = "text"
    FLAG = "flag"
    NUMBER = "number"
    SET = "set"


class Mark(StrEnum):
    """A yes-or-no fact about a field."""

    KEY = "key"
    IMMUTABLE = "immutable"
    CLEARABLE = "clearable"
    WRITE_ONLY = "write-only"
    SECRET = "secret"  # noqa: S105 — the name of a fact, not a password
    UPPER = "upper"


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


Key = Annotated[T, Mark.KEY]
Immutable = Annotated[T, Mark.IMMUTABLE]
Clearable = Annotated[T, Mark.CLEARABLE]
WriteOnly = Annotated[T, Mark.WRITE_ONLY]
Upper = Annotated[T, Mark.UPPER, BeforeValidator(_upper)]
Names = Annotated[frozenset[T], Strict(strict=False)]
SecretText = Annotated[
    Secret,
    Mark.SECRET,
    Mark.WRITE_ONLY,
    WithJsonSchema({"type": "string", "pattern": r"^\$\{\{.*\}\}$", "description": "A reference, never a literal."}),
]


@runtime_checkable
class Doubt(Protocol):
    """Something that may look wrong to us and still be right, because Twilio may have grown."""

    def about(self, value: str, beside: Mapping[str, Value]) -> str:
        """Say what is doubtful about a value, given the fields beside it; nothing where all is well."""
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """The words that Twilio documents, which may depend on the value of another field."""

    noun: str
    words: frozenset[str]
    by: str = ""
    words_by: Mapping[str, frozenset[str]] = field(default_factory=dict, hash=False)

    def about(self, value: str, beside: Mapping[str, Value]) -> str:
        """Doubt a word that Twilio does not document, or not for what stands in the field `by`."""
        if value not in self.words:
            hint = did_you_mean(value, self.words)
            return f"'{value}' is not a {self.noun} that Twilio documents{'; ' + hint if hint else ''}"
        owner = str(beside.get(self.by))
        if owner in self.words_by and value not in self.words_by[owner]:
            return f"'{value}' is not a {self.noun} that Twilio documents for {self.by} '{owner}'"
        return ""


@dataclass(frozen=True, slots=True)
class Documented:
    """The longest text, in characters, that Twilio documents."""

    length: int

    def about(self, value: str, _beside: Mapping[str, Value]) -> str:
        """Doubt a text that is longer than documented."""
        if len(value) <= self.length:
            return ""
        return f"{len(value)} characters are more than the {self.length} that Twilio documents"


@dataclass(frozen=True, slots=True)
class Param:
    """Twilio's form parameter, where it is not the field's name in PascalCase."""

    name: str


class Only:
    """The field exists only where the fields beside it have these values."""

    __slots__ = ("where",)

    def __init__(self, **where: str) -> None:
        self.where = tuple(where.items())


class Ref:
    """A resource of another type, told by its YAML key; `where` says which of them will do."""

    __slots__ = ("target", "where")

    def __init__(self, target: "type[Resource]", **where: str) -> None:
        self.target = target
        self.where = tuple(where.items())


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One value of a resource type: how it is written, sent, read and compared."""

    path: tuple[str, ...]
    name: str
    param: str
    reads: tuple[str, ...]
    shape: Shape
    required: bool
    marks: frozenset[Mark]
    choices: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    only: tuple[tuple[str, str], ...] = ()
    ref: Ref | None = None
    description: str = ""

    @property
    def in_natural_key(self) -> bool:
        """Whether it is part of the natural key."""
        return Mark.KEY in self.marks

    @property
    def immutable(self) -> bool:
        """Whether Twilio cannot change it."""
        return Mark.IMMUTABLE in self.marks

    @property
    def clearable(self) -> bool:
        """Whether `null` clears it."""
        return Mark.CLEARABLE in self.marks

    @property
    def secret(self) -> bool:
        """Whether it must never be shown."""
        return Mark.SECRET in self.marks

    @property
    def write_only(self) -> bool:
        """Whether Twilio never tells it back in the same form."""
        return Mark.WRITE_ONLY in self.marks

    def normal(self, value: object) -> Value:
        """Bring a value, from YAML or from Twilio, to the one form in which both sides are compared.

        Normalising twice is normalising once. Raises ValueError where the value cannot be of this field's shape.
        """
        if isinstance(value, Secret):
            return value
        match self.shape:
            case Shape.SET:
                return _set(value)
            case _ if value is None or value == "":
                return None
            case Shape.FLAG:
                return _flag(value)
            case Shape.NUMBER:
                return _number(value)
            case Shape.TEXT if isinstance(value, str):
                return value.upper() if Mark.UPPER in self.marks else value
        raise ValueError("not text")

    def doubts_about(self, value: Value, beside: Mapping[str, Value]) -> Iterator[str]:
        """Say what is doubtful about a value in normal form."""
        texts = sorted(value) if isinstance(value, frozenset) else [value] if isinstance(value, str) else []
        for text in texts:
            if self.choices and text not in self.choices:
                yield f"'{text}' is none of {', '.join(self.choices)}"
            yield from filter(None, (doubt.about(text, beside) for doubt in self.doubts))


@dataclass(frozen=True, eq=False)
class Kind:
    """What the stages know of a resource type: the facts and the field table that its class declares."""

    section: str
    title: str
    path: str
    parent: "Kind | None"
    model: "type[Resource]"
    fields: tuple[Field, ...]
    singleton: bool
    sid_prefix: str
    list_key: str
    page_size: int
    irreplaceable: bool
    carries: str
    built_in: frozenset[tuple[Value, ...]]

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """The fields by their dotted names."""
        return {each.name: each for each in self.fields}

    @cached_property
    def key_fields(self) -> tuple[Field, ...]:
        """The fields of the natural key; the first is the name."""
        return tuple(each for each in self.fields if each.in_natural_key)

    @cached_property
    def immutables(self) -> tuple[Field, ...]:
        """The fields that Twilio cannot change."""
        return tuple(each for each in self.fields if each.immutable)

    @cached_property
    def secrets(self) -> tuple[Field, ...]:
        """The fields that must never be shown."""
        return tuple(each for each in self.fields if each.secret)

    @cached_property
    def refs(self) -> tuple[Field, ...]:
        """The fields that name another resource."""
        return tuple(each for each in self.fields if each.ref)

    @cached_property
    def doubtful(self) -> tuple[Field, ...]:
        """The fields of which Twilio documents what may stand in them."""
        return tuple(each for each in self.fields if each.doubts or each.choices)

    @cached_property
    def name_field(self) -> Field | None:
        """The field that defaults to the YAML key; a singleton has none."""
        return self.key_fields[0] if self.key_fields else None

    def natural_key(self, fields: Mapping[str, Value]) -> tuple[Value, ...]:
        """Tell how a person would recognise the thing; Twilio does not promise that it is unique."""
        return tuple(fields.get(each.name) for each in self.key_fields)

    def __repr__(self) -> str:
        return f"<kind {self.title}>"


class Block(BaseModel):
    """A group of fields within a resource type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Resource(BaseModel):
    """A thing that Twilio holds and that a person may declare.

    Class keywords: `parent`, `path` (of the collection, below the parent's URL), `sid_prefix`, `page_size` (the
    largest that Twilio allows), `list_key` (in a page; else the path in snake_case), `irreplaceable` (a change of
    an immutable field is refused, rather than answered with a second one), `carries` (what hangs on its SID, and so is
    lost when it is made again), `built_in` (natural keys that come with a new parent).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)

    kind: ClassVar[Kind]

    def __init_subclass__(
        cls,
        *,
        parent: "type[Resource] | None" = None,
        path: str = "",
        sid_prefix: str = "",
        page_size: int = 100,
        list_key: str = "",
        irreplaceable: bool = False,
        carries: str = "",
        built_in: tuple[tuple[str, ...], ...] = (),
    ) -> None:
        """Take the class keywords; they are read once the fields are known."""

    @classmethod
    def __pydantic_init_subclass__(cls, **said: Any) -> None:  # noqa: ANN401 — the keywords above, handed on by pydantic
        """Build the field table."""
        path: str = said.get("path", "")
        if not path:
            return
        parent: type[Resource] | None = said.get("parent")
        section = _snake(path.rpartition("/")[2])
        cls.kind = Kind(
            section=section,
            title=_snake(cls.__name__).replace("_", " "),
            path=path,
            parent=parent.kind if parent else None,
            model=cls,
            fields=tuple(_fields_of(cls)),
            singleton=issubclass(cls, Singleton),
            sid_prefix=said.get("sid_prefix", ""),
            list_key=said.get("list_key", "") or section,
            page_size=said.get("page_size", 100),
            irreplaceable=said.get("irreplaceable", False),
            carries=said.get("carries", ""),
            built_in=frozenset(said.get("built_in", ())),
        )


class Singleton(Resource):
    """A resource that exists once in its parent: it is never created and never deleted."""


def _fields_of(model: type[BaseModel], above: tuple[str, ...] = ()) -> Iterator[Field]:
    for name, info in model.model_fields.items():
        base, marks = _marks_of(info.annotation, tuple(info.metadata))
        path = (*above, name)
        if isinstance(base, type) and issubclass(base, Block):
            if marks:
                raise TypeError(f"a block has no marks, its fields have: {'.'.join(path)}")
            yield from _fields_of(base, path)
        else:
            yield _field(path, base, marks, required=info.is_required(), description=info.description or "")


def _field(
    path: tuple[str, ...], base: object, marks: tuple[object, ...], *, required: bool, description: str
) -> Field:
    ref = next((each for each in marks if isinstance(each, Ref)), None)
    param = next((each.name for each in marks if isinstance(each, Param)), None)
    reads = (*path[:-1], f"{path[-1]}_sid") if ref else path
    return Field(
        path=path,
        name=".".join(path),
        param=param or ".".join(_pascal(each) for each in reads),
        reads=reads,
        shape=_shape_of(base),
        required=required,
        marks=frozenset(each for each in marks if isinstance(each, Mark)),
        choices=tuple(get_args(base)) if get_origin(base) is Literal else (),
        doubts=tuple(each for each in marks if isinstance(each, Doubt)),
        only=next((each.where for each in marks if isinstance(each, Only)), ()),
        ref=ref,
        description=description,
    )


def _marks_of(annotation: object, marks: tuple[object, ...] = ()) -> tuple[object, tuple[object, ...]]:
    """Walk through optional and annotated types down to the bare one, collecting the marks on the way."""
    if get_origin(annotation) is Annotated:
        bare, *more = get_args(annotation)
        return _marks_of(bare, (*marks, *more))
    if get_origin(annotation) in (Union, UnionType):
        (bare,) = (each for each in get_args(annotation) if each is not NoneType)
        return _marks_of(bare, marks)
    if get_origin(annotation) is frozenset:
        _, of_item = _marks_of(get_args(annotation)[0])
        return annotation, (*marks, *of_item)
    return annotation, marks


def _shape_of(base: object) -> Shape:
    if get_origin(base) is frozenset:
        return Shape.SET
    if base is bool:
        return Shape.FLAG
    if base is int:
        return Shape.NUMBER
    if base in (str, Secret) or get_origin(base) is Literal:
        return Shape.TEXT
    raise TypeError(f"the vocabulary has no word for {base}")


def _set(value: object) -> frozenset[str]:
    if value is None:
        return frozenset()
    if isinstance(value, list | tuple | frozenset) and all(isinstance(each, str) for each in value):
        return frozenset(value)
    raise ValueError("not a list of texts")


def _flag(value: object) -> bool:
    match value:
        case bool():
            return value
        case "true" | "True":
            return True
        case "false" | "False":
            return False
    raise ValueError("neither true nor false")


def _number(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]+", value):
        return int(value)
    raise ValueError("not a whole number")


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
