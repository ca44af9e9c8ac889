"""What a resource type is: a class that only declares, and the field table read from it.

The words of a declaration are in `confsync/marks.py`. A `Block` is a group of fields within a type. Configuration
loading, wire encoding, diff, plan, calls, JSON Schema and the documentation read the field table, so adding a type
means writing its class.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Literal, TypeVar, Union, get_args, get_origin

from msgspec import Struct
from pydantic import BaseModel, ConfigDict

from confsync.annotations import (
    AlsoAt,
    ClearedBy,
    Condition,
    FieldRisk,
    Lint,
    OnlyIf,
    Param,
    Pattern,
    RequiredIf,
    SendWith,
    ServerDefault,
    Trait,
    TwilioName,
    UpdateOnly,
    holds,
)
from confsync.codecs import Boolean, Codec, Edit, Integer, StringSet, Text, Value
from confsync.secret import Secret, as_secret

M = TypeVar("M")


class Ref:
    """A resource of another type, told by its YAML key; `where` says which of them will do."""

    __slots__ = ("target", "where")

    def __init__(self, target: "type[Resource]", **where: str) -> None:
        self.target = target
        self.where = tuple(where.items())


class MayName:
    """The text may be the name of a thing of another type, which Twilio makes by itself unless it is there already."""

    __slots__ = ("target",)

    def __init__(self, target: "type[Resource]") -> None:
        self.target = target


class Field(Struct, frozen=True, eq=False, kw_only=True):
    """One value of a resource type: how it is written, sent, read and compared.

    `reads` is its path in an answer, `also_at` another one that some answers use. `cleared` is the text that clears it.
    """

    path: tuple[str, ...]
    name: str
    param: str
    read_path: tuple[str, ...]
    alternate_path: tuple[str, ...]
    codec: Codec
    required: bool
    traits: frozenset[Trait]
    cleared_as: str
    choices: tuple[str, ...] = ()
    lints: tuple[Lint, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    only_if: Condition = ()
    required_if: Condition = ()
    send_with: Condition = ()
    update_only: frozenset[str] = frozenset()
    ref: Ref | None = None
    may_name: "Kind | None" = None
    server_default: str = ""
    risks: tuple[FieldRisk, ...] = ()
    description: str = ""
    examples: tuple[object, ...] = ()

    @property
    def in_natural_key(self) -> bool:
        """Whether it is part of the natural key."""
        return Trait.KEY in self.traits

    @property
    def immutable(self) -> bool:
        """Whether Twilio cannot change it."""
        return Trait.IMMUTABLE in self.traits

    @property
    def clearable(self) -> bool:
        """Whether `null` clears it."""
        return Trait.CLEARABLE in self.traits

    @property
    def secret(self) -> bool:
        """Whether it must never be shown."""
        return Trait.SECRET in self.traits

    @property
    def write_only(self) -> bool:
        """Whether Twilio never tells it back in the same form."""
        return Trait.WRITE_ONLY in self.traits

    @property
    def editable(self) -> bool:
        """Whether it may be told by what is to be added and removed."""
        return Trait.EDITABLE in self.traits

    @property
    def is_set(self) -> bool:
        """Whether its order means nothing."""
        return isinstance(self.codec, StringSet)

    def normalize(self, value: object) -> Value:
        """Bring a value, from YAML or from Twilio, to the one form in which both sides are compared.

        Normalising twice is normalising once. Raises ValueError where the value cannot be of this field's shape.
        """
        return value if isinstance(value, Secret | Edit) else self.codec.normalize(value)

    def applies(self, fields: Mapping[str, Any]) -> bool:
        """Whether there is room for it beside these fields."""
        return holds(self.only_if, fields, if_unset=True)

    def lint(self, value: Value, beside: Mapping[str, Value]) -> Iterator[str]:
        """Say what is doubtful about a value in normal form."""
        for text in _texts_in(value):
            if self.choices and text not in self.choices:
                yield f"'{text}' is none of {', '.join(self.choices)}"
            yield from filter(None, (doubt.about(text, beside) for doubt in self.lints))


def _texts_in(value: Value) -> list[str]:
    match value:
        case str():
            return [value]
        case frozenset():
            return sorted(value)
        case Edit():
            return sorted(value.add | value.remove)
    return []


class Listing(Struct, frozen=True, kw_only=True):
    """A list at Twilio that confsync counts and never declares. `id_key` identifies an item within it."""

    title: str
    path: str
    list_key: str
    page_size: int
    id_key: str = "sid"
    filters: tuple[tuple[str, str], ...] = ()


class Contains(Struct, frozen=True):
    """Resources that are deleted with it: those of a kind, named by its title, or those of a list."""

    what: str | Listing


class ReferredToBy(Struct, frozen=True):
    """Resources beside it that keep its SID: those of a kind, named by its title, or those of a list.

    The fields of a kind say where the SID is kept. For a list, either `sid_at` is the path of the SID in an item, or
    `filter_by` is a query parameter and the field that it must equal. `in_every` names the kind in which to look, if
    the list is not beside the resource.
    """

    what: str | Listing
    sid_at: str = ""
    filter_by: tuple[str, str] | None = None
    in_every: str = ""


class NotCounted(Struct, frozen=True):
    """Resources that keep its SID, of a kind that is too large to count."""

    what: str


class Stops(Struct, frozen=True):
    """Something that Twilio does as long as the field `while_set` is set; `detail` is a field to mention."""

    text: str
    while_set: str
    detail: str


Dependent = Contains | ReferredToBy | NotCounted | Stops
"""What is lost, or left pointing at nothing, when a resource is deleted."""


class Kind(Struct, frozen=True, eq=False, kw_only=True, dict=True):
    """What the stages know of a resource type: the facts and the field table that its class declares."""

    section: str
    title: str
    path: str
    model: "type[Resource]"
    fields: tuple[Field, ...]
    parent: "Kind | None" = None
    form: Literal["collection", "singleton", "link", "group"] = "collection"
    sid_prefix: str = ""
    list_key: str = ""
    page_size: int = 100
    at_most: int | None = None
    key_is_label: bool = False
    read_by_name: bool = False
    unique: bool = False
    irreplaceable: bool = False
    replaced: bool = False
    personal: bool = False
    recreate_impact: str = ""
    built_in: tuple[tuple[str, ...], ...] = ()
    keys: tuple[tuple[str, ...], ...] = ()
    terminal: Condition = ()
    atomic: tuple[tuple[str, ...], ...] = ()
    written_as: str = ""
    other: "Kind | None" = None
    through: "Kind | None" = None
    dependents: tuple[Dependent, ...] = ()
    permission_probe: Literal["", "sign-in", "first page"] = ""

    @property
    def singleton(self) -> bool:
        """Whether it exists once in its parent."""
        return self.form == "singleton"

    @property
    def group(self) -> bool:
        """Whether it only holds other sections."""
        return self.form == "group"

    @property
    def created_by_twilio(self) -> bool:
        """Whether Twilio makes it by itself: it has no SID, is never created and never deleted."""
        return self.form != "collection"

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
    def write_only(self) -> tuple[Field, ...]:
        """The fields that Twilio never tells back."""
        return tuple(each for each in self.fields if each.write_only)

    @cached_property
    def refs(self) -> tuple[Field, ...]:
        """The fields that name another resource."""
        return tuple(each for each in self.fields if each.ref)

    def references_to(self, kind: "Kind") -> tuple[Field, ...]:
        """Find the fields that name a resource of a kind."""
        return tuple(each for each in self.refs if each.ref and each.ref.target.kind is kind)

    @cached_property
    def may_name_fields(self) -> tuple[Field, ...]:
        """The fields whose text may be the name of a thing of another type."""
        return tuple(each for each in self.fields if each.may_name)

    @cached_property
    def linted(self) -> tuple[Field, ...]:
        """The fields of which Twilio documents what may stand in them."""
        return tuple(each for each in self.fields if each.lints or each.choices)

    @cached_property
    def name_field(self) -> Field | None:
        """The field that defaults to the YAML key; a singleton and what goes by a label have none."""
        return self.key_fields[0] if self.key_fields and not self.key_is_label else None

    def natural_keys(self, fields: Mapping[str, M]) -> tuple[tuple[object, ...], ...]:
        """Tell how a person would recognise the thing; Twilio does not promise that any of it is unique.

        Something that can be recognised in several ways has a key for each that it has a value for. What goes by a
        label may have a sensitive text in its key, so that all texts are compared as secrets.
        """
        ways = self.keys or (tuple(each.name for each in self.key_fields),)
        found = (tuple(fields.get(name) for name in way) for way in ways)
        told = [key for key in found if len(ways) == 1 or any(each is not None for each in key)]
        return tuple(tuple(map(as_secret, key)) if self.key_is_label else key for key in told)

    @property
    def plural(self) -> str:
        """Its title in the plural."""
        return plural(self.title)

    @property
    def a_title(self) -> str:
        """Its title with the article that belongs to it."""
        return f"{'an' if self.title[0] in 'aeio' else 'a'} {self.title}"

    def __repr__(self) -> str:
        return f"<kind {self.title}>"


def plural(title: str) -> str:
    """Form the plural of a title."""
    return f"{title}es" if title.endswith("s") else f"{title}s"


class Block(BaseModel):
    """A group of fields within a resource type. Class keyword: `atomic` (an update sends all of it or nothing)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    sent_atomically: ClassVar[bool] = False

    def __init_subclass__(cls, *, atomic: bool = False, **_: Any) -> None:  # noqa: ANN401 — pydantic's own
        """Take the class keyword."""
        cls.sent_atomically = atomic


