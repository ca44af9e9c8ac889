"""The address of a resource, which people read; its SID, which Twilio assigns; and the URL that follows from both."""

import re
from collections.abc import Mapping
from typing import NewType, Self
from urllib.parse import quote, unquote

from confsync.model import Kind
from confsync.quoting import shown_address

Sid = NewType("Sid", str)
"""Twilio's identifier of a resource: two capital letters followed by 32 hexadecimal digits."""

API = "/v1"

_SPECIAL = re.compile(r"[%/*?\[\]#\x00-\x1f\x7f-\x9f]")


class Address(tuple[str, ...]):
    """Sections and names from the top of the tree: `services/support/roles/agent`.

    In text, `% / * ? [ ] #` and control characters within a name are percent-encoded. Within a sentence, that is in an
    f-string, an address is quoted if a key in it could be read as more than a key.
    """

    __slots__ = ()

    @classmethod
    def of(cls, *parts: str) -> Self:
        """Create an address from unencoded sections and names."""
        return cls(parts)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse an address in text form."""
        parts = text.split("/")
        return cls(map(unquote, parts) if "%" in text else parts)

    def __truediv__(self, part: str) -> Self:
        return type(self)((*self, part))

    def __str__(self) -> str:
        return "/".join(_SPECIAL.sub(lambda found: quote(found[0], safe=""), part) for part in self)

    def __format__(self, spec: str) -> str:
        return format(shown_address(str(self)), spec)

    def __repr__(self) -> str:
        return f"Address({str(self)!r})"

    @property
    def key(self) -> str:
        """The last name: the YAML key."""
        return self[-1]

    def within(self, other: "Address") -> bool:
        """Whether this is another address, or below it."""
        return self[: len(other)] == other

    def moved(self, old: "Address", new: "Address") -> "Address":
        """Return this address after the resource at `old` moved to `new`."""
        return Address((*new, *self[len(old) :])) if self.within(old) else self


def sid_pattern(prefix: str = "[A-Z]{2}") -> str:
    """Return the regular expression of any SID, or of those with a prefix."""
    return f"{prefix}[0-9a-f]{{32}}"


_SID = re.compile(sid_pattern())


def is_sid(text: object, prefix: str = "") -> bool:
    """Whether a value is a well-formed SID with that prefix."""
    return isinstance(text, str) and text.startswith(prefix) and _SID.fullmatch(text) is not None


def parent_of(kind: Kind, address: Address) -> Address:
    """Return the address of a resource's parent; at the top, it is the empty address."""
    return Address(address[:-1] if kind.singleton or kind.group else address[:-2])


def containers_of(address: Address, sids: Mapping[Address, Sid]) -> tuple[Sid, ...]:
    """Return the SIDs of the resources that contain an address, outermost first."""
    above = (Address(address[:length]) for length in range(2, len(address), 2))
    return tuple(sids[each] for each in above if each in sids)


def named_from(kind: Kind, address: Address, target: Kind, name: str) -> Address:
    """Return the address that a name refers to: in the same parent, or next to a parent further up."""
    while kind.parent is not target.parent and kind.parent is not None:
        kind, address = kind.parent, parent_of(kind, address)
    return parent_of(kind, address) / target.section / name


def linked_address(kind: Kind, address: Address) -> Address:
    """Return the address of the other side of a link. Raises TypeError if the kind is not a link."""
    if kind.linked_kind is None:
        raise TypeError(f"{kind} is not a link")
    return named_from(kind, address, kind.linked_kind, address.key)


def collection_url(kind: Kind, within: str = API) -> str:
    """Return the path of a collection or a singleton below its parent's path; a group adds nothing."""
    return f"{within}/{kind.path}" if kind.path else within


def member_url(home: str, name: str) -> str:
    """Return the path of a resource by its SID, or by the name that Twilio accepts instead."""
    return f"{home}/{quote(name, safe='')}"


def home_url(kind: Kind, parent: Address, sids: Mapping[Address, Sid]) -> str:
    """Return the path of a collection or a singleton in a parent.

    Raises KeyError if a SID in the path is not known yet.
    """
    if kind.parent is None:
        return collection_url(kind)
    return collection_url(kind, url_of(kind.parent, parent, sids))


def url_of(kind: Kind, address: Address, sids: Mapping[Address, Sid]) -> str:
    """Return the path of a resource. Raises KeyError if its SID, or another one in the path, is not known yet."""
    home = home_url(kind, parent_of(kind, address), sids)
    if kind.singleton or kind.group:
        return home
    return member_url(home, sids[linked_address(kind, address) if kind.linked_kind else address])
