"""A live resource, and which configured resource it is."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct

from confsync.annotations import holds
from confsync.codecs import Value
from confsync.model import Kind
from confsync.names import Address, Sid

NOTHING_MASKED: Mapping[str, bool | None] = MappingProxyType({})


class LiveResource(Struct, frozen=True, gc=False):
    """One resource as Twilio returned it. References are still SIDs. A singleton and a link have no SID.

    `never_set` are the sets for which Twilio returned null: in normal form, they equal empty ones. In a snapshot, a
    field that is `masked` has a text that may be shown instead of its value; the mapping says whether the value was the
    one that confsync last applied, or None if that is not known.
    """

    kind: Kind
    sid: Sid | None
    fields: Mapping[str, Value]
    date_updated: str | None = None
    date_created: str | None = None
    never_set: frozenset[str] = frozenset()
    masked: Mapping[str, bool | None] = NOTHING_MASKED

    # A sensitive variable may be part of a field, so the repr leaves the fields out.
    def __repr__(self) -> str:
        return f"<live {self.kind.title} {self.sid}>"

    @property
    def natural_keys(self) -> tuple[tuple[object, ...], ...]:
        """Every natural key by which a person would recognise it."""
        return self.kind.natural_keys(self.fields)

    @property
    def is_built_in(self) -> bool:
        """Whether Twilio created it together with its parent."""
        return bool(self.kind.built_in) and not self.kind.built_in.keys().isdisjoint(self.natural_keys)

    @property
    def created_by_twilio(self) -> bool:
        """Whether Twilio created it by itself, together with its parent or with the account."""
        return self.is_built_in or self.name in self.kind.default_names

    @property
    def name(self) -> str | None:
        """Its name in Twilio, if it has one."""
        field = self.kind.name_field
        value = self.fields.get(field.name) if field else None
        return value if isinstance(value, str) else None

    @property
    def created_at(self) -> datetime | None:
        """When Twilio created it, if that is known."""
        try:
            time = datetime.fromisoformat(self.date_created or "")
        except ValueError:
            return None
        return time if time.tzinfo else time.replace(tzinfo=UTC)

    @property
    def described_type(self) -> str:
        """Its type in words, with the rest of its natural key if that is a choice: two roles may share a name."""
        chosen = (self.fields.get(each.name) for each in self.kind.key_fields if each.choices)
        return " ".join((*(each for each in chosen if isinstance(each, str)), self.kind.title))

    @property
    def terminal(self) -> bool:
        """Whether Twilio accepts no further change to it or to anything in it."""
        return bool(self.kind.terminal) and holds(self.kind.terminal, self.fields, if_unset=False)


class How(StrEnum):
    """How confsync recognised a live resource."""

    OWNED = "owned"
    ADOPTED = "adopted"
    MOVED = "moved"
    LOOKED_UP = "looked up"


class Match(Struct, frozen=True, gc=False):
    """The live resource that a configured resource is. `previous` is the address that it moved from."""

    found: LiveResource
    how: How
    previous: Address | None = None

    @property
    def owned(self) -> bool:
        """Whether the ledger already owns it."""
        return self.how in (How.OWNED, How.MOVED)
