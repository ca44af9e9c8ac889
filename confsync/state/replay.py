"""Replays events on a ledger. The events come from a running apply, or from the journal of an earlier one."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from confsync.codecs import Value
from confsync.names import Address, Sid
from confsync.state.ledger import Entry, Ledger, PendingCreate, PendingReplace, entries_inside

ResourceId = Sid | Address
"""What identifies an entry: its SID, or its address if Twilio creates the resource and gives it no SID."""


FieldValues = Mapping[str, Value]
RecordedValues = Mapping[Sid, FieldValues]
"""The undeclared values of resources that a replacement deletes, by SID, as far as a file may contain them."""


class Put(Struct, frozen=True):
    """An entry as it is now; another entry that was current at its address is superseded.

    It also ends a replacement at its address: the resource exists.
    """

    entry: Entry


class Drop(Struct, frozen=True):
    """A resource that confsync does not own, or that no longer exists. It also ends the replacements in it."""

    resource: ResourceId


class Begin(Struct, frozen=True):
    """A create is about to be sent. The `Put` or the `Abandon` with the id of its entry ends it."""

    pending: PendingCreate


class Abandon(Struct, frozen=True):
    """A create that was begun did not happen. `entry_id` is the id of its entry."""

    entry_id: str


class Spend(Struct, frozen=True):
    """An apply of a saved plan is complete, and the ledger is about to say that the plan is spent.

    As long as the journal says so, too, the apply has not ended.
    """

    plan_id: str


class BeginReplace(Struct, frozen=True):
    """A replacement is about to delete a resource. `values` are those of its fields that a file may contain.

    The `Put` of a resource at its address ends it, and so does an `EndReplace` with its SID.
    """

    pending: PendingReplace
    values: FieldValues = {}


class EndReplace(Struct, frozen=True):
    """A replacement has nothing to restore any more. `sid` is the SID of the resource that it was to delete."""

    sid: Sid


Event = Put | Drop | Begin | Abandon | Spend | BeginReplace | EndReplace


def resource_id_of(entry: Entry) -> ResourceId:
    """Return what identifies an entry."""
    return entry.sid or entry.address


def replay_events(ledger: Ledger, events: Iterable[Event]) -> Ledger:
    """Apply events to a ledger; replaying them a second time changes nothing."""
    replay = Replay(ledger)
    for event in events:
        replay.apply(event)
    return replay.ledger


def events_between(before: Ledger, after: Ledger, recorded: RecordedValues | None = None) -> Iterator[Event]:
    """Describe in events how the entries of one ledger became those of another.

    `recorded` has the values of the pending replaces.
    """
    known = {resource_id_of(each): each for each in before.entries}
    remaining = {resource_id_of(each) for each in after.entries}
    yield from (Drop(resource) for resource in known if resource not in remaining)
    yield from (Put(each) for each in after.entries if known.get(resource_id_of(each)) != each)
    open_ids = {each.entry.id for each in after.pending} | {each.id for each in after.entries}
    yield from (Abandon(each.entry.id) for each in before.pending if each.entry.id not in open_ids)
    left = {each.sid for each in after.pending_replaces}
    yield from (EndReplace(each.sid) for each in before.pending_replaces if each.sid not in left)
    moved = (each for each in after.pending_replaces if each not in before.pending_replaces)
    yield from (BeginReplace(each, (recorded or {}).get(each.sid, {})) for each in moved)


class Replay:
    """A ledger that takes events one at a time, each in constant time."""

    def __init__(self, ledger: Ledger) -> None:
        self._before = ledger
        current_last = sorted(ledger.entries, key=lambda each: each.current)
        self.owned: dict[ResourceId, Entry] = {resource_id_of(each): each for each in current_last}
        self.current: dict[Address, Entry] = dict(ledger.current)
        self.pending: dict[str, PendingCreate] = {}
        self._pending_at: dict[Address, dict[str, PendingCreate]] = {}
        for each in ledger.pending:
            self._begin(each)
        self.replaces: dict[Sid, PendingReplace] = {each.sid: each for each in ledger.pending_replaces}

    @property
    def ledger(self) -> Ledger:
        """The ledger as it is now."""
        return replace(
            self._before,
            entries=tuple(self.owned.values()),
            pending=tuple(self.pending.values()),
            pending_replaces=tuple(self.replaces.values()),
        )

    def apply(self, event: Event) -> None:
        """Apply one event."""
        match event:
            case Put(entry):
                self._end(entry.id)
                self._vacate(resource_id_of(entry))
                if entry.current:
                    self._make_current(entry)
                    self._end_replaces(each.sid for each in self.replaces.values() if each.address == entry.address)
                self.owned[resource_id_of(entry)] = entry
            case Drop(resource):
                self._vacate(resource)
                self.owned.pop(resource, None)
                self._end_replaces(each.sid for each in self.replaces.values() if resource in each.inside)
            case Begin(pending):
                self._begin(pending)
            case Abandon(entry_id):
                self._end(entry_id)
            case BeginReplace(pending):
                self.replaces[pending.sid] = pending
            case EndReplace(sid):
                self._end_replaces((sid,))

    def pending_create(self, address: Address) -> PendingCreate | None:
        """Return the create at an address whose outcome is not known, if there is one."""
        # another thread may apply events meanwhile
        return next(iter(tuple(self._pending_at.get(address, {}).values())), None)

    def entries_within(self, resource: ResourceId) -> Iterator[Entry]:
        """Yield the entry of a resource, and those of everything in it."""
        entry = self.owned.get(resource)
        yield from (entry,) if entry else ()
        if not isinstance(resource, Address):
            yield from entries_inside(self.owned.values(), resource, entry)

    def _begin(self, pending: PendingCreate) -> None:
        self._end(pending.entry.id)
        self.pending[pending.entry.id] = pending
        self._pending_at.setdefault(pending.entry.address, {})[pending.entry.id] = pending

    def _end(self, entry_id: str) -> None:
        ended = self.pending.pop(entry_id, None)
        if ended:
            at = self._pending_at[ended.entry.address]
            del at[entry_id]
            if not at:
                del self._pending_at[ended.entry.address]

    def _end_replaces(self, sids: Iterable[Sid]) -> None:
        for sid in tuple(sids):
            self.replaces.pop(sid, None)

    def _vacate(self, resource: ResourceId) -> None:
        """Leave the address at which a resource is current without a current entry."""
        known = self.owned.get(resource)
        if known and known.current:
            self.current.pop(known.address, None)

    def _make_current(self, entry: Entry) -> None:
        before = self.current.get(entry.address)
        if before:
            self.owned[resource_id_of(before)] = replace(before, current=False)
        self.current[entry.address] = entry
