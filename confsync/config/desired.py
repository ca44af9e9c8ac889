"""What a configuration asks for: every declared resource by its address, and the environment it is meant for."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from confsync.config.digest import digest
from confsync.config.lifecycle import Lifecycle
from confsync.config.tree import Entry, Node
from confsync.diagnostics import Diagnostic, Position
from confsync.model import Field, Kind, Value
from confsync.names import Address, parent_of
from confsync.secret import Secret


@dataclass(frozen=True, slots=True)
class MissingSecret:
    """A secret whose reference cannot be resolved here; the diagnostic says why, and never shows a value."""

    diagnostic: Diagnostic


Wanted = Value | Address | MissingSecret
"""A desired value in normal form: a reference is an address, a secret may be missing."""


@dataclass(frozen=True, slots=True)
class Desired:
    """One declared resource. Only the fields that were written are in `fields`, by dotted name.

    `written` is its key and value in the tree, `nodes` the value of each field that was written there.
    """

    address: Address
    kind: Kind
    fields: Mapping[str, Wanted]
    lifecycle: Lifecycle
    written: Entry
    nodes: Mapping[str, Node]

    @property
    def source(self) -> Position:
        """Where it stands: its key."""
        return self.written.position

    def wants(self, field: Field) -> bool:
        """Whether a field is managed: it was written, and is not ignored."""
        return field.name in self.fields and field.name not in self.lifecycle.ignore

    @property
    def name(self) -> str:
        """The live name: the name field's value; a singleton goes by its section."""
        field = self.kind.name_field
        return str(self.fields[field.name]) if field else self.kind.section

    def natural_key(self) -> tuple[Wanted, ...]:
        """Tell how the live thing is recognised where the ledger does not know it."""
        return tuple(self.fields.get(each.name) for each in self.kind.key_fields)


@dataclass(frozen=True, slots=True)
class Environment:
    """Which account a configuration is meant for; without a name, whichever the credentials reach."""

    name: str | None = None
    account_sid: str | None = None
    region: str | None = None
    edge: str | None = None
    credentials: str = "TWILIO"


@dataclass(frozen=True)
class Config:
    """A whole configuration, checked. `folder` is where its ledger and its `.confsync/` lie.

    `collections` are the mappings of resources that were written, even if empty: (parent's address, kind).
    """

    resources: Mapping[Address, Desired]
    collections: frozenset[tuple[Address, Kind]]
    environment: Environment
    folder: Path
    files: tuple[str, ...]
    warnings: tuple[Diagnostic, ...]

    @cached_property
    def digest(self) -> str:
        """Tell whether what is asked for changed; layout, comments and secrets have no part in it."""
        return digest({str(address): _asked_for(desired) for address, desired in self.resources.items()})

    @cached_property
    def members(self) -> Mapping[tuple[Address, Kind], tuple[Desired, ...]]:
        """The declared resources by the place in which they stand: (parent's address, kind)."""
        found: dict[tuple[Address, Kind], list[Desired]] = {}
        for each in self.resources.values():
            found.setdefault((parent_of(each.kind, each.address), each.kind), []).append(each)
        return {place: tuple(members) for place, members in found.items()}


def _asked_for(desired: Desired) -> dict[str, object]:
    fields = {
        name: str(value) if isinstance(value, Address) else value
        for name, value in desired.fields.items()
        if not isinstance(value, Secret | MissingSecret)
    }
    return {"fields": fields, "lifecycle": desired.lifecycle.model_dump(exclude_defaults=True)}
