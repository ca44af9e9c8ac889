"""The annotations that declare the fields of a resource type, and what depends on the resource.

=========================  ==========================================================================================
`Key[T]`                   part of the natural key; the first key field is the name and defaults to the YAML key
`KeyOption("…")`           part of one of several natural keys, of which exactly one must be written
`OnceInAccount[T]`         part of a key that only one open conversation of the account may have
`Immutable[T]`             Twilio cannot change it after creation
`Clearable[T]`             `null` in YAML clears it
`ClearedBy("…")`           clearable, by sending this text instead of the empty one
`WriteOnly[T]`             Twilio never returns it in the same form
`SecretText`               write-only, and never shown
`CertificateText`          a secret text that is a certificate in PEM, of which only the expiry date is shown
`Personal[T]`              identifies a person or a line, so a snapshot leaves it out
`PerEnvironment[T]`        names something of the account outside of Conversations, so an export writes a variable
`UsedByFlex[T]`            refers to what Flex uses, so Flex owns it
`frozenset[T]`             a list in YAML, whose order and repetition do not matter
`EditableSet[T]`           a set that is never empty and that YAML may also change by `{add: […], remove: […]}`
`Upper[T]` `Lower[T]`      a text whose case does not matter, sent in this case
`Ref(Type)`                a YAML key of that type, and a SID in the API (`role` is sent as `RoleSid`); in `model.py`
`MayName(Type)`            a text that may be the name of such a resource, which is then created first; in `model.py`
`Duration(…)`              an ISO 8601 duration; in `codecs.py`
`JsonText(…)`              a mapping in YAML, JSON text in the API; in `codecs.py`
`Length(min, max)`         the number of characters in a text, or of items in a set
`Bounds(min, max)`         the smallest and largest number
`RegionGap(…)`             a region in which Twilio does not offer it
`Pattern(…)`               a regular expression for the whole text, and how an error message describes it
`TwilioName("…")`          Twilio's name of the field, if it is not the field's own
`AlsoAt("…")`              where some of Twilio's responses have it instead
`Param("…")`               Twilio's form parameter, if it is not the name in PascalCase
`OnlyIf(type="…")`         the field exists only if another field has one of these values
`RequiredIf(type="…")`     the field must be written if another field has one of these values
`SendWith(state="…")`      a create accepts the field only together with this value of another field
`RequiredOnUpdate[T]`      every update must have it, so it is sent along with any other field
`UpdateOnly("…")`          a create does not accept this value, so it is sent in an update right after the create
`Terminal("…")`            after this value Twilio accepts no change to the resource
`KnownValues(…)`           the values that Twilio documents; another one is a warning; in `lints.py`
`SoftMaxLength(n)`         the length that Twilio documents; a longer text is a warning; in `lints.py`
`ServerDefault("…")`       what Twilio uses if nothing was ever sent
`DefaultFrom(Type)`        a new resource takes the value from this singleton, which is written first; in `model.py`
`RiskWhen(…)` `NoRisk(…)`  what a change of the value means for people; all of them are in `risk_rules.py`
=========================  ==========================================================================================
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, Protocol, TypeVar, runtime_checkable

from msgspec import Struct

from confsync.codecs import Text
from confsync.risk_rules import Level, RiskRule, RiskWhen, When
from confsync.secret import Secret

T = TypeVar("T")


class Trait(StrEnum):
    """A yes-or-no property of a field."""

    KEY = "key"
    IMMUTABLE = "immutable"
    CLEARABLE = "clearable"
    WRITE_ONLY = "write-only"
    SECRET = "secret"  # noqa: S105 — the name of a property, not a password
    EDITABLE = "editable"
    REQUIRED_ON_UPDATE = "required on update"
    PERSONAL = "personal"
    PER_ENVIRONMENT = "per environment"
    USED_BY_FLEX = "used by Flex"
    CERTIFICATE = "certificate"
    ONCE_IN_ACCOUNT = "once in the account"


class Length(Struct, frozen=True):
    """The number of characters in a text, or of items in a set."""

    min: int = 0
    max: int | None = None

    def allows(self, value: Sequence[object] | frozenset[object]) -> bool:
        """Whether a text or set is neither too short nor too long."""
        return self.min <= len(value) and (self.max is None or len(value) <= self.max)


class Bounds(Struct, frozen=True):
    """The smallest and the largest number."""

    min: int
    max: int | None = None

    def allows(self, value: int) -> bool:
        """Whether a number is neither too small nor too large."""
        return self.min <= value and (self.max is None or value <= self.max)


Key = Annotated[T, Trait.KEY]
Immutable = Annotated[T, Trait.IMMUTABLE]
Clearable = Annotated[T, Trait.CLEARABLE]
WriteOnly = Annotated[T, Trait.WRITE_ONLY]
OnceInAccount = Annotated[T, Trait.ONCE_IN_ACCOUNT]
RequiredOnUpdate = Annotated[T, Trait.REQUIRED_ON_UPDATE]
PerEnvironment = Annotated[T, Trait.PER_ENVIRONMENT]
Personal = Annotated[T, Trait.PERSONAL]
UsedByFlex = Annotated[T, Trait.USED_BY_FLEX]
Upper = Annotated[T, Text("upper")]
Lower = Annotated[T, Text("lower")]
EditableSet = Annotated[frozenset[T], Length(1), Trait.EDITABLE]
SecretText = Annotated[
    Secret,
    Trait.SECRET,
    Trait.WRITE_ONLY,
    RiskWhen(When.SENT, Level.LOW, RiskRule.SECRET_SENT, "sends {field} again"),
    RiskWhen(
        When.SENT_AGAIN,
        Level.LOW,
        RiskRule.SECRET_SENT,
        "sends {field} again, since it is not known which one Twilio has",
    ),
]
CertificateText = Annotated[SecretText, Trait.CERTIFICATE]


BRANCH = "\x00"
"""How pydantic's name for one of several ways to write a value begins; no YAML file can contain it."""

