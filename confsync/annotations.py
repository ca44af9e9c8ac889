"""The words in which a resource type is declared: what is true of a field beside its Python type.

=====================  ================================================================================================
`Key[T]`               part of the natural key; the first one is the name, which defaults to the YAML key
`Immutable[T]`         Twilio cannot change it once the thing exists
`Clearable[T]`         `null` in YAML clears it
`ClearedBy("…")`       clearable, by this text instead of the empty one
`WriteOnly[T]`         Twilio accepts it and never tells it back in the same form
`SecretText`           write-only, and never shown
`SetOf[T]`             a set: order and repetition mean nothing
`EditableSet[T]`     a set that is never empty, and that may be told as `{add: […], remove: […]}` as well
`Upper[T]` `Lower[T]`  upper and lower case mean the same; told and sent in this one
`Ref(Type)`            (`model.py`) a YAML key of that type here, a SID in the API (`role` is sent as `RoleSid`)
`MayName(Type)`        (`model.py`) its text may be the name of a thing of that type, which is then made first
`Duration(…)`          an ISO 8601 duration, compared as one
`JsonText(…)`          a mapping here, JSON text in the API, compared as what it means
`Pattern(…)`              the form that a text must have, and how to say so
`TwilioName("…")`      where Twilio keeps it, where that is not the field's own path
`AlsoAt("…")`          where some of Twilio's answers keep it instead
`Param("…")`           Twilio's form parameter, where it is not the name in PascalCase
`OnlyIf(type="…")`       the field exists only where another field has one of these values
`RequiredIf(type="…")`     the field must be written where another field has one of these values
`SendWith(state="…")`    a create takes the field only beside that value of another, which is then sent as well
`UpdateOnly("…")`           a create does not take this value: it is sent in an update right after
`KnownValues(…)`             the words that Twilio documents; another word is a warning
`SoftMaxLength(n)`        the length that Twilio documents; a longer text is a warning
`ServerDefault("…")`       what Twilio has where nobody ever said anything
=====================  ================================================================================================
"""

import re
from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import Annotated, Any, ClassVar, Protocol, Self, TypeVar, runtime_checkable

from msgspec import Struct, field
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
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from confsync.codecs import Text, Value
from confsync.diagnostics import did_you_mean
from confsync.secret import Secret

T = TypeVar("T")


class Trait(StrEnum):
    """A yes-or-no fact about a field."""

    KEY = "key"
    IMMUTABLE = "immutable"
    CLEARABLE = "clearable"
    WRITE_ONLY = "write-only"
    SECRET = "secret"  # noqa: S105 — the name of a fact, not a password
    EDITABLE = "editable"


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


Key = Annotated[T, Trait.KEY]
Immutable = Annotated[T, Trait.IMMUTABLE]
Clearable = Annotated[T, Trait.CLEARABLE]
WriteOnly = Annotated[T, Trait.WRITE_ONLY]
Upper = Annotated[T, Text("upper"), BeforeValidator(_upper)]
Lower = Annotated[T, Text("lower"), BeforeValidator(_lower)]
SetOf = Annotated[frozenset[T], Strict(strict=False)]
SecretText = Annotated[
    Secret,
    Trait.SECRET,
    Trait.WRITE_ONLY,
    WithJsonSchema({"type": "string", "pattern": r"^\$\{\{.*\}\}$", "description": "A reference, never a literal."}),
]

BRANCH = "\x00"
"""What the name of a way to write a value begins with, where there are several; no file can hold it."""


