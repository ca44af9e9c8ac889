"""Names of things: the address that a person reads, the SID that Twilio gave, and the URL made of both."""

import re
from collections.abc import Mapping
from typing import NewType, Self
from urllib.parse import quote, unquote

from confsync.model import Kind

Sid = NewType("Sid", str)
"""Twilio's own name of a thing: two capital letters and 32 hexadecimal digits."""

API = "/v1"

_SPECIAL = re.compile(r"[%/*?\[\]#\x00-\x1f\x7f-\x9f]")
_SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}")


class Address(tuple[str, ...]):
    """Sections and names from the top of the tree: `services/support/roles/agent`.

    In text, `% / * ? [ ] #` and control characters within a name are percent-encoded.
    """

    __slots__ = ()

    @classmethod
    def of(cls, *parts: str) -> Self:
        """Make an address from sections and names as they are, unencoded."""
        return cls(parts)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an address as it is written in text."""
        return cls(unquote(part) for part in text.split("/"))

    def __truediv__(self, part: str) -> Self:
        return type(self)((*self, part))

    def __str__(self) -> str:
        return "/".join(_SPECIAL.sub(lambda found: quote(found[0], safe=""), part) for part in self)

    def __repr__(self) -> str:
        return f"Address({str(self)!r})"

    @property
    def key(self) -> str:
        """The last name: the YAML key."""
        return self[-1]

    @property
    def top(self) -> "Address":
        """What stands at the top of the tree above this: a service, a credential."""
        return Address(self[:2])

    def within(self, other: "Address") -> bool:
        """Whether this is that address, or something below it."""
        return self[: len(other)] == other

    def moved(self, old: "Address", new: "Address") -> "Address":
        """Tell this address after what stood at `old` went to `new`."""
        return Address((*new, *self[len(old) :])) if self.within(old) else self


def is_sid(text: object, prefix: str = "") -> bool:
    """Whether a text is well formed as a SID of that prefix."""
    return isinstance(text, str) and text.startswith(prefix) and _SID.fullmatch(text) is not None


def parent_of(kind: Kind, address: Address) -> Address:
    """Give the address of what a resource stands in; at the top that is the empty address."""
    if kind.parent is None:
        return Address()
    return Address(address[:-1] if kind.singleton else address[:-2])


def collection_url(kind: Kind, within: str = API) -> str:
    """Give the path of a collection, or of a singleton, below its parent's."""
    return f"{within}/{kind.path}"


def home_url(kind: Kind, parent: Address, sids: Mapping[Address, Sid]) -> str:
    """Give the path of a collection, or of a singleton, in a parent told by its address.

    Raises KeyError where a SID on the way is not known yet.
    """
    if kind.parent is None:
        return collection_url(kind)
    return collection_url(kind, url_of(kind.parent, parent, sids))


def url_of(kind: Kind, address: Address, sids: Mapping[Address, Sid]) -> str:
    """Give the path of one thing. Raises KeyError where its SID, or one on the way, is not known yet."""
    home = home_url(kind, parent_of(kind, address), sids)
    return home if kind.singleton else f"{home}/{sids[address]}"
