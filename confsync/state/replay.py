"""What a ledger becomes by what happened since it was written, remembered or read from a journal."""

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from confsync.names import Address, Sid
from confsync.state.ledger import Entry, Ledger

ResourceId = Sid | Address
"""What an entry is about: a SID, or for what Twilio makes by itself its address."""


class Put(Struct, frozen=True):
    """An entry as it is now; what had its address before is superseded."""

    entry: Entry


class Drop(Struct, frozen=True):
    """A thing that is not ours, or is gone."""

    thing: ResourceId


Event = Put | Drop


def resource_id_of(entry: Entry) -> ResourceId:
    """Say what an entry is about."""
    return entry.sid or entry.address


def replay_events(ledger: Ledger, events: Iterable[Event]) -> Ledger:
    """Give the ledger that events make of one; to fold them once more changes nothing."""
    folding = Replay(ledger)
    for event in events:
        folding.take(event)
    return folding.ledger


def events_between(before: Ledger, after: Ledger) -> Iterator[Event]:
    """Tell in events how one ledger's entries became another's."""
    known = {resource_id_of(each): each for each in before.entries}
    kept = {resource_id_of(each) for each in after.entries}
    yield from (Drop(thing) for thing in known if thing not in kept)
    yield from (Put(each) for each in after.entries if known.get(resource_id_of(each)) != each)


class Replay:
    """A ledger that takes in events one by one, each in the same time however long it is."""

    def __init__(self, ledger: Ledger) -> None:
        self._before = ledger
        current_last = sorted(ledger.entries, key=lambda each: each.current)
        self.owned: dict[ResourceId, Entry] = {resource_id_of(each): each for each in current_last}
        self.current: dict[Address, Entry] = dict(ledger.current)

    @property
    def ledger(self) -> Ledger:
        """The ledger as it is now."""
        return replace(self._before, entries=tuple(self.owned.values()))

    def take(self, event: Event) -> None:
        """Take in what happened."""
        match event:
            case Put(entry):
                self._leave(resource_id_of(entry))
                if entry.current:
                    self._settle(entry)
                self.owned[resource_id_of(entry)] = entry
            case Drop(thing):
                self._leave(thing)
                self.owned.pop(thing, None)

    def within(self, thing: ResourceId) -> Iterator[Entry]:
        """Give the entry of a thing, and of what is in it if its address is its own."""
        entry = self.owned.get(thing)
        if entry is None:
            return
        yield entry
        if entry.current:
            home = entry.address
            yield from (each for each in self.owned.values() if each.address != home and each.address.within(home))

    def _leave(self, thing: ResourceId) -> None:
        """Let nobody be at the address where a thing is current."""
        known = self.owned.get(thing)
        if known and known.current:
            self.current.pop(known.address, None)

    def _settle(self, entry: Entry) -> None:
        before = self.current.get(entry.address)
        if before:
            self.owned[resource_id_of(before)] = replace(before, current=False)
        self.current[entry.address] = entry
