"""What a plan leaves alone: resources that confsync does not own, and owned ones that are no longer declared."""

from msgspec import Struct

from confsync.names import Address, Sid
from confsync.plan.match import LiveResource


class UnmanagedResource(Struct, frozen=True):
    """A live resource that no configured resource matches. Its address is built from its live name."""

    address: Address
    found: LiveResource


class OrphanedResource(Struct, frozen=True):
    """A resource that confsync owns and that the configuration no longer declares. confsync leaves it as it is.

    `name` is the live name, or the address's key if confsync did not read it. `advice` says what a person may write.
    """

    address: Address
    sid: Sid
    name: str
    reason: str
    advice: str = ""
