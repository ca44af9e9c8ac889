"""Decides what a snapshot contains: what a plan reads, without secrets and without personal data.

A resource type that declares itself, its natural key or what contains it as personal is left out. A value that is
sensitive, or that may contain a token, is replaced by a mask. For a masked value, the snapshot says whether it was the
one that confsync last applied. With the digest of that one in the ledger, a plan can still compare it in most cases.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from confsync.annotations import Trait
from confsync.codecs import Value
from confsync.config.config import Config
from confsync.config.desired import Desired, value_digest
from confsync.config.tree import MissingSecret
from confsync.extra_parameters import is_extra
from confsync.live.pending import settle_pending
from confsync.live.saved_snapshot import RecordedCollection, RecordedResource, SavedSnapshot, TakenBy
from confsync.live.snapshot import Snapshot
from confsync.model import Kind
from confsync.names import Address, Sid
from confsync.plan.match import LiveResource
from confsync.plan.plan import UnmanagedCount
from confsync.redaction import mask_url_path, mask_urls
from confsync.resources import children_of, has_personal_name, kind_of
from confsync.secret import MASK, Secret
from confsync.state.ledger import Entry, Ledger
from confsync.state.other_environments import OtherEnvironments, OtherLedger

SHORTEST_FOUND = 8
"""A shorter secret is not searched for in other values, which would often contain it by chance."""


class Occasion(Struct, frozen=True, kw_only=True):
    """When and by what a snapshot is taken, and of what."""

    taken_at: datetime
    taken_by: TakenBy
    environment: str | None
    commit: str | None = None
    unmanaged_counts: tuple[UnmanagedCount, ...] = ()


def is_recordable(kind: Kind) -> bool:
    """Whether a snapshot may contain resources of a kind: neither they nor what contains them is personal.

    A collection whose members are not listed cannot be recorded completely, so it is left out too.
    """
    listed = not kind.read_by_name and kind.linked_kind is None
    return (
        listed
        and not has_personal_name(kind)
        and (kind.parent is None or kind.parent.group or is_recordable(kind.parent))
    )


def record_snapshot(
    config: Config, snapshot: Snapshot, ledger: Ledger | None, host: str, account_sid: str, occasion: Occasion
) -> SavedSnapshot:
    """Record what was read of an account. `ledger` is the one to plan with; None if there is none."""
    others = snapshot.identity.others
    known = ledger and settle_pending(ledger, snapshot.reading, config.resources, others.owner)
    recorder = _Recorder(config, snapshot)
    recorder.record(None, Address(), None, ())
    return SavedSnapshot(
        taken_at=occasion.taken_at,
        taken_by=occasion.taken_by,
        account_sid=account_sid,
        host=host,
        environment=occasion.environment,
        digest=config.digest,
        commit=occasion.commit,
        ledger=known and _public_ledger(known),
        others=OtherEnvironments(
            tuple(OtherLedger(each.environment, _bare_ledger(each.ledger)) for each in others.ledgers)
        ),
        collections=tuple(recorder.collections),
        resources=tuple(recorder.resources),
        unmanaged_counts=occasion.unmanaged_counts,
    )


class _Recorder:
    """Walks what was read from the top down, and keeps what a snapshot may contain."""

    def __init__(self, config: Config, snapshot: Snapshot) -> None:
        self.collections: list[RecordedCollection] = []
        self.resources: list[RecordedResource] = []
        self._config = config
        self._reading = snapshot.reading
        self._addresses = {sid: address for address, sid in snapshot.sids.items()}
        self._ledger = snapshot.identity.ledger
        self._secrets = tuple(secrets_of(config))

    def record(self, parent: Kind | None, above: Address, sid: Sid | None, inside: tuple[Sid, ...]) -> None:
        for kind in children_of(parent):
            home = above / kind.section
            if kind.group:
                self.record(kind, home, None, inside)
            elif not is_recordable(kind):
                continue
            elif kind.singleton and (live := self._reading.singletons.get((sid, kind))):
                self.resources.append(RecordedResource(home, inside, self._masked(home, live)))
            elif (members := self._reading.collections.get((sid, kind))) is not None:
                self._record_members(RecordedCollection(home, kind, inside), members)

    def _record_members(self, collection: RecordedCollection, members: Iterable[LiveResource]) -> None:
        found = [(self._address_in(collection.address, each), each) for each in members]
        recorded = [(address, self._masked(address, each)) for address, each in found]
        if any(key.name in each.masked for _, each in recorded for key in each.kind.key_fields):
            return  # nobody could tell whether one of them is what is declared
        self.collections.append(collection)
        for address, each in recorded:
            self.resources.append(RecordedResource(address, collection.inside, each))
            if each.sid in self._addresses:
                self.record(collection.kind, address, each.sid, (*collection.inside, each.sid))

    def _address_in(self, home: Address, live: LiveResource) -> Address:
        """Return the address of a live resource; one that is not declared has that of its live name."""
        matched = self._addresses.get(live.sid) if live.sid else None
        return matched or home / str(live.name or live.sid)

    def _masked(self, address: Address, live: LiveResource) -> LiveResource:
        desired = self._config.resources.get(address)
        entry = self._ledger.owner.get(live.sid) if live.sid else self._ledger.current.get(address)
        masks = {
            name: shown
            for name, value in live.fields.items()
            if (shown := self._mask(name, value, desired, entry, live)) is not None
        }
        applied = entry.applied if entry else {}
        masked = {name: applied.get(name) == value_digest(live.fields[name]) for name in masks}
        return replace(live, fields={**live.fields, **masks}, masked=masked)

    def _mask(
        self, name: str, value: Value, desired: Desired | None, entry: Entry | None, live: LiveResource
    ) -> str | None:
        """Return what to show instead of a value; None if the value itself may be shown."""
        declared = desired.fields.get(name) if desired else None
        texts = sorted(value) if isinstance(value, frozenset) else [value] if isinstance(value, str) else []
        if isinstance(declared, Secret | MissingSecret) or (entry and name in entry.fingerprints):
            return MASK
        if (is_extra(name) and declared is None) or any(map(self._is_secret, texts)):
            return MASK
        if any(mask_urls(each) != each for each in texts):
            return MASK
        is_receiver = any(each.name == name for each in live.kind.receivers)
        if not is_receiver or not isinstance(value, str) or value == declared:
            return None
        is_open = entry is not None and entry.applied.get(name) == value_digest(value)
        shown = value if is_open else mask_url_path(value)
        return shown if shown != value else None

    def _is_secret(self, text: str) -> bool:
        return contains_secret(text, self._secrets)


def contains_secret(text: str, secrets: Iterable[Secret]) -> bool:
    """Whether a text contains a secret that is long enough not to be there by chance."""
    return any(each.occurs_in(text, shortest=SHORTEST_FOUND) for each in secrets)


def secrets_of(config: Config) -> Iterator[Secret]:
    """Yield the sensitive values that this run knows, of variables and of fields, each once."""
    fields = (value for each in config.resources.values() for value in each.fields.values())
    values = (*config.variables.values.values(), *fields)
    yield from {each: None for each in values if isinstance(each, Secret)}


def _public_ledger(ledger: Ledger) -> Ledger:
    """Return what a plan needs of a ledger: without fingerprints, personal data and what only an apply uses."""
    entries = tuple(replace(each, fingerprints=dict.fromkeys(each.fingerprints, "")) for each in _recordable(ledger))
    return replace(ledger, entries=entries, spent_plans={}, pending=(), pending_replaces=())


def _bare_ledger(ledger: Ledger) -> Ledger:
    """Return what other environments need to know of a ledger: what it owns."""
    entries = tuple(
        Entry(address=each.address, sid=each.sid, id="", inside=each.inside, current=each.current, origin=each.origin)
        for each in _recordable(ledger)
    )
    return Ledger(ledger.account_sid, ledger.host, entries=entries)


def _recordable(ledger: Ledger) -> Iterator[Entry]:
    for each in ledger.entries:
        kind = kind_of(each.address)
        if kind and is_recordable(kind):
            yield replace(each, applied=_without_personal(kind, each.applied))


def _without_personal(kind: Kind, applied: Mapping[str, str]) -> dict[str, str]:
    """Leave out digests from which a short personal value could be guessed."""
    return {name: digest for name, digest in applied.items() if Trait.PERSONAL not in kind.by_name[name].traits}
