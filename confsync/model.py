"""What the stages know about a resource type: its facts, its fields and its dependents.

The classes in `resources/` declare all of it. Configuration, wire encoding, diff, plan, calls, schema and documentation
read a `Kind`, so a new type needs nothing but its class.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol, TypeVar

from msgspec import Struct

from confsync.annotations import Bounds, Condition, Constraint, Dependent, Length, Pattern, RegionGap, Trait, holds
from confsync.codecs import AnyEdit, Codec, Edit, StringSet, Text, Value
from confsync.lints import Finding, Lint
from confsync.quoting import in_quotes
from confsync.risk_rules import FieldRisk, ReceivesData
from confsync.secret import Secret, as_secret

if TYPE_CHECKING:
    from pydantic import BaseModel

M = TypeVar("M")


class Declared(Protocol):
    """A class that declares a resource type."""

    kind: ClassVar["Kind"]


class _OtherType:
    __slots__ = ("_target",)

    def __init__(self, target: type[Declared]) -> None:
        self._target = target

    @property
    def kind(self) -> "Kind":
        """The other type."""
        return self._target.kind


class Ref(_OtherType):
    """An annotation: the YAML key of a resource of another type. `where` says which of them are allowed."""

    __slots__ = ("where",)

    def __init__(self, target: type[Declared], **where: str) -> None:
        super().__init__(target)
        self.where = tuple(where.items())


class MayName(_OtherType):
    """An annotation: the text may be the name of a resource of another type, which is then created first.

    Twilio creates that resource itself if it does not exist.
    """


class DefaultFrom(_OtherType):
    """An annotation: a new resource without the value takes it from a singleton, which is then written first."""


class Field(Struct, frozen=True, eq=False, kw_only=True):
    """One value of a resource type: how it is written, sent, read and compared.

    `read_path` is its path in a response, `alternate_path` another one that some responses use. `cleared_as` is the
    text that clears it. `atomic_block` is the block around it that an update must send as a whole, if there is one.
    """

    path: tuple[str, ...]
    name: str
    param: str
    codec: Codec
    read_path: tuple[str, ...] = ()
    alternate_path: tuple[str, ...] = ()
    required: bool = False
    traits: frozenset[Trait] = frozenset()
    cleared_as: str = ""
    key_option: str = ""
    atomic_block: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    length: Length = Length()
    item_length: Length = Length()
    bounds: Bounds | None = None
    patterns: tuple[Pattern, ...] = ()
    lints: tuple[Lint, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    gaps: tuple[RegionGap, ...] = ()
    only_if: Condition = ()
    required_if: Condition = ()
    send_with: Condition = ()
    update_only: frozenset[str] = frozenset()
    terminal: tuple[str, ...] = ()
    ref: Ref | None = None
    may_name: MayName | None = None
    server_default: str = ""
    default_from: DefaultFrom | None = None
    risks: tuple[FieldRisk, ...] = ()
    description: str = ""
    examples: tuple[object, ...] = ()

    @property
    def in_natural_key(self) -> bool:
        """Whether it is part of the natural key."""
        return Trait.KEY in self.traits

    @property
    def immutable(self) -> bool:
        """Whether Twilio cannot change it after creation."""
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
        """Whether Twilio never returns it in the same form."""
        return Trait.WRITE_ONLY in self.traits

    @property
    def editable(self) -> bool:
        """Whether YAML may say what to add and what to remove."""
        return Trait.EDITABLE in self.traits

    @property
    def required_on_update(self) -> bool:
        """Whether Twilio rejects an update without it."""
        return Trait.REQUIRED_ON_UPDATE in self.traits

    @property
    def receives_data(self) -> bool:
        """Whether it is a URL to which Twilio sends data."""
        return any(isinstance(each, ReceivesData) for each in self.risks)

    @property
    def is_set(self) -> bool:
        """Whether its order does not matter."""
        return isinstance(self.codec, StringSet)

    def normalize(self, value: object) -> Value:
        """Bring a value, from YAML or from Twilio, to the normal form in which both sides are compared.

        Normalizing twice changes nothing. Raises ValueError if the value is of another type.
        """
        if isinstance(value, Secret) and isinstance(self.codec, Text):
            return value.converted(self.codec.fold_case)
        return value if isinstance(value, Secret | AnyEdit) else self.codec.normalize(value)

    def applies(self, fields: Mapping[str, object]) -> bool:
        """Whether the resource has this field, given the values of the others."""
        return holds(self.only_if, fields, if_unset=True)

    def lint(self, value: Value, siblings: Mapping[str, Value]) -> Iterator[Finding]:
        """Describe what is doubtful about a value in normal form."""
        for text in _texts_in(value):
            if self.choices and text not in self.choices:
                yield Finding(text, f"{in_quotes(text)} is none of {', '.join(self.choices)}")
            for each in self.lints:
                if found := each.check(text, siblings):
                    yield Finding(text, found, each.hint(text, siblings))


def _texts_in(value: Value) -> list[str]:
    match value:
        case str():
            return [value]
        case frozenset():
            return sorted(value)
        case Edit():
            return sorted(value.add | value.remove)
    return []


class Kind(Struct, frozen=True, eq=False, kw_only=True, dict=True):
    """A resource type. `resources/base.py` says what each fact means.

    The fields are read, and the pydantic model is built, when they are first needed.
    """

    section: str
    title: str
    path: str
    description: str
    read_fields: Callable[[], tuple[Field, ...]]
    build_model: Callable[[], "type[BaseModel]"]
    index_fields: Callable[[tuple[Field, ...]], Mapping[str, Field]]
    form: Literal["collection", "singleton", "link", "group"] = "collection"
    parent: "Kind | None" = None
    sid_prefix: str = ""
    list_key: str = ""
    page_size: int = 100
    max_per_parent: int | None = None
    key_is_label: bool = False
    read_by_name: bool = False
    unique: bool = False
    on_immutable_change: Literal["create", "replace", "refuse"] = "create"
    personal: bool = False
    recreate_impact: str = ""
    built_in: Mapping[tuple[str, ...], Mapping[str, Value]] = {}
    flex_names: frozenset[str] = frozenset()
    default_names: frozenset[str] = frozenset()
    created_by: "Kind | None" = None
    dependents: tuple[Dependent, ...] = ()
    permission_probe: Literal["", "sign-in", "first page"] = ""

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The field table."""
        return self.read_fields()

    @cached_property
    def model(self) -> "type[BaseModel]":
        """The pydantic model that validates its YAML."""
        return self.build_model()

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
        """Whether Twilio creates it: it has no SID, and confsync never creates or deletes it."""
        return self.form != "collection"

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """The fields by their dotted names."""
        return self.index_fields(self.fields)

    @cached_property
    def key_fields(self) -> tuple[Field, ...]:
        """The fields of the natural key; the first is the name."""
        return tuple(each for each in self.fields if each.in_natural_key)

    @cached_property
    def key_names(self) -> tuple[str, ...]:
        """The names of those fields."""
        return tuple(each.name for each in self.key_fields)

    @cached_property
    def key_options(self) -> tuple[tuple[str, ...], ...]:
        """The natural keys of which exactly one must be written, if there are several."""
        options = dict.fromkeys(each.key_option for each in self.fields if each.key_option)
        return tuple(tuple(each.name for each in self.fields if each.key_option == option) for option in options)

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
        """The fields that Twilio never returns."""
        return tuple(each for each in self.fields if each.write_only)

    @cached_property
    def receivers(self) -> tuple[Field, ...]:
        """The fields with a URL to which Twilio sends data."""
        return tuple(each for each in self.fields if each.receives_data)

    @cached_property
    def refs(self) -> tuple[Field, ...]:
        """The fields that name another resource."""
        return tuple(each for each in self.fields if each.ref)

    def references_to(self, kind: "Kind") -> tuple[Field, ...]:
        """Find the fields that name a resource of a kind."""
        return tuple(each for each in self.refs if each.ref and each.ref.kind is kind)

    @cached_property
    def may_name_fields(self) -> tuple[Field, ...]:
        """The fields whose text may be the name of a resource of another type."""
        return tuple(each for each in self.fields if each.may_name)

    @cached_property
    def linted(self) -> tuple[Field, ...]:
        """The fields whose values Twilio documents."""
        return tuple(each for each in self.fields if each.lints or each.choices)

    @cached_property
    def name_field(self) -> Field | None:
        """The field that defaults to the YAML key, if there is one."""
        return self.key_fields[0] if self.key_fields and not self.key_is_label else None

    @cached_property
    def linked_kind(self) -> "Kind | None":
        """The type of the resource that the YAML key of a link names."""
        return self.key_fields[0].ref.kind if self.form == "link" and self.key_fields[0].ref else None

    @cached_property
    def value_field(self) -> str:
        """The name of the field that the value of a link in YAML stands for."""
        return next(each.name for each in self.fields if not each.in_natural_key) if self.form == "link" else ""

    @cached_property
    def terminal(self) -> Condition:
        """The fields and their values after which Twilio accepts no change."""
        return tuple((each.name, each.terminal) for each in self.fields if each.terminal)

    @cached_property
    def atomic_blocks(self) -> tuple[tuple[str, ...], ...]:
        """The blocks that an update must send as a whole."""
        return tuple(dict.fromkeys(each.atomic_block for each in self.fields if each.atomic_block))

    # The key of a resource with a label may contain a sensitive text, so its texts are compared as secrets.
    def natural_keys(self, fields: Mapping[str, M]) -> tuple[tuple[object, ...], ...]:
        """Give each natural key that has a value. Twilio does not promise that any of them is unique."""
        if not self.key_options and not self.key_is_label:
            return (tuple(map(fields.get, self.key_names)),)
        found = [tuple(map(fields.get, option)) for option in self.key_options or (self.key_names,)]
        keys = found if len(found) == 1 else [key for key in found if any(each is not None for each in key)]
        return tuple([tuple(map(as_secret, key)) if self.key_is_label else key for key in keys])

    @property
    def plural(self) -> str:
        """Its title in the plural."""
        return plural(self.title)

    @property
    def a_title(self) -> str:
        """Its title with an indefinite article."""
        return f"{'an' if self.title[0] in 'aeio' else 'a'} {self.title}"

    def __repr__(self) -> str:
        return f"<kind {self.title}>"


def plural(title: str) -> str:
    """Form the plural of a title."""
    return f"{title}es" if title.endswith("s") else f"{title}s"
