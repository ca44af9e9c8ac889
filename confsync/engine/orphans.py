"""What we own and the configuration no longer declares."""

from collections.abc import Iterator
from dataclasses import dataclass

from confsync.config.config import Config
from confsync.engine.snapshot import Snapshot
from confsync.names import Address, Sid


@dataclass(frozen=True, slots=True)
class Orphan:
    """Something that we own and that the configuration no longer declares. It is left as it is.

    `name` is its live name, or its key where it was not read.
    """

    address: Address
    sid: Sid
    name: str
    reason: str


def orphans(config: Config, snapshot: Snapshot) -> Iterator[Orphan]:
    """Find everything that is ours and stands for no configured resource any more."""
    matched = {match.found.sid for match in snapshot.matches.values()}
    superseded = {found.sid for found in snapshot.identity.superseded.values()}
    names = {stray.found.sid: stray.found.name for stray in snapshot.strays}
    for entry in snapshot.ledger.entries:
        if entry.sid is None or entry.sid in matched:
            continue
        if not entry.current or entry.sid in superseded:
            reason = "superseded by another one under its key"
        elif entry.address not in config.resources:
            reason = "no longer in the configuration"
        else:
            continue
        yield Orphan(entry.address, entry.sid, names.get(entry.sid) or entry.address.key, reason)
