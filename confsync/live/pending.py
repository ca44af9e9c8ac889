"""Finds out what became of the creates and replacements of an earlier run whose outcome is not known."""

from collections.abc import Container, Iterable, Iterator, Mapping

from msgspec.structs import replace

from confsync.config.desired import Desired, value_digest
from confsync.live.reading import Reading
from confsync.names import Address, Sid
from confsync.plan.match import LiveResource
from confsync.resources import kind_of
from confsync.secret import as_secret
from confsync.state.ledger import Entry, Ledger, PendingCreate, PendingReplace
from confsync.state.replay import Put, ResourceId, replay_events


def settle_pending(
    ledger: Ledger, reading: Reading, declared: Mapping[Address, Desired], elsewhere: Container[Sid] = ()
) -> Ledger:
    """Record as created what pending creates made, as far as the live state shows it beyond doubt.

    It is nothing of what is `elsewhere`: a different environment of the account owns that.
    """
    return replay_events(ledger, _settled(ledger, reading, declared, elsewhere)) if ledger.pending else ledger


def settle_replaces(ledger: Ledger, reading: Reading) -> Ledger:
    """Drop each pending replace whose resource still exists: it was not deleted."""
    if not ledger.pending_replaces:
        return ledger
    return replace(
        ledger, pending_replaces=tuple(each for each in ledger.pending_replaces if not _is_live(each, reading))
    )


def _is_live(pending: PendingReplace, reading: Reading) -> bool:
    kind, parent = kind_of(pending.address), pending.inside[-1] if pending.inside else None
    members = reading.collections.get((parent, kind), ()) if kind else ()
    return any(each.sid == pending.sid for each in members)


def candidates_for(
    pending: PendingCreate,
    members: Iterable[LiveResource],
    owned: Container[ResourceId],
    desired: Desired | None,
) -> tuple[LiveResource, ...]:
    """Find what a pending create may have made: what has the natural key, was not there before, and is not owned.

    `desired` is what is declared at its address now.
    """
    free = (each for each in members if each.sid and each.sid not in pending.existing and each.sid not in owned)
    return tuple(each for each in free if _has_key(pending, each) and _has_sensitive_key(pending, each, desired))


def is_result_of(pending: PendingCreate, live: LiveResource) -> bool:
    """Whether a resource has every value that a pending create sent and that Twilio returns."""
    return all(_has(live, name, digest) for name, digest in pending.sent.items())


def _settled(
    ledger: Ledger, reading: Reading, declared: Mapping[Address, Desired], elsewhere: Container[Sid]
) -> Iterator[Put]:
    for pending in ledger.pending:
        kind = kind_of(pending.entry.address)
        parent = pending.entry.inside[-1] if pending.entry.inside else None
        listed = reading.collections.get((parent, kind), ()) if kind else ()
        members = tuple(each for each in listed if each.sid not in elsewhere)
        found = candidates_for(pending, members, ledger.owner, declared.get(pending.entry.address))
        current = ledger.current.get(pending.entry.address)
        taken = current is not None and not _is_superseded(current, pending, members)
        if len(found) == 1 and is_result_of(pending, found[0]) and not taken:
            yield Put(replace(pending.entry, sid=found[0].sid, date_updated=found[0].date_updated))


def _is_superseded(current: Entry, pending: PendingCreate, members: Iterable[LiveResource]) -> bool:
    """Whether a pending create was to supersede what confsync owns at its address: a live one with another key."""
    return any(each.sid == current.sid and not _has_key(pending, each) for each in members)


def _has_key(pending: PendingCreate, live: LiveResource) -> bool:
    names = (each.name for each in live.kind.key_fields if each.name in pending.sent)
    return all(_has(live, name, pending.sent[name]) for name in names)


def _has_sensitive_key(pending: PendingCreate, live: LiveResource, desired: Desired | None) -> bool:
    """Whether a resource has the sensitive part of the natural key, of which a pending create has no digest."""
    names = [each.name for each in live.kind.key_fields if each.name in pending.entry.fingerprints]
    fields = desired.fields if desired else {}
    return all(name in fields and as_secret(fields[name]) == as_secret(live.fields.get(name)) for name in names)


def _has(live: LiveResource, name: str, digest: str) -> bool:
    return name in live.fields and value_digest(live.fields[name]) == digest
