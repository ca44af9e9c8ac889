"""What a configuration asks for of one resource."""

import hashlib
from collections.abc import Mapping

from msgspec import Struct

from confsync.codecs import Edit, JsonEdit, Value
from confsync.config.lifecycle import Lifecycle
from confsync.config.tree import MissingSecret, Node, Pair
from confsync.diagnostics import Position
from confsync.model import Field, Kind
from confsync.names import Address
from confsync.strict_json import canonical_json

DesiredValue = Value | Address | MissingSecret
"""A desired value in normal form: a reference is an address, a secret may be missing."""


class Desired(Struct, frozen=True):
    """One declared resource. Only the fields that were written are in `fields`, by dotted name.

    `written` is its key and value in the tree, `nodes` the value of each field that was written there. `unmarked` are
    the fields whose value was sensitive when it was last applied and is so no longer; it is masked once more. An
    implicit one is not declared: another resource refers to it, and it is only looked up.
    """

    address: Address
    kind: Kind
    fields: Mapping[str, DesiredValue]
    lifecycle: Lifecycle
    written: Pair
    nodes: Mapping[str, Node]
    unmarked: frozenset[str] = frozenset()
    implicit: bool = False

    @property
    def source(self) -> Position:
        """The position of its key."""
        return self.written.position

    @property
    def secret_version(self) -> str | None:
        """The version of its secrets, if one is written."""
        said = self.lifecycle.secret_version
        return None if said is None else str(said)

    def wants(self, field: Field) -> bool:
        """Whether a field is managed: it is written, and not ignored."""
        return field.name in self.fields and field.name not in self.lifecycle.ignore

    @property
    def name(self) -> str:
        """The live name: the value of the name field, or the label; for a singleton, its section."""
        field = self.kind.name_field
        return str(self.fields[field.name]) if field else self.address.key

    @property
    def recognised_by(self) -> tuple[str, ...]:
        """The fields of its natural key that have a value."""
        return tuple(each.name for each in self.kind.key_fields if self.fields.get(each.name) is not None)

    def natural_key(self) -> tuple[object, ...]:
        """Return the key by which the live resource is recognised if the ledger does not know it."""
        return next(iter(self.kind.natural_keys(self.fields)), ())


def value_digest(value: object) -> str:
    """Take SHA-256 over the canonical JSON of a value; a set is sorted, and an address is its text."""
    value = str(value) if isinstance(value, Address) else value  # JSON would write the tuple that an address is
    canonical = canonical_json(value, _as_json)
    return "sha256:" + hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def _as_json(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Edit):
        return {"add": sorted(value.add), "remove": sorted(value.remove)}
    if isinstance(value, JsonEdit):
        return {"set": value.add, "remove": sorted(value.remove)}
    raise TypeError(f"{type(value).__name__} has no digest")