class Edits(BaseModel):
    """What must be in a set and what must not; everything else in it is left alone."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    add: SetOf[Annotated[str, Field(min_length=1)]] = Field(frozenset(), description="What must be in it.")
    remove: SetOf[Annotated[str, Field(min_length=1)]] = Field(frozenset(), description="What must not be in it.")

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if not self.add and not self.remove:
            raise PydanticCustomError("no_edit", "nothing to add or remove")
        if self.add & self.remove:
            raise PydanticCustomError("both_ways", "both", {"names": ", ".join(sorted(self.add & self.remove))})
        return self


def _way(value: object) -> str:
    return f"{BRANCH}edits" if isinstance(value, Mapping | BaseModel) else f"{BRANCH}exactly"


EditableSet = Annotated[
    Annotated[SetOf[T], Field(min_length=1), Tag(f"{BRANCH}exactly")] | Annotated[Edits, Tag(f"{BRANCH}edits")],
    Discriminator(_way),
    Trait.EDITABLE,
]


@runtime_checkable
class Lint(Protocol):
    """Something that may look wrong to us and still be right, because Twilio may have grown."""

    def about(self, value: str, beside: Mapping[str, Value]) -> str:
        """Say what is doubtful about a value, given the fields beside it; nothing where all is well."""
        ...


class KnownValues(Struct, frozen=True, eq=False):
    """The words that Twilio documents, which may depend on the value of another field."""

    noun: str
    words: frozenset[str]
    by: str = ""
    words_by: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def about(self, value: str, beside: Mapping[str, Value]) -> str:
        """Doubt a word that Twilio does not document, or not for what stands in the field `by`."""
        if value not in self.words:
            hint = did_you_mean(value, self.words)
            return f"'{value}' is not a {self.noun} that Twilio documents{'; ' + hint if hint else ''}"
        owner = str(beside.get(self.by))
        if owner in self.words_by and value not in self.words_by[owner]:
            return f"'{value}' is not a {self.noun} that Twilio documents for {self.by} '{owner}'"
        return ""


class SoftMaxLength(Struct, frozen=True):
    """The longest text, in characters, that Twilio documents."""

    length: int

    def about(self, value: str, _beside: Mapping[str, Value]) -> str:
        """Doubt a text that is longer than documented."""
        if len(value) <= self.length:
            return ""
        return f"{len(value)} characters are more than the {self.length} that Twilio documents"


class Pattern(Struct, frozen=True):
    """The form that a text must have: a regular expression over all of it, and how a person would say it."""

    pattern: str
    words: str

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "pattern": f"^(?:{self.pattern})$"}

    def _checked(self, value: str) -> str:
        if re.fullmatch(self.pattern, value) is None:
            raise PydanticCustomError("form", "of another form", {"words": self.words})
        return value


class Param(Struct, frozen=True):
    """Twilio's form parameter, where it is not the field's name in PascalCase."""

    name: str


class TwilioName(Struct, frozen=True):
    """Where Twilio keeps the field, as a dotted path; the form parameter is called after it."""

    path: str


class AlsoAt(Struct, frozen=True):
    """Where some of Twilio's answers keep the field instead, as a dotted path."""

    path: str


class ClearedBy(Struct, frozen=True):
    """Clearable, by this text instead of the empty one."""

    text: str


class UpdateOnly(Struct, frozen=True):
    """A value that a create does not take, and an update does."""

    value: str


class ServerDefault(Struct, frozen=True):
    """What Twilio has in a field where nobody ever said anything."""

    text: str


class Level(IntEnum):
    """How severe a risk is, most severe first."""

    HIGH = 0
    MEDIUM = 1
    LOW = 2


class When(StrEnum):
    """How the value of a field changes."""

    CHANGED = "changed"
    CLEARED = "cleared"
    EMPTIED = "emptied"
    ENABLED = "enabled"
    DISABLED = "disabled"


class RiskWhen(Struct, frozen=True):
    """What a change of the field means for people: `RiskWhen(When.CLEARED, Level.MEDIUM, "silenced", "…")`.

    In the text, `{field}` is the field's name, `{block}` what the field is part of, `{before}` and `{after}` its
    values. A secret has no values to show.
    """

    when: When
    level: Level
    rule: str
    text: str

    @property
    def rules(self) -> tuple[str, ...]:
        """The names of the rules that it declares."""
        return (self.rule,)


class GrantsPermissions(Struct, frozen=True):
    """The field is a set of permissions; those that match the regular expression affect what other people own."""

    over_others: str
    rules: ClassVar = ("permission-revoked", "permission-granted")


class ReceivesData(Struct, frozen=True):
    """The field is a URL to which Twilio sends data, so that its host and its encryption matter."""

    rules: ClassVar = ("webhook-host", "unencrypted")


FieldRisk = RiskWhen | GrantsPermissions | ReceivesData
"""What a change of a field means for people."""


Condition = tuple[tuple[str, tuple[str, ...]], ...]
"""Other fields, each with the values of which it must have one."""


class _Where:
    """Facts about other fields: each has this value, or one of these."""

    __slots__ = ("where",)

    def __init__(self, **where: str | tuple[str, ...]) -> None:
        self.where: Condition = tuple(
            (name.replace("__", "."), (said,) if isinstance(said, str) else said) for name, said in where.items()
        )


class OnlyIf(_Where):
    """The field exists only where the fields beside it have these values; a double underline stands for a dot."""


class RequiredIf(_Where):
    """The field must be written where the fields beside it have these values."""


class SendWith(_Where):
    """A create takes the field only beside these values of others, which are then sent as well."""


def holds(condition: Condition, fields: Mapping[str, Any], *, if_unset: bool) -> bool:
    """Whether fields fulfil a condition; `if_unset` is what a field counts for of which nothing is known."""
    return all(fields[name] in values if fields.get(name) is not None else if_unset for name, values in condition)