EDIT_KEYS = ("add", "remove")
"""The keys of a change to an editable set."""


class Description(Struct, frozen=True):
    """What a field is, for people, and examples of its value."""

    text: str
    examples: tuple[object, ...] = ()


def describe(text: str, *, examples: Sequence[object] = ()) -> Any:  # noqa: ANN401 — any type of field
    """Describe a field for people; stands where its value would."""
    return Description(text, tuple(examples))


@runtime_checkable
class Constraint(Protocol):
    """A check of a value together with the other fields, whose finding is an error."""

    def violation(self, value: object, siblings: Mapping[str, object]) -> str:
        """Describe what is wrong; empty if nothing is."""
        ...


class Pattern(Struct, frozen=True):
    """A regular expression that must match the whole text; `description` completes "the field …"."""

    regex: str
    description: str

    def matches(self, text: str) -> bool:
        """Whether it matches the whole text."""
        return re.fullmatch(self.regex, text) is not None


class RegionGap(Struct, frozen=True):
    """A region that does not offer what the field declares, unless the value is one of `except_for`.

    Of a set, only the members in `only` count.
    """

    region: str
    feature: str
    except_for: tuple[object, ...] = ()
    only: frozenset[str] = frozenset()

    def covers(self, value: object) -> bool:
        """Whether a value asks for what the region does not offer."""
        if isinstance(value, frozenset):
            return not self.only.isdisjoint(value)
        return value is not None and value not in self.except_for


class KeyOption(Struct, frozen=True):
    """The field is part of the natural key of this name, one of several of which exactly one must be written."""

    name: str


class Param(Struct, frozen=True):
    """Twilio's form parameter, if it is not the field's name in PascalCase."""

    name: str


class TwilioName(Struct, frozen=True):
    """Twilio's dotted name of the field, from which the form parameter follows."""

    path: str


class AlsoAt(Struct, frozen=True):
    """The dotted path at which some of Twilio's responses have the field instead."""

    path: str


class ClearedBy(Struct, frozen=True):
    """Clearable, by sending this text instead of the empty one."""

    text: str


class UpdateOnly(Struct, frozen=True):
    """A value that an update accepts and a create does not."""

    value: str


class Terminal(Struct, frozen=True):
    """A value after which Twilio accepts no change to the resource or to anything in it."""

    value: str


class ServerDefault(Struct, frozen=True):
    """What Twilio uses if nothing was ever sent."""

    text: str


Condition = tuple[tuple[str, tuple[str, ...]], ...]
"""Other fields, each with the values of which it must have one."""


class _Condition:
    """Facts about other fields: each has this value, or one of these. A double underscore stands for a dot."""

    __slots__ = ("where",)

    def __init__(self, **where: str | tuple[str, ...]) -> None:
        self.where: Condition = tuple(
            (name.replace("__", "."), (values,) if isinstance(values, str) else values)
            for name, values in where.items()
        )


class OnlyIf(_Condition):
    """The field exists only if other fields have these values."""


class RequiredIf(_Condition):
    """The field must be written if other fields have these values."""


class SendWith(_Condition):
    """A create accepts the field only together with these values of other fields, which are then sent as well."""


def holds(condition: Condition, fields: Mapping[str, Any], *, if_unset: bool) -> bool:
    """Whether fields fulfil a condition. A field without a value counts as `if_unset`."""
    return all(fields[name] in values if fields.get(name) is not None else if_unset for name, values in condition)


class Listing(Struct, frozen=True, kw_only=True):
    """A list in Twilio that confsync counts and never declares. `id_key` identifies an item within it."""

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
