"""What an apply remembers of each change, once it is done: on disk before the next one is written."""

import secrets
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from confsync.config.desired import value_digest
from confsync.errors import LocalFileError
from confsync.names import Address, Sid
from confsync.plan.change import MADE, Change
from confsync.secret import Secret
from confsync.state.fingerprints import Fingerprinter, SecretPlace
from confsync.state.ledger import Entry, Ledger
from confsync.state.replay import Drop, Event, Put, Replay, ResourceId, events_between, resource_id_of
from confsync.state.store import StateStore

if TYPE_CHECKING:
    from confsync.plan.plan import Revision


class ApplyRecorder:
    """Starts from what a plan knew of the ledger, takes in changes one by one, and leaves the ledger that came of it.

    What was written is in the journal when a method returns. What was only noticed waits for the first write, so that
    an apply without any leaves no journal. Where the journal cannot be written, `ready` says so, nothing more should be
    written to Twilio, and `close` tells of it.
    """

    def __init__(self, books: StateStore, known: Ledger, fingerprinter: Fingerprinter) -> None:
        self._books = books
        self._account_sid = known.account_sid
        self._fingerprinter = fingerprinter
        self._folding = Replay(books.ledger)
        self._finished = books.ledger
        self._open = False
        self._trouble: LocalFileError | None = None
        self._noticed: list[Event] = []
        self._unsaid: list[Event] = []
        self._ids: dict[Address, str] = {}
        self._dropped: dict[Sid, tuple[Entry, ...]] = {}
        self._notice(*events_between(books.ledger, known))

    @property
    def ledger(self) -> Ledger:
        """The ledger as it is now."""
        return replace(self._finished, entries=self._folding.ledger.entries)

    def ready(self) -> bool:
        """Open the journal before the first write, and say before each one whether it could be remembered."""
        if not self._open:
            self._open = True
            self._write_down()
        return self._trouble is None

    def id_of(self, change: Change, sid: Sid | None = None) -> str:
        """Give the id that a thing has in the ledger, or will have: it is known before the thing is made."""
        known = self._folding.owned.get(sid or change.address)
        return known.id if known else self._ids.setdefault(change.address, secrets.token_hex(8))

    def remember(self, change: Change, sid: Sid | None, date_updated: str | None) -> None:
        """Take in a change that is done, or that needed nothing; what had its address before is superseded."""
        entry = self._entry(change, self._folding.owned.get(sid or change.address), sid, date_updated)
        self._ids.pop(change.address, None)
        self._notice(Put(entry))
        if change.writes or change.built_in:
            self._write_down(Put(entry))

    def forget(self, things: Iterable[ResourceId]) -> None:
        """Take out what is not ours, though nothing happened to it: by SID, or what is current at an address."""
        for thing in things:
            entry = self._folding.current.get(thing) if isinstance(thing, Address) else self._folding.owned.get(thing)
            if entry:
                self._notice(Drop(resource_id_of(entry)))

    def drop(self, sid: Sid) -> None:
        """Take out what was deleted, and whatever was in it."""
        self._dropped[sid] = tuple(self._folding.within(sid))
        events = tuple(Drop(resource_id_of(each)) for each in self._dropped[sid])
        self._notice(*events)
        self._write_down(*events)

    def take_back(self, sid: Sid) -> None:
        """Put in again what was taken for deleted."""
        events = tuple(Put(each) for each in self._dropped.pop(sid, ()))
        self._notice(*events)
        self._write_down(*events)

    def forget_applied(self, address: Address, names: Container[str]) -> None:
        """Take back that these fields were applied: Twilio keeps them otherwise."""
        entry = self._folding.current.get(address)
        if entry:
            applied = {name: digest for name, digest in entry.applied.items() if name not in names}
            event = Put(replace(entry, applied=applied))
            self._notice(event)
            self._write_down(event)

    def finish(self, applied: "Revision | None", spent: Mapping[str, str]) -> None:
        """Say that everything is done: what was applied, if that is a whole configuration, and which plans are spent.

        A commit that is not known does not take the place of one that is.
        """
        self._finished = replace(self._finished, spent_plans={**self._finished.spent_plans, **spent})
        if applied:
            commit = applied.commit or self._finished.commit
            self._finished = replace(self._finished, configuration_digest=applied.digest, commit=commit)

    def close(self) -> None:
        """Write the ledger, and take the journal away. Raises LocalFileError where one of them could not be written.

        What is then known to nobody is named: it was written at Twilio, and is on no disk.
        """
        try:
            self._books.close(self.ledger)
        except LocalFileError as trouble:
            raise _told(trouble, self._unsaid) from trouble
        if self._trouble:
            raise LocalFileError(
                self._trouble.happened,
                changed="What was written stands in the ledger; nothing more was.",
                hint=self._trouble.hint,
            ) from self._trouble

    def _notice(self, *events: Event) -> None:
        for event in events:
            self._folding.take(event)
        self._noticed += events

    def _write_down(self, *done: Event) -> None:
        """Put whatever is not in the journal into it; `done` is what was written at Twilio."""
        self._open = True
        self._unsaid += done
        if self._trouble:
            return
        try:
            self._books.journal.append(self._noticed)
        except LocalFileError as trouble:
            self._trouble = trouble
            return
        self._noticed.clear()
        self._unsaid.clear()

    def _entry(self, change: Change, known: Entry | None, sid: Sid | None, date_updated: str | None) -> Entry:
        identifier = known.id if known else self.id_of(change, sid)
        origin = known.origin if known else "created" if MADE.intersection(change.actions) else "adopted"
        protect = change.desired.lifecycle.protect
        return Entry(
            address=change.address,
            sid=sid,
            id=identifier,
            origin=origin,
            protect=protect if protect is not None else bool(known and known.protect),
            applied=dict(_applied(change, known)),
            fingerprints=dict(self._fingerprints(change, known, identifier)),
            secret_version=change.desired.secret_version or (known.secret_version if known else None),
            date_updated=date_updated,
        )

    def _fingerprints(self, change: Change, known: Entry | None, identifier: str) -> Iterator[tuple[str, str]]:
        """Fingerprint what was sent now, or was seen to be the same, and keep what is known of the rest."""
        before: Mapping[str, str] = known.fingerprints if known else {}
        yield from ((name, digest) for name, digest in before.items() if name not in change.desired.fields)
        for name, value in change.desired.fields.items():
            seen = not change.kind.by_name[name].write_only and name not in before
            if isinstance(value, Secret) and (name in change.send or seen):
                place = SecretPlace(self._account_sid, identifier, name)
                yield name, self._fingerprinter.take(value, place)
            elif name in before:
                yield name, before[name]


