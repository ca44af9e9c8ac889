"""What we own and the configuration no longer declares, and what a person may do about it."""

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
    """An entry of the ledger that stands for no configured resource any more, and why."""

    entry: Entry
    sid: Sid
    reason: str

    @property
    def address(self) -> Address:
        """The address that it had."""
        return self.entry.address


SUPERSEDED = "superseded by another one under its key"
UNDECLARED = "no longer in the configuration"


def find_leftovers(config: Config, snapshot: Snapshot) -> Iterator[Leftover]:
    """Find everything that is ours and stands for no configured resource any more."""
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
    """Tell of what is left over, and what may be done about each."""
    for each in find_leftovers(config, snapshot):
        yield OrphanedResource(
            each.address, each.sid, _name(each, snapshot), each.reason, _advice(each, config, snapshot)
        )


def forgotten_resources(config: Config, entries: Mapping[Address, Entry]) -> Iterator[OrphanedResource]:
    """Tell of what `forget` names: from the next apply on it is not ours, and it stays as it is at Twilio."""
    for address, entry in entries.items():
        if entry.sid and is_forgotten(config, address):
            yield OrphanedResource(address, entry.sid, address.key, "no longer managed from the next apply on")


def without_forgotten(config: Config, ledger: Ledger) -> Ledger:
    """Give what we still own, once we let go of what `forget` names."""
    if not config.forget:
        return ledger
    return replace(ledger, entries=tuple(each for each in ledger.entries if not is_forgotten(config, each.address)))


def release_forgotten(config: Config, snapshot: Snapshot) -> Snapshot:
    """Let go of what `forget` names by where it stands now: what it is in may have moved in this very plan."""
    identity = snapshot.identity
    if not config.forget:
        return snapshot
    return replace(snapshot, identity=replace(identity, ledger=without_forgotten(config, identity.ledger)))


def is_forgotten(config: Config, address: Address) -> bool:
    """Whether `forget` names an address, or something that it is in."""
    return any(address.within(each) for each in config.forget)


def _name(leftover: Leftover, snapshot: Snapshot) -> str:
    found = snapshot.by_sid.get(leftover.sid)
    return (found.name if found else None) or leftover.address.key


def _advice(leftover: Leftover, config: Config, snapshot: Snapshot) -> str:
    """Say what to type: to have it deleted, or to let go of it."""
    address, kind = leftover.address, kind_of(leftover.address)
    parent = config.resources.get(parent_of(kind, address)) if kind else None
    if leftover.reason == SUPERSEDED:
        ways = [f"`adopt` it under an address of its own with `lifecycle.absent` to delete it: {leftover.sid}"]
    else:
        ways = [
            f"`forget: [{quote_yaml(str(address))}]` to let go of it",
            "declare it with `lifecycle.absent: true` to delete it",
        ]
    if kind and parent and leftover.entry.origin == "created":
        ways.append(f"`lifecycle.prune: [{kind.section}]` on {parent.address} deletes it")
    if kind and leftover.reason == UNDECLARED and (like := _made_beside(leftover, config, snapshot)):
        ways.append(f"`lifecycle.previously: [{quote_yaml(str(address))}]` on {like} if that is what became of it")
    return "; ".join(ways)


def _made_beside(leftover: Leftover, config: Config, snapshot: Snapshot) -> Address | None:
    """Give what would be made in the same place and looks like it: by its key, or by all else that is written."""
    made = (each for each in config.resources.values() if each.address[:-1] == leftover.address[:-1])
    new = [each for each in made if each.address not in snapshot.matches and not each.lifecycle.absent]
    alike = get_close_matches(leftover.address.key, [each.address.key for each in new], n=1)
    return next((each.address for each in new if each.address.key in alike or _looks_like(each, leftover.entry)), None)


def _looks_like(desired: Desired, entry: Entry) -> bool:
    """Whether everything is asked for that was applied before, but for what it is recognised by."""
    names = [each.name for each in desired.kind.fields if not each.in_natural_key and each.name in desired.fields]
    return bool(names) and all(entry.applied.get(name) == _digest(desired.fields[name]) for name in names)


def _digest(value: DesiredValue) -> str | None:
    return None if isinstance(value, Secret | MissingSecret) else value_digest(value)
