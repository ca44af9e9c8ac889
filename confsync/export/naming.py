"""Chooses the YAML key of each live resource: short, readable, unique in its collection, and stable.

A resource that is declared or owned keeps its key. Any other gets one from its live name. If two names lead to the same
key, the older resource gets it, so that a new resource never changes the key of another one.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Protocol

from msgspec import Struct

from confsync.config.config import Config
from confsync.config.reuse.expansion import RESERVED_NAMES
from confsync.model import Kind
from confsync.names import Address, Sid
from confsync.plan.match import LiveResource
from confsync.redaction import mask_urls
from confsync.state.ledger import Ledger

LONGEST = 48
"""The largest number of characters of a key that is made from a name."""

LONGEST_IDENTIFIER = 64
"""The largest number of characters of a name that becomes the key as it is."""


class ChoosesKeys(Protocol):
    """Chooses the keys of the members of a collection."""

    def keys(self, home: Address, kind: Kind, members: Iterable[LiveResource]) -> Mapping[Sid, str]:
        """Choose a key for each member; `home` is the address of the collection."""
        ...


class Naming(Struct, frozen=True):
    """Knows which keys are in use."""

    config: Config
    ledger: Ledger

    def keys(self, home: Address, kind: Kind, members: Iterable[LiveResource]) -> Mapping[Sid, str]:
        """Choose a key for each member of a collection; `home` is the address of the collection."""
        by_age = sorted((each for each in members if each.sid), key=_age)
        used = {sid: key for sid, key in self._keys_in_use(home, kind, by_age) if key}
        taken = {each.casefold() for each in (*RESERVED_NAMES, *used.values())}
        taken.update(each.key.casefold() for each in self.config.resources if each[:-1] == home)
        keys = dict(used)
        for live in by_age:
            if live.sid and live.sid not in keys:
                keys[live.sid] = next(each for each in _candidates(live) if each.casefold() not in taken)
                taken.add(keys[live.sid].casefold())
        return keys

    def _keys_in_use(self, home: Address, kind: Kind, members: list[LiveResource]) -> Iterator[tuple[Sid, str]]:
        """Yield the resources that are owned, adopted or declared, with their keys."""
        declared = {each.address: each for each in self.config.members.get((_above(home), kind), ())}
        adopted = {sid: address for address, sid in self.config.adopt.items() if address in declared}
        used: set[Address] = set()
        for live in members:
            entry = self.ledger.owner.get(live.sid) if live.sid else None
            address = adopted.get(live.sid) if live.sid else None
            address = address or (entry.address if entry and entry.current and entry.address[:-1] == home else None)
            if live.sid and address and address not in used:
                used.add(address)
                yield live.sid, address.key
        by_key = {each.natural_key(): each.address for each in declared.values() if each.address not in used}
        for live in members:
            address = next((by_key.pop(key) for key in live.natural_keys if key in by_key), None)
            owned = live.sid in self.ledger.owner or live.sid in adopted
            if live.sid and address and not owned:
                yield live.sid, address.key


def slug(text: str) -> str:
    """Make a short key of a text: lower-case letters and digits, joined by hyphens. It may be empty."""
    plain = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    ascii_only = plain.encode("ascii", "ignore").decode()
    readable = ascii_only if any(map(str.isalnum, ascii_only)) else unicodedata.normalize("NFC", plain)
    words = "-".join(_WORD.findall(readable.casefold()))
    if len(words) <= LONGEST:
        return words
    return words[:LONGEST].rpartition("-")[0] or words[:LONGEST]


def variable_word(text: str) -> str:
    """Make a part of the name of a variable from a text."""
    return re.sub(r"[^a-z0-9]+", "_", slug(text).encode("ascii", "ignore").decode()).strip("_")


_WORD = re.compile(r"[^\W_]+(?:[_.][^\W_]+)*")


def _above(home: Address) -> Address:
    return Address(home[:-1])


def _age(live: LiveResource) -> tuple[datetime, str]:
    return live.created_at or datetime.min.replace(tzinfo=UTC), live.sid or ""


def _candidates(live: LiveResource) -> Iterator[str]:
    """Yield keys, the best one first: the name, the name with its type, and then numbered ones."""
    base = _base(live)
    yield base
    choices = (live.fields.get(each.name) for each in live.kind.key_fields[1:] if each.choices)
    qualified = "-".join((base, *(slug(each) for each in choices if isinstance(each, str))))
    if qualified != base:
        yield qualified
    number = 2
    while True:
        yield f"{base}-{number}"
        number += 1


def _base(live: LiveResource) -> str:
    values = (live.fields.get(each.name) for each in live.kind.key_fields)
    name = next((each for each in values if isinstance(each, str) and each), "")
    if mask_urls(name) != name:  # a key would show what is in it
        name = ""
    if live.kind.unique and not live.kind.key_is_label and _is_key(name):
        return name
    return slug(name) or slug(live.kind.title)


def _is_key(name: str) -> bool:
    """Whether a name can be a key as it is, and be read in an address without escapes."""
    return (
        0 < len(name) <= LONGEST_IDENTIFIER
        and name.isprintable()
        and name == name.strip()
        and "${{" not in name
        and str(Address.of(name)) == name
        and name not in (".", "..")
    )