_MOST_NAMED = 10


def _told(trouble: LocalFileError, unsaid: Sequence[Event]) -> LocalFileError:
    """Name what neither ledger nor journal knows."""
    if not unsaid:
        return trouble
    names = ", ".join(_name(each) for each in unsaid[:_MOST_NAMED])
    more = f" and {len(unsaid) - _MOST_NAMED:,} more" if len(unsaid) > _MOST_NAMED else ""
    changed = f"{trouble.changed} Nothing on this disk knows of: {names}{more}."
    return LocalFileError(trouble.happened, changed=changed, hint=trouble.hint)


def _name(event: Event) -> str:
    match event:
        case Put(entry):
            return f"{entry.address} ({entry.sid})" if entry.sid else str(entry.address)
        case Drop(thing):
            return f"{thing}, which is gone"


def _applied(change: Change, known: Entry | None) -> Iterator[tuple[str, str]]:
    """Digest what was sent or seen to be so, and keep what is known of what is ignored."""
    before: Mapping[str, str] = known.applied if known else {}
    for name, value in change.desired.fields.items():
        field = change.kind.by_name[name]
        if field.secret or isinstance(value, Secret):
            continue
        unsent = (field.write_only and change.terminal) or name in change.create_only_unset
        if (change.desired.wants(field) and not unsent) or name in change.send:
            yield name, value_digest(value)
        elif name in before:
            yield name, before[name]
