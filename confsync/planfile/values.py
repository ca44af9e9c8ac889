"""Values as a saved plan writes them down: a secret is said to be one, and a URL with a token is masked.

What is masked so stays masked when it is read again: a saved plan is for showing and comparing, never for sending.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from msgspec import Struct, convert, to_builtins
from pydantic import BaseModel, ConfigDict, PlainSerializer, PlainValidator

from confsync.codecs import Edit
from confsync.config.desired import DesiredValue, MissingSecret
from confsync.diagnostics import Diagnostic, Position
from confsync.names import Address
from confsync.plan.blast_radius import BlastRadius
from confsync.plan.difference import LiveValue, Part
from confsync.plan.intent import Selection
from confsync.plan.plan import Revision, Target
from confsync.plan.risk import Risk
from confsync.redaction import mask_urls
from confsync.secret import Secret


class Saved(BaseModel):
    """A part of the file: strict, and without anything that we do not know."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


def _address(text: object) -> Address:
    if not isinstance(text, str) or not text:
        raise ValueError("not an address")
    return Address.parse(text)


def _reads(kind: type[Struct]) -> PlainValidator:
    """Read a value type from JSON with its own declaration."""
    return PlainValidator(lambda value: value if isinstance(value, kind) else convert(value, kind))


_WRITES = PlainSerializer(to_builtins)

SavedPosition = Annotated[Position, _reads(Position), _WRITES]
SavedDiagnostic = Annotated[Diagnostic, _reads(Diagnostic), _WRITES]
SavedPart = Annotated[Part, _reads(Part), _WRITES]
SavedRadius = Annotated[BlastRadius, _reads(BlastRadius), _WRITES]
SavedRisk = Annotated[Risk, _reads(Risk), _WRITES]
SavedSelection = Annotated[Selection, _reads(Selection), _WRITES]
SavedTarget = Annotated[Target, _reads(Target), _WRITES]
SavedRevision = Annotated[Revision, _reads(Revision), _WRITES]

SavedAddress = Annotated[Address, PlainValidator(_address), PlainSerializer(str, return_type=str)]


class SavedReference(Saved):
    """A reference to another resource."""

    address: SavedAddress


class SavedSet(Saved):
    """A set, sorted."""

    members: list[str]


class SavedEdit(Saved):
    """A change to a set."""

    add: list[str]
    remove: list[str]


class SavedSecret(Saved):
    """That there is a secret; nothing of it."""

    secret: Literal[True]


class SavedMissing(Saved):
    """That there should be a secret, and why it was not there."""

    missing: SavedDiagnostic


SavedValue: TypeAlias = bool | int | str | SavedReference | SavedSet | SavedEdit | SavedSecret | SavedMissing | None

NOTHING = Secret("")
"""Stands for every secret in a plan that was read again: that there is one is all that the file says."""


def written(value: LiveValue | DesiredValue) -> SavedValue:
    """Write a value down."""
    written: SavedValue
    match value:
        case Secret():
            written = SavedSecret(secret=True)
        case MissingSecret(diagnostic):
            written = SavedMissing(missing=diagnostic)
        case Address():
            written = SavedReference.model_construct(address=value)
        case frozenset():
            written = SavedSet(members=sorted(value))
        case Edit():
            written = SavedEdit(add=sorted(value.add), remove=sorted(value.remove))
        case str():
            written = mask_urls(value)
        case _:
            written = value
    return written


def understood(value: SavedValue) -> DesiredValue:
    """Read a value again."""
    match value:
        case SavedSecret():
            return NOTHING
        case SavedMissing(missing=diagnostic):
            return MissingSecret(diagnostic)
        case SavedReference(address=address):
            return address
        case SavedSet(members=members):
            return frozenset(members)
        case SavedEdit(add=add, remove=remove):
            return Edit(frozenset(add), frozenset(remove))
    return value


def all_written(values: Mapping[str, LiveValue] | Mapping[str, DesiredValue]) -> dict[str, SavedValue]:
    """Write the values of fields down."""
    return {name: written(value) for name, value in values.items()}


def all_understood(values: Mapping[str, SavedValue]) -> dict[str, DesiredValue]:
    """Read the values of fields again."""
    return {name: understood(value) for name, value in values.items()}


def live(value: SavedValue) -> LiveValue:
    """Read a value again that Twilio told. Raises ValueError where it cannot have."""
    told = understood(value)
    if isinstance(told, MissingSecret):
        raise ValueError("a live value is never a secret that is missing")  # noqa: TRY004 — the file is wrong
    return told


def all_live(values: Mapping[str, SavedValue]) -> dict[str, LiveValue]:
    """Read the live values of fields again."""
    return {name: live(value) for name, value in values.items()}


def is_hidden(value: LiveValue | DesiredValue) -> bool:
    """Whether a saved plan does not hold the whole of a value, so that two of them cannot be told apart by it."""
    return isinstance(value, Secret | MissingSecret) or (isinstance(value, str) and mask_urls(value) != value)
