"""The ledger while an apply works on it: what is remembered of each change once it is done."""

import secrets
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace

from confsync.config.digest import digest
from confsync.engine.change import MADE, Change
from confsync.engine.fingerprints import Fingerprinter, SecretPlace
from confsync.engine.ledger import Entry, Ledger
from confsync.names import Address, Sid
from confsync.secret import Secret


class Record:
    """Starts from a ledger, takes in changes one by one, and gives the ledger that came of it."""

    def __init__(self, ledger: Ledger, fingerprinter: Fingerprinter) -> None:
        self._before = ledger
        self._fingerprinter = fingerprinter
        self._owned = {_thing(each): each for each in ledger.entries}
        self._current = dict(ledger.current)
        self._gone: set[Sid] = set()

    def remember(self, change: Change, sid: Sid | None, date_updated: str | None) -> None:
        """Take in a change that is done, or that needed nothing; what had its address before is superseded."""
        known = self._owned.get(sid or change.address)
        entry = self._entry(change, known, sid, date_updated)
        before = self._current.get(change.address)
        if before and _thing(before) != _thing(entry):
            self._owned[_thing(before)] = replace(before, current=False)
        self._owned[_thing(entry)] = self._current[change.address] = entry

    def forget(self, addresses: Iterable[Address]) -> None:
        """Take out what is current at these addresses: it is not ours."""
        for address in addresses:
            if entry := self._current.pop(address, None):
                del self._owned[_thing(entry)]

    def drop(self, sid: Sid) -> None:
        """Take out what was deleted, and whatever was in it."""
        self._gone.add(sid)

    def take_back(self, sid: Sid) -> None:
        """Put in again what was taken for deleted."""
        self._gone.discard(sid)

    def unlearn(self, address: Address, names: Container[str]) -> None:
        """Take back that these fields were applied: Twilio keeps them otherwise."""
        entry = self._current.get(address)
        if entry:
            applied = {name: digest for name, digest in entry.applied.items() if name not in names}
            self._owned[_thing(entry)] = self._current[address] = replace(entry, applied=applied)

    def ledger(self, configuration_digest: str | None) -> Ledger:
        """Give the ledger as it is now; the digest names the configuration if all of it is applied."""
        known = replace(
            self._before,
            entries=tuple(self._owned.values()),
            configuration_digest=configuration_digest or self._before.configuration_digest,
        )
        return known.without(self._gone)

    def _entry(self, change: Change, known: Entry | None, sid: Sid | None, date_updated: str | None) -> Entry:
        identifier = known.id if known else secrets.token_hex(8)
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
                place = SecretPlace(self._before.account_sid, identifier, name)
                yield name, self._fingerprinter.take(value, place)
            elif name in before:
                yield name, before[name]


def _thing(entry: Entry) -> Sid | Address:
    """What an entry is about: a SID, or for what Twilio makes by itself its address."""
    return entry.sid or entry.address


def _applied(change: Change, known: Entry | None) -> Iterator[tuple[str, str]]:
    """Digest what was sent or seen to be so, and keep what is known of what is ignored."""
    before: Mapping[str, str] = known.applied if known else {}
    for name, value in change.desired.fields.items():
        field = change.kind.by_name[name]
        if field.secret or isinstance(value, Secret):
            continue
        unsent = (field.write_only and change.ended) or name in change.too_late
        if (change.desired.wants(field) and not unsent) or name in change.send:
            yield name, digest(value)
        elif name in before:
            yield name, before[name]
