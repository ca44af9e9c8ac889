"""Owned resources that the configuration no longer declares, or that it forgets."""

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from confsync.config.config import Config
from confsync.live.snapshot import Snapshot
from confsync.names import Address, Sid
from confsync.plan.plan import OrphanedResource
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
    matched = {match.found.sid for address, match in snapshot.matches.items() if address in config.declared}
    superseded = {found.sid for found in snapshot.identity.superseded.values()}
    for entry in snapshot.ledger.entries:
        if entry.sid is None or entry.sid in matched:
            continue
        if not entry.current or entry.sid in superseded:
            yield Leftover(entry, entry.sid, SUPERSEDED)
        elif entry.address not in config.declared:
            yield Leftover(entry, entry.sid, UNDECLARED)


def forgotten_resources(config: Config, entries: Mapping[Address, Entry]) -> Iterator[OrphanedResource]:
    """Find the owned resources that `forget` names: the next apply drops them from the ledger only."""
    for address, entry in entries.items():
        if entry.sid and is_forgotten(config, address):
            yield OrphanedResource(address, entry.sid, address.key, "the next apply stops managing it")


def without_forgotten(config: Config, ledger: Ledger) -> Ledger:
    """Return the ledger without what `forget` names."""
    if not config.forget:
        return ledger
    return replace(
        ledger,
        entries=tuple(each for each in ledger.entries if not is_forgotten(config, each.address)),
        pending=tuple(each for each in ledger.pending if not is_forgotten(config, each.entry.address)),
        pending_replaces=tuple(each for each in ledger.pending_replaces if not is_forgotten(config, each.address)),
    )


def snapshot_without_forgotten(config: Config, snapshot: Snapshot) -> Snapshot:
    """Drop what `forget` names from the snapshot's ledger, by its current address: its parent may have moved."""
    identity = snapshot.identity
    if not config.forget:
        return snapshot
    return replace(snapshot, identity=replace(identity, ledger=without_forgotten(config, identity.ledger)))


def owned_lookups(config: Config, snapshot: Snapshot) -> Iterator[Entry]:
    """Find the entries of resources that are only looked up now: they leave the ledger."""
    for address, entry in snapshot.ledger.current.items():
        declared = config.declared.get(address)
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
