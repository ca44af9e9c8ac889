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

    def within(self, other: "Address") -> bool:
        """Whether this is that address, or something below it."""
        return self[: len(other)] == other

    def moved(self, old: "Address", new: "Address") -> "Address":
        """Tell this address after what stood at `old` went to `new`."""
        return Address((*new, *self[len(old) :])) if self.within(old) else self


def sid_pattern(prefix: str = "[A-Z]{2}") -> str:
    """Give the regular expression of a SID, or of a SID with a certain prefix."""
    return f"{prefix}[0-9a-f]{{32}}"


_SID = re.compile(sid_pattern())


def is_sid(text: object, prefix: str = "") -> bool:
    """Whether a text is well formed as a SID of that prefix."""
    return isinstance(text, str) and text.startswith(prefix) and _SID.fullmatch(text) is not None


def parent_of(kind: Kind, address: Address) -> Address:
    """Give the address of what a resource stands in; at the top that is the empty address."""
    return Address(address[:-1] if kind.singleton or kind.group else address[:-2])


def named_from(kind: Kind, address: Address, wanted: Kind, name: str) -> Address:
    """Tell which resource a name means where it is written: one in the same parent, or beside a parent further up."""
    while kind.parent is not wanted.parent and kind.parent is not None:
        kind, address = kind.parent, parent_of(kind, address)
    return parent_of(kind, address) / wanted.section / name


def linked(kind: Kind, address: Address) -> Address:
    """Give the address of the other side of a link. Raises TypeError where the kind is no link."""
    if kind.linked_kind is None:
        raise TypeError(f"{kind} is no link")
    return named_from(kind, address, kind.linked_kind, address.key)


def collection_url(kind: Kind, within: str = API) -> str:
    """Give the path of a collection, or of a singleton, below its parent's; a group adds nothing."""
    return f"{within}/{kind.path}" if kind.path else within


def member_url(home: str, name: str) -> str:
    """Give the path of one thing by its SID, or by the name that Twilio takes instead."""
    return f"{home}/{quote(name, safe='')}"


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
    if kind.singleton or kind.group:
        return home
    return member_url(home, sids[linked(kind, address) if kind.linked_kind else address])
