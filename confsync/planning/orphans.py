"""Owned resources that the configuration no longer declares, and what a user can do about each."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from msgspec import Struct
from msgspec.structs import replace

from confsync.config.config import Config
from confsync.config.desired import Desired, DesiredValue, MissingSecret, value_digest
from confsync.config.yaml import quote_yaml
from confsync.live.snapshot import Snapshot
from confsync.names import Address, Sid, parent_of
from confsync.plan.plan import OrphanedResource
from confsync.resources import kind_of
from confsync.secret import Secret
from confsync.state.ledger import Entry, Ledger


class Leftover(Struct, frozen=True):
    """An entry of the ledger that belongs to no configured resource any more, and the reason."""

    entry: Entry
    sid: Sid
    reason: str

    @property
    def address(self) -> Address:
        """Its last address."""
        return self.entry.address


SUPERSEDED = "superseded by another resource at its address"
UNDECLARED = "no longer in the configuration"


def find_leftovers(config: Config, snapshot: Snapshot) -> Iterator[Leftover]:
    """Find every owned resource that belongs to no configured one any more."""
    matched = {match.found.sid for match in snapshot.matches.values()}
    superseded = {found.sid for found in snapshot.identity.superseded.values()}
    for entry in snapshot.ledger.entries:
        if entry.sid is None or entry.sid in matched:
            continue
        if not entry.current or entry.sid in superseded:
            yield Leftover(entry, entry.sid, SUPERSEDED)
        elif entry.address not in config.resources:
            yield Leftover(entry, entry.sid, UNDECLARED)


def find_orphans(config: Config, snapshot: Snapshot) -> Iterator[OrphanedResource]:
    """Find every orphaned resource, with advice on what to do about it."""
    for each in find_leftovers(config, snapshot):
        yield OrphanedResource(
            each.address, each.sid, _name(each, snapshot), each.reason, _advice(each, config, snapshot)
        )


def forgotten_resources(config: Config, entries: Mapping[Address, Entry]) -> Iterator[OrphanedResource]:
    """Find the owned resources that `forget` names: the next apply drops them from the ledger only."""
    for address, entry in entries.items():
        if entry.sid and is_forgotten(config, address):
            yield OrphanedResource(address, entry.sid, address.key, "the next apply stops managing it")


def without_forgotten(config: Config, ledger: Ledger) -> Ledger:
    """Return the ledger without what `forget` names."""
    if not config.forget:
        return ledger
    return replace(ledger, entries=tuple(each for each in ledger.entries if not is_forgotten(config, each.address)))


def snapshot_without_forgotten(config: Config, snapshot: Snapshot) -> Snapshot:
    """Drop what `forget` names from the snapshot's ledger, by its current address: its parent may have moved."""
    identity = snapshot.identity
    if not config.forget:
        return snapshot
    return replace(snapshot, identity=replace(identity, ledger=without_forgotten(config, identity.ledger)))


def owned_lookups(config: Config, snapshot: Snapshot) -> Iterator[Entry]:
    """Find the entries of resources that are only looked up now: they leave the ledger."""
    for address, entry in snapshot.ledger.current.items():
        declared = config.resources.get(address)
        if declared and declared.lifecycle.lookup:
            yield entry


def unneeded_entries(config: Config, snapshot: Snapshot) -> Iterator[Entry]:
    """Find the entries of what Twilio creates by itself and the configuration no longer declares."""
    for address, entry in snapshot.ledger.current.items():
        # a protected resource keeps its entry, because it protects its parents too
        if address not in config.resources and entry.sid is None and not entry.protect:
            yield entry


def is_forgotten(config: Config, address: Address) -> bool:
    """Whether `forget` names an address, or something that contains it."""
    return any(address.within(each) for each in config.forget)


def _name(leftover: Leftover, snapshot: Snapshot) -> str:
    found = snapshot.by_sid.get(leftover.sid)
    return (found.name if found else None) or leftover.address.key


def _advice(leftover: Leftover, config: Config, snapshot: Snapshot) -> str:
    """Say how to delete a resource, and how to stop managing it."""
    address, kind = leftover.address, kind_of(leftover.address)
    parent = config.resources.get(parent_of(kind, address)) if kind else None
    if leftover.reason == SUPERSEDED:
        options = [f"`adopt` {leftover.sid} at a new address with `lifecycle.absent: true` to delete it"]
    else:
        options = [
            f"`forget: [{quote_yaml(str(address))}]` to stop managing it",
            "declare it with `lifecycle.absent: true` to delete it",
        ]
    if kind and parent and leftover.entry.origin == "created":
        options.append(f"`lifecycle.prune: [{kind.section}]` on {parent.address} deletes it")
    if kind and leftover.reason == UNDECLARED and (similar := _similar_create(leftover, config, snapshot)):
        options.append(f"`lifecycle.previously: [{quote_yaml(str(address))}]` on {similar} if that is its new address")
    return "; ".join(options)


def _similar_create(leftover: Leftover, config: Config, snapshot: Snapshot) -> Address | None:
    """Find a resource to create in the same collection with a similar key, or with the same other fields."""
    siblings = (each for each in config.resources.values() if each.address[:-1] == leftover.address[:-1])
    new = [each for each in siblings if each.address not in snapshot.matches and not each.lifecycle.absent]
    similar_keys = get_close_matches(leftover.address.key, [each.address.key for each in new], n=1)
    return next(
        (each.address for each in new if each.address.key in similar_keys or _looks_like(each, leftover.entry)), None
    )


def _looks_like(desired: Desired, entry: Entry) -> bool:
    """Whether all declared fields, except the natural key, have the values last applied to an entry."""
    names = [each.name for each in desired.kind.fields if not each.in_natural_key and each.name in desired.fields]
    return bool(names) and all(entry.applied.get(name) == _digest(desired.fields[name]) for name in names)


def _digest(value: DesiredValue) -> str | None:
    return None if isinstance(value, Secret | MissingSecret) else value_digest(value)
