"""Records each change of an apply, on disk before the next write is sent."""

import secrets
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from confsync.errors import LocalFileError
from confsync.names import Address, Sid
from confsync.plan.change import CREATES, Change, SecretState
from confsync.secret import Secret
from confsync.state.applied import applied_digests, copied_secrets, is_still_modified
from confsync.state.fingerprints import Fingerprinter, SecretPlace
from confsync.state.ledger import Entry, Ledger, PendingCreate, PendingReplace, superseded_and_protected
from confsync.state.replay import (
    Abandon,
    Begin,
    BeginReplace,
    Drop,
    EndReplace,
    Event,
    FieldValues,
    Put,
    Replay,
    ResourceId,
    Spend,
    events_between,
    resource_id_of,
)
from confsync.state.store import StateStore
from confsync.state.unrecorded import with_unrecorded

if TYPE_CHECKING:
    from confsync.plan.plan import Revision


class ApplyRecorder:
    """Starts with the ledger that a plan knew, records changes one by one, and writes the resulting ledger.

    When a method returns, everything written to Twilio is in the journal; within `one_commit`, when the block ends.
    Anything else waits for the first write, so that an apply without writes leaves no journal. If the journal cannot be
    written, `is_ready` returns false, so that no more is written to Twilio, and `close` raises the error.
    """

    def __init__(
        self,
        store: StateStore,
        known: Ledger,
        fingerprinter: Fingerprinter,
    ) -> None:
        self._store = store
        self._account_sid = known.account_sid
        self._fingerprinter = fingerprinter
        self._replay = Replay(store.ledger)
        self._finished = store.ledger
        self._opened = False
        self._error: LocalFileError | None = None
        self._buffered: list[Event] = []
        self._grouped = False
        self._flush_asked = False
        self._unsent: list[Abandon | EndReplace] = []
        self._unrecorded: list[Put | Drop] = []
        self._spends: tuple[str, ...] = ()
        self._dropped: dict[Sid | None, tuple[Entry, ...]] = {}
        self._superseded = superseded_and_protected(known)
        self._note(*events_between(store.ledger, known, store.recorded))

    @property
    def ledger(self) -> Ledger:
        """The ledger as it is now."""
        known = self._replay.ledger
        return replace(
            self._finished, entries=known.entries, pending=known.pending, pending_replaces=known.pending_replaces
        )

    @property
    def is_writable(self) -> bool:
        """Whether the journal has everything that it should have."""
        return self._error is None

    @contextmanager
    def one_commit(self) -> Iterator[None]:
        """Write what is recorded in a block to the journal with one fsync, when the block ends.

        Until then, nothing that the block records may be relied on. `is_writable` says afterwards whether it was
        written; if not, no create that began in the block may be sent.
        """
        self._grouped, self._flush_asked = True, False
        try:
            yield
        finally:
            self._grouped = False
            if self._flush_asked:
                self._flush()

    def is_ready(self) -> bool:
        """Whether the next write can be recorded; open the journal before the first one."""
        if not self._opened:
            self._flush()
        return self._error is None

    def record_change(
        self, change: Change, sid: Sid | None, date_updated: str | None, *, inside: tuple[Sid, ...] = ()
    ) -> None:
        """Record a change that is done, or that needed no write; supersede another resource at its address.

        `inside` are the SIDs of the resources that contain it, outermost first.
        """
        entry = self._entry_of_result(change, sid, date_updated)
        events = [
            *self._abandoned(change.address, entry.id),
            *self._unprotected(change, sid),
            Put(replace(entry, inside=inside or entry.inside)),
        ]
        if change.writes or change.built_in:
            self._write(*events)
        else:
            self._note(*events)

    def record_adoption(self, entry: Entry) -> None:
        """Record that confsync owns a resource to which it has written nothing yet."""
        self._note(Put(entry))

    @property
    def owned(self) -> Container[ResourceId]:
        """What confsync owns now."""
        return self._replay.owned

    def pending_create(self, address: Address) -> PendingCreate | None:
        """Return the create at an address whose outcome is not known, if there is one."""
        return self._replay.pending_create(address)

    def begin_create(
        self, change: Change, inside: tuple[Sid, ...], sent: Mapping[str, str], begun: datetime
    ) -> PendingCreate | None:
        """Record that a create is about to be sent. Return None if that fails; then it must not be sent.

        `inside` are the SIDs of what contains the resource, `sent` the digest of each value that Twilio will return.
        """
        earlier = self.pending_create(change.address)
        entry = self._entry(change, earlier.entry if earlier else None, None, None)
        pending = PendingCreate(
            entry=replace(entry, inside=inside),
            existing=tuple(dict.fromkeys((*(earlier.existing if earlier else ()), *change.same_name))),
            sent=sent,
            begun=begun.isoformat(),
        )
        self._note(Begin(pending))
        self._unsent += () if earlier else (Abandon(pending.entry.id),)
        self._flush()
        return None if self._error else pending

    def abandon_create(self, address: Address) -> None:
        """Record that a create did not happen."""
        self._note(*self._abandoned(address, ""))
        self._flush()

    def begin_replace(self, pending: PendingReplace, values: FieldValues) -> PendingReplace | None:
        """Record that a replacement is about to delete a resource. Return None if that fails; then it must not."""
        self._store.recorded[pending.sid] = values
        self._note(BeginReplace(pending, values))
        self._unsent.append(EndReplace(pending.sid))
        self._flush()
        return None if self._error else pending

    def begun_replace(self, address: Address) -> BeginReplace | None:
        """Return the replacement at an address whose create is not done, with the values that are recorded."""
        found = (each for each in tuple(self._replay.replaces.values()) if each.address == address)
        return next((BeginReplace(each, self._store.recorded.get(each.sid, {})) for each in found), None)

    def end_replace(self, sid: Sid) -> None:
        """Record that a replacement did not delete the resource."""
        self._note(EndReplace(sid))
        self._flush()

    def forget(self, resources: Iterable[ResourceId]) -> None:
        """Drop resources that confsync no longer owns, by SID or by the address at which they are current."""
        for resource in resources:
            known = self._replay
            entry = known.current.get(resource) if isinstance(resource, Address) else known.owned.get(resource)
            if entry:
                self._note(Drop(resource_id_of(entry)))

    def record_delete(self, sid: Sid) -> None:
        """Record that a resource was deleted, with everything in it. confsync may not have owned it."""
        self._dropped[sid] = tuple(self._replay.entries_within(sid))
        dropped = dict.fromkeys((sid, *(resource_id_of(each) for each in self._dropped[sid])))
        self._write(*map(Drop, dropped))

    def replace_entry(self, before: Entry, after: Entry) -> None:
        """Record that another resource takes the place of an owned one."""
        self._write(Drop(resource_id_of(before)), Put(after))

    def undo_delete(self, sid: Sid) -> None:
        """Restore the entries of a deletion that did not happen."""
        self._write(*(Put(each) for each in self._dropped.pop(sid, ())))

    def forget_applied(self, address: Address, names: Container[str]) -> None:
        """Record that these fields were not applied after all, because Twilio stored them differently."""
        entry = self._replay.current.get(address)
        if entry:
            applied = {name: digest for name, digest in entry.applied.items() if name not in names}
            self._write(Put(replace(entry, applied=applied)))

    def finish(self, applied: "Revision | None", spent: Mapping[str, str], sensitive: Iterable[str]) -> None:
        """Record that the apply is complete: the configuration, if all of it was applied, and the spent plans.

        `sensitive` are the variables that are sensitive; after a partial apply, those known before are, too.
        """
        self._spends = tuple(spent)
        before = () if applied else self._finished.sensitive_variables
        self._finished = replace(
            self._finished,
            spent_plans={**self._finished.spent_plans, **spent},
            sensitive_variables=tuple(sorted({*before, *sensitive})),
        )
        if applied:
            # an unknown commit does not replace a known one
            commit = applied.commit or self._finished.commit
            self._finished = replace(self._finished, configuration_digest=applied.digest, commit=commit)

    def close(self) -> None:
        """Write the ledger and delete the journal.

        Raises LocalFileError if one of them cannot be written. The error names what was written to Twilio and is
        recorded in neither.
        """
        if self._spends:
            self._note(*map(Spend, self._spends))
            self._flush()
        try:
            self._store.close(self.ledger)
        except LocalFileError as error:
            if not self._unrecorded:
                raise
            raise with_unrecorded(error, self._unrecorded) from error
        if self._error:
            raise LocalFileError(
                self._error.happened,
                changed="The ledger records what was written before that; nothing more was written.",
                hint=self._error.hint,
            ) from self._error

    def _note(self, *events: Event) -> None:
        """Apply events in memory; the next flush writes them to the journal."""
        for event in events:
            self._replay.apply(event)
        self._buffered += events

    def _write(self, *events: Event) -> None:
        """Record what was written to Twilio."""
        self._note(*events)
        self._unrecorded += [each for each in events if isinstance(each, Put | Drop)]
        self._flush()

    def _flush(self) -> None:
        """Append all pending events to the journal, unless that failed before; in a group, at its end."""
        if self._grouped:
            self._flush_asked = True
            return
        self._opened = True
        if self._error is None:
            self._append()
        if self._error:
            for each in self._unsent:  # what begins and is not on disk is never sent
                self._replay.apply(each)
        self._unsent.clear()

    def _append(self) -> None:
        try:
            self._store.journal.append(self._buffered)
        except LocalFileError as error:
            self._error = error
            return
        self._buffered.clear()
        self._unrecorded.clear()

    def _unprotected(self, change: Change, sid: Sid | None) -> Iterator[Put]:
        """Remove the protection of what the resource of a change supersedes, if the change removes protection."""
        if change.desired.lifecycle.protect is not False:
            return
        before = self._replay.current.get(change.address)
        for entry in (*self._superseded.pop(change.address, ()), *((before,) if before else ())):
            if entry.sid != sid and entry.protect:
                yield Put(replace(entry, current=False, protect=False))

    def _abandoned(self, address: Address, entry_id: str) -> Iterator[Event]:
        """Yield the event that ends the pending create at an address, unless an entry with this id ends it."""
        pending = self.pending_create(address)
        if pending and pending.entry.id != entry_id:
            yield Abandon(pending.entry.id)

    def _entry_of_result(self, change: Change, sid: Sid | None, date_updated: str | None) -> Entry:
        """Return the entry of a change that is done."""
        known = self._replay.owned.get(sid or change.address)
        pending = self.pending_create(change.address)
        if known is None and pending and sid and CREATES.intersection(change.actions):
            return replace(pending.entry, sid=sid, date_updated=date_updated)
        entry = self._entry(change, known, sid, date_updated)
        # Twilio also changes the date by itself, such as when a timer expires. Only a fingerprint needs the newest
        # date, and a ledger that changes without a reason costs its owners a commit.
        only_the_date = known and not change.writes and replace(entry, date_updated=known.date_updated) == known
        return known if known and only_the_date and not entry.fingerprints else entry

    def _entry(self, change: Change, known: Entry | None, sid: Sid | None, date_updated: str | None) -> Entry:
        identifier = known.id if known else secrets.token_hex(8)
        origin = known.origin if known else "created" if CREATES.intersection(change.actions) else "adopted"
        protect = change.desired.lifecycle.protect
        return Entry(
            address=change.address,
            sid=sid,
            id=identifier,
            inside=known.inside if known else (),
            origin=origin,
            protect=protect if protect is not None else bool(known and known.protect),
            applied=dict(applied_digests(change, known)),
            fingerprints=dict(self._fingerprints(change, known, identifier, date_updated)),
            secret_version=change.desired.secret_version or (known.secret_version if known else None),
            date_updated=known.date_updated if known and is_still_modified(change) else date_updated,
        )

    def _is_new(self, value: Secret, place: SecretPlace, known: str | None, *, unchanged: bool) -> bool:
        """Whether a live value needs another fingerprint; scrypt is slow, so a resource's date answers first."""
        if known is None or unchanged:
            return known is None
        return self._fingerprinter.compare(value, place, known) is not SecretState.UNCHANGED

    def _fingerprints(
        self, change: Change, known: Entry | None, identifier: str, date_updated: str | None
    ) -> Iterator[tuple[str, str]]:
        """Fingerprint the secrets that were sent or seen to be equal, and keep the other fingerprints."""
        before: Mapping[str, str] = known.fingerprints if known else {}
        yield from ((name, digest) for name, digest in before.items() if name not in change.desired.fields)
        fields = ((name, value) for name, value in change.desired.fields.items() if name not in change.desired.unmarked)
        for name, value in fields:
            place = SecretPlace(self._account_sid, identifier, name)
            readable = not change.kind.by_name[name].write_only
            unchanged = date_updated is not None and known is not None and date_updated == known.date_updated
            if isinstance(value, Secret) and (
                name in change.send or (readable and self._is_new(value, place, before.get(name), unchanged=unchanged))
            ):
                yield name, self._fingerprinter.fingerprint(value, place)
            elif name in before:
                yield name, before[name]
        for name, value in copied_secrets(change, self._dropped.get(change.sid, ())):
            yield name, self._fingerprinter.fingerprint(value, SecretPlace(self._account_sid, identifier, name))
