"""Guardrails for keys that Twilio allows only once in the account: a pair of addresses in its open conversations."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from confsync.annotations import Trait, holds
from confsync.config.desired import value_digest
from confsync.live.snapshot import Snapshot
from confsync.model import Kind
from confsync.names import Address, Sid, parent_of
from confsync.plan.change import CREATES, Change
from confsync.plan.guardrails import GuardrailRule
from confsync.plan.match import LiveResource
from confsync.plan.plan import Guardrail
from confsync.resources import kind_of
from confsync.secret import as_secret

Key = tuple[object, ...]


class Holder(Struct, frozen=True):
    """A resource that has such a key, and its SID if it exists in Twilio already."""

    address: Address
    sid: Sid | None = None


def find_keys_held_elsewhere(snapshot: Snapshot, changes: Iterable[Change]) -> Iterator[Guardrail]:
    """Block each create of a resource whose key another one has: Twilio would reject it halfway through the apply."""
    every = tuple(changes)
    creating = [each for each in every if CREATES.intersection(each.actions) and not each.terminal]
    taken = {each.key: key for each in creating if (key := _key(each.kind, each.send))}
    if not taken:
        return
    held: dict[Key, Holder] = {}
    for key, holder in (*_live_holders(snapshot, every), *_unread_holders(snapshot)):
        held.setdefault(key, holder)
    for change in (each for each in creating if each.key in taken):
        itself = Holder(change.address, change.sid)
        holder = held.get(_digests(change)) or held.setdefault(taken[change.key], itself)
        if holder.address[:-1] != change.address[:-1]:  # within one conversation, `freed_keys` decides
            yield _guardrail(change, holder, every, snapshot)


def _live_holders(snapshot: Snapshot, changes: tuple[Change, ...]) -> Iterator[tuple[Key, Holder]]:
    """Yield every such key in Twilio that was read and is not in something that is closed, or that the plan closes."""
    matched = {address: match.found for address, match in snapshot.matches.items()}
    live = {**{each.address: each.found for each in snapshot.unmanaged}, **matched}
    closing = {each.address for each in changes if each.match and _is_closed(each.match.found, each.send)}
    for address, found in live.items():
        key = _key(found.kind, found.fields)
        parent = parent_of(found.kind, address)
        if key and parent not in closing and not (parent in live and live[parent].terminal):
            entry = snapshot.ledger.owner.get(found.sid) if found.sid and address not in matched else None
            yield key, Holder(entry.address if entry else address, found.sid)


def _unread_holders(snapshot: Snapshot) -> Iterator[tuple[Key, Holder]]:
    """Yield the keys, as digests, of owned resources that were not read, because nothing around them is declared."""
    live = snapshot.by_sid
    for entry in snapshot.ledger.entries:
        kind = kind_of(entry.address)
        names = _names(kind) if kind and entry.sid not in live else ()
        closed = any(each in live and live[each].terminal for each in entry.inside)
        if kind and names and not closed and all(name in entry.applied for name in names):
            yield (kind.section, *(entry.applied[name] for name in names)), Holder(entry.address, entry.sid)


def _digests(change: Change) -> Key:
    """Return the key that a change gives to a resource as the ledger has it; a sensitive one has no digest."""
    values = [change.send.get(name) for name in _names(change.kind)]
    return (change.kind.section, *(value_digest(each) for each in values if isinstance(each, str)))


def _is_closed(found: LiveResource, send: Mapping[str, object]) -> bool:
    return bool(found.kind.terminal) and holds(found.kind.terminal, {**found.fields, **send}, if_unset=False)


def _key(kind: Kind, fields: Mapping[str, object]) -> Key:
    """Return the key that a resource has, if it has one of this sort."""
    names = _names(kind)
    values = tuple(as_secret(fields.get(name)) for name in names)
    return (kind.section, *values) if names and None not in values else ()


def _names(kind: Kind) -> tuple[str, ...]:
    return tuple(each.name for each in kind.key_fields if Trait.ONCE_IN_ACCOUNT in each.traits)


def _guardrail(change: Change, holder: Holder, changes: tuple[Change, ...], snapshot: Snapshot) -> Guardrail:
    kind, names = change.kind, " and ".join(change.desired.recognised_by)
    sid = f" ({holder.sid})" if holder.sid else ""
    parent = kind.parent.title if kind.parent else "account"
    return Guardrail(
        GuardrailRule.AMBIGUOUS,
        (change.address,),
        f"{holder.address}{sid} has the {names} of {change.address}, and Twilio allows that in only one open {parent}",
        _how_to_free(change, holder, changes, snapshot),
        change.source,
    )


def _how_to_free(change: Change, holder: Holder, changes: tuple[Change, ...], snapshot: Snapshot) -> str:
    """Say what to apply first so that the other resource loses the key."""
    if any(each.deletes and holder.address.within(each.address) for each in changes):
        return f"first apply a configuration without {change.address}, which deletes {holder.address}"
    if holder.sid is None or holder.address in snapshot.matches:
        return f"remove {change.address} or {holder.address} from the configuration"
    return f"delete {holder.sid} in Twilio, or declare it with `lifecycle.absent: true` and apply that first"
