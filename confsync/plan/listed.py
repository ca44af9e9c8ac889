"""A live resource in a list, and whether confsync manages it."""

from enum import StrEnum

from msgspec import Struct

from confsync.names import Address
from confsync.plan.match import LiveResource


class ManagedState(StrEnum):
    """What the configuration and the ledger say about a live resource."""

    MANAGED = "managed"
    TO_ADOPT = "to adopt"
    LOOKED_UP = "looked up"
    ORPHANED = "orphaned"
    AMBIGUOUS = "ambiguous"
    OTHER_ENVIRONMENT = "other environment"
    UNMANAGED = "unmanaged"
    IGNORED = "ignored"


class ListedResource(Struct, frozen=True):
    """One live resource. If nothing declares or owns it, the address is the one that it could be declared at.

    `environment` is the one that owns it, if that is a different one of the same account.
    """

    address: Address
    found: LiveResource
    state: ManagedState
    environment: str | None = None