class Resource(BaseModel):
    """A thing that Twilio holds and that a person may declare.

    Class keywords: `parent`, `path` (of the collection, below the parent's URL), `section` (its key in YAML; else the
    path's last part in snake_case), `sid_prefix`, `page_size` (the largest that Twilio allows), `list_key` (in a page;
    else the section), `at_most` (so many in one parent).

    How it is recognised: `key_is_label` (its YAML key is the user's label, not its name), `keys` (several natural keys,
    one of which must be written), `unique` (Twilio allows one resource per natural key and parent), `read_by_name`
    (read one by one, never listed: there may be millions), `built_in` (natural keys that come with a new parent).

    What a changed immutable field leads to: `irreplaceable` (confsync refuses it), `replaced` (delete, then create),
    else a second resource. `recreate_impact` says what depends on its SID, and so is lost when it is recreated.
    `terminal` names the fields and values after which Twilio accepts no change. `personal` marks personal data, which
    export leaves out unless asked. `dependents` is what is lost, or left pointing at nothing, when it is deleted.
    `permission_probe` is the request by which `doctor` learns whether it can be read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)

    kind: ClassVar[Kind]

    def __init_subclass__(cls, **_: Any) -> None:  # noqa: ANN401 — see below
        """Take the class keywords; they are read once the fields are known."""

    @classmethod
    def __pydantic_init_subclass__(cls, **said: Any) -> None:  # noqa: ANN401 — the keywords above, handed on by pydantic
        """Build the field table."""
        if said:
            cls.kind = _kind_of(cls, **said)


class Singleton(Resource):
    """A resource that exists once in its parent: it is never created and never deleted."""


class Link(Resource):
    """What holds between its parent and another resource, which its YAML key names; Twilio makes and removes it.

    Class keywords beside the others: `other` (the type that the YAML key names), `through` (the type in the other that
    makes it, by having the parent's name), `written_as` (the one field that its value in YAML stands for).
    """


class Group(Resource):
    """A section that is nothing at Twilio, and holds others."""


def _kind_of(model: type[Resource], *, path: str = "", section: str = "", list_key: str = "", **said: Any) -> Kind:  # noqa: ANN401
    """Build a kind; the other keywords of its class are facts of it under the same names."""
    section = section or _snake(path.rpartition("/")[2])
    return Kind(
        section=section,
        title=_snake(model.__name__).replace("_", " "),
        path=path,
        model=model,
        fields=tuple(_fields_of(model)),
        form=next((form for base, form in _FORMS.items() if issubclass(model, base)), "collection"),
        list_key=list_key or section,
        atomic=tuple(_atomic_blocks(model)),
        **{name: _fact(value) for name, value in said.items()},
    )


def _fact(said: Any) -> Any:  # noqa: ANN401 — any fact
    """Take a class for its kind, and a mapping for a condition."""
    if isinstance(said, type) and issubclass(said, Resource):
        return said.kind
    return OnlyIf(**said).where if isinstance(said, dict) else said


_FORMS: Mapping[type[Resource], Literal["singleton", "link", "group"]] = {
    Singleton: "singleton",
    Link: "link",
    Group: "group",
}


def _fields_of(model: type[BaseModel], above: tuple[str, ...] = ()) -> Iterator[Field]:
    for name, info in model.model_fields.items():
        base, marks = _marks_of(info.annotation, tuple(info.metadata))
        path = (*above, name)
        if isinstance(base, type) and issubclass(base, Block):
            if marks:
                raise TypeError(f"a block has no marks, its fields have: {'.'.join(path)}")
            yield from _fields_of(base, path)
        else:
            told = {"description": info.description or "", "examples": tuple(info.examples or ())}
            yield _field(path, base, marks, required=info.is_required(), **told)


def _atomic_blocks(model: type[BaseModel], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, info in model.model_fields.items():
        base, _ = _marks_of(info.annotation)
        if isinstance(base, type) and issubclass(base, Block):
            if base.sent_atomically:
                yield (*above, name)
            yield from _atomic_blocks(base, (*above, name))


def _field(path: tuple[str, ...], base: object, marks: tuple[object, ...], **told: Any) -> Field:  # noqa: ANN401
    said = _Said(marks)
    ref, kept, param, clears = said.one(Ref), said.one(TwilioName), said.one(Param), said.one(ClearedBy)
    also_at, initially, follows = said.one(AlsoAt), said.one(ServerDefault), said.one(MayName)
    reads = (*path[:-1], f"{path[-1]}_sid") if ref else path
    reads = tuple(kept.path.split(".")) if kept else reads
    shape = next((each for each in marks if isinstance(each, Codec)), None) or _shape_of(base)
    flags = frozenset(said.all(Trait)) | ({Trait.CLEARABLE} if clears else frozenset())
    return Field(
        path=path,
        name=".".join(path),
        param=param.name if param else ".".join(_pascal(each) for each in reads),
        read_path=reads,
        alternate_path=tuple(also_at.path.split(".")) if also_at else (),
        codec=shape,
        traits=flags,
        cleared_as=clears.text if clears else shape.cleared_as,
        choices=tuple(get_args(base)) if get_origin(base) is Literal else (),
        lints=tuple(each for each in marks if isinstance(each, Lint)),
        patterns=said.all(Pattern),
        only_if=said.condition(OnlyIf),
        required_if=said.condition(RequiredIf),
        send_with=said.condition(SendWith),
        update_only=frozenset(each.value for each in said.all(UpdateOnly)),
        ref=ref,
        may_name=follows.target.kind if follows else None,
        risks=tuple(each for each in marks if isinstance(each, FieldRisk)),
        server_default=initially.text if initially else "",
        **told,
    )


class _Said(Struct, frozen=True):
    """The marks of one field, by their types."""

    marks: tuple[object, ...]

    def all(self, mark: type[M]) -> tuple[M, ...]:
        return tuple(each for each in self.marks if isinstance(each, mark))

    def one(self, mark: type[M]) -> M | None:
        return next(iter(self.all(mark)), None)

    def condition(self, mark: type[OnlyIf | RequiredIf | SendWith]) -> Condition:
        said = self.one(mark)
        return said.where if said else ()


def _marks_of(annotation: object, marks: tuple[object, ...] = ()) -> tuple[object, tuple[object, ...]]:
    """Walk through optional and annotated types down to the bare one, collecting the marks on the way.

    Of several ways to write a value the first is the one that Twilio knows.
    """
    if get_origin(annotation) is Annotated:
        bare, *more = get_args(annotation)
        return _marks_of(bare, (*marks, *more))
    if get_origin(annotation) in (Union, UnionType):
        bare = next(each for each in get_args(annotation) if each is not NoneType)
        return _marks_of(bare, marks)
    if get_origin(annotation) is frozenset:
        _, of_item = _marks_of(get_args(annotation)[0])
        return annotation, (*marks, *of_item)
    return annotation, marks


def _shape_of(base: object) -> Codec:
    if get_origin(base) is frozenset:
        return StringSet()
    if base is bool:
        return Boolean()
    if base is int:
        return Integer()
    if base in (str, Secret) or get_origin(base) is Literal:
        return Text()
    raise TypeError(f"the vocabulary has no word for {base}")


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
