"""Merges two ledgers that began as the same one, entry by entry.

An entry that only one side changed is as that side has it. If both changed it, each of its fields is merged alike.
Only a contradiction is refused: one field with two new values, an entry that one side changed and the other dropped, or
two resources that are current at one address.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any, NoReturn, TypeVar

from msgspec.structs import replace

from confsync.errors import Refused
from confsync.names import Address
from confsync.state.ledger import Entry, Ledger, PendingCreate, PendingReplace
from confsync.state.replay import ResourceId, resource_id_of

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class ContradictionError(Exception):
    """Both sides changed the same value to different ones; the text names it."""


def merge_ledgers(base: Ledger | None, ours: Ledger, theirs: Ledger) -> Ledger:
    """Merge two ledgers of one account; `base` is what both began as. Raises Refused, which lists each contradiction.

    The order of the two does not matter. The serial counts the writes of both sides.
    """
    if (ours.account_sid, ours.host) != (theirs.account_sid, theirs.host):
        raise Refused(
            f"One ledger is of account {ours.account_sid} at {ours.host}, "
            f"and the other of {theirs.account_sid} at {theirs.host}.",
            hint=_KEEP_ONE,
        )
    before = base or Ledger(ours.account_sid, ours.host)
    if before in (ours, theirs):
        return theirs if before == ours else ours
    merging = _Merging()
    entries = merging.entries(before, ours, theirs)
    pending = merging.each(_pending(before), _pending(ours), _pending(theirs), _pick_pending)
    merging.check_current(entries.values())
    merging.refuse()
    last = _last_applied(before, ours, theirs)
    return Ledger(
        account_sid=ours.account_sid,
        host=ours.host,
        serial=ours.serial + theirs.serial - before.serial if ours != theirs else ours.serial,
        entries=tuple(entries[key] for key in sorted(entries, key=str)),
        configuration_digest=last.configuration_digest,
        commit=last.commit,
        spent_plans=_merge_plans(before.spent_plans, ours.spent_plans, theirs.spent_plans),
        lineage=_either(before.lineage, ours.lineage, theirs.lineage, min),
        pending=tuple(pending[key] for key in sorted(pending)),
        sensitive_variables=_merge_names(*(each.sensitive_variables for each in (before, ours, theirs))),
        pending_replaces=tuple(_merge_replaces(before, ours, theirs)),
    )


_KEEP_ONE = "Decide which of the two is right, keep that file, and run `confsync plan`: it finds the rest by name."


class _Merging:
    """Merges the parts of two ledgers, and collects the contradictions."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def entries(self, base: Ledger, ours: Ledger, theirs: Ledger) -> dict[ResourceId, Entry]:
        """Merge the entries."""
        return self.each(_by_resource(base), _by_resource(ours), _by_resource(theirs), _merge_entry)

    def each(
        self,
        base: Mapping[_Key, _Value],
        ours: Mapping[_Key, _Value],
        theirs: Mapping[_Key, _Value],
        merge: Callable[[_Value | None, _Value, _Value], _Value],
    ) -> dict[_Key, _Value]:
        """Merge two mappings; what only one side changed is as that side has it."""
        found = {}
        for key in dict.fromkeys((*ours, *theirs)):
            before, one, other = base.get(key), ours.get(key), theirs.get(key)
            try:
                value = _merge_value(before, one, other, merge)
            except ContradictionError as error:
                self._found.append(str(error))
                continue
            if value is not None:
                found[key] = value
        return found

    def check_current(self, entries: Iterable[Entry]) -> None:
        """Note two resources that are current at one address."""
        current: dict[Address, Entry] = {}
        for each in entries:
            if each.current and current.setdefault(each.address, each) is not each:
                sids = sorted(str(one.sid) for one in (current[each.address], each))
                self._found.append(f"{each.address} is {' and '.join(sids)}")

    def refuse(self) -> None:
        """Raise Refused if there are contradictions."""
        if self._found:
            raise Refused(f"The two ledgers contradict each other: {'; '.join(sorted(self._found))}.", hint=_KEEP_ONE)


def _merge_value(
    before: _Value | None,
    one: _Value | None,
    other: _Value | None,
    merge: Callable[[_Value | None, _Value, _Value], _Value],
) -> _Value | None:
    if other in (one, before):
        return one
    if one == before:
        return other
    if one is None or other is None:
        if _undated(one or other) == _undated(before):
            return None
        raise ContradictionError(f"one side changed {_name(one or other)}, and the other one dropped it")
    return merge(before, one, other)


def _undated(value: object) -> object:
    """Leave out when somebody touched the resource, which alone is no change of an entry."""
    return replace(value, date_updated=None) if isinstance(value, Entry) else value


def _name(value: object) -> str:
    entry = value.entry if isinstance(value, PendingCreate) else value
    return f"{entry.address} ({entry.sid or 'no SID'})" if isinstance(entry, Entry) else str(value)


def _by_resource(ledger: Ledger) -> dict[ResourceId, Entry]:
    return {resource_id_of(each): each for each in ledger.entries}


def _pending(ledger: Ledger) -> dict[str, PendingCreate]:
    return {each.entry.id: each for each in ledger.pending}


def _merge_entry(before: Entry | None, one: Entry, other: Entry) -> Entry:
    """Merge an entry that both sides changed, field by field."""
    merged: dict[str, Any] = {
        name: _merge_field(one, name, getattr(before, name, None), getattr(one, name), getattr(other, name))
        for name in Entry.__struct_fields__
    }
    if one.id != other.id:  # both sides adopted it by themselves; fingerprints are bound to the id
        chosen = min(one, other, key=lambda each: each.id)
        merged |= {"id": chosen.id, "fingerprints": chosen.fingerprints}
    return Entry(**merged)


def _merge_field(entry: Entry, name: str, before: Any, one: Any, other: Any) -> Any:  # noqa: ANN401 — of any field
    match name:
        case "id":
            return one
        case "date_updated":
            return _either(before, one, other, _newest)
        case "origin":
            # who adopted it did not know yet that the other one had created it
            return _either(before, one, other, lambda *_: "created")
        case "applied":
            return _merge_digests(before or {}, one, other, lambda field: _contradict(entry, field))
        case "fingerprints":
            # two fingerprints of one secret can differ: without either, confsync sends the secret once more
            return _merge_digests(before or {}, one, other, lambda _: None)
    return _either(before, one, other, lambda *_: _contradict(entry, name))


def _merge_digests(
    before: Mapping[str, str], one: Mapping[str, str], other: Mapping[str, str], both: Callable[[str], str | None]
) -> dict[str, str]:
    """Merge digests by field; `both` decides about one that both sides changed."""
    found = {}
    for name in sorted({*one, *other}):
        value = _either(before.get(name), one.get(name), other.get(name), lambda *_, name=name: both(name))
        if value is not None:
            found[name] = value
    return found


def _contradict(entry: Entry, field: str) -> NoReturn:
    raise ContradictionError(f"both sides changed {field} of {_name(entry)}")


def _pick_pending(_: PendingCreate | None, one: PendingCreate, other: PendingCreate) -> PendingCreate:
    """Keep the later of two attempts, with what either of them saw."""
    later = max(one, other, key=lambda each: (each.begun, sorted(each.sent.items())))
    return replace(later, existing=tuple(sorted({*one.existing, *other.existing})))


def _merge_replaces(base: Ledger, ours: Ledger, theirs: Ledger) -> Iterator[PendingReplace]:
    """Yield every replacement that one side began, and that neither side ended."""
    before, one, other = ({each.sid: each for each in side.pending_replaces} for side in (base, ours, theirs))
    for sid in sorted({*one, *other}):
        pending = _either(before.get(sid), one.get(sid), other.get(sid), _pick_replace)
        if pending is not None:
            yield pending


def _pick_replace(one: PendingReplace | None, other: PendingReplace | None) -> PendingReplace | None:
    return min(one, other, key=lambda each: (each.address, each.fields)) if one and other else None


def _either(before: _Value, one: _Value, other: _Value, both: Callable[[_Value, _Value], _Value]) -> _Value:
    """Return the value of the side that changed it; `both` decides if both sides did."""
    if other in (one, before):
        return one
    return other if one == before else both(one, other)


def _newest(one: str | None, other: str | None) -> str | None:
    return max(one, other, key=lambda each: each or "")


def _last_applied(base: Ledger, ours: Ledger, theirs: Ledger) -> Ledger:
    """Return the side whose configuration was applied last, as far as the dates of its entries tell."""

    def what(ledger: Ledger) -> tuple[str | None, str | None]:
        return ledger.configuration_digest, ledger.commit

    if what(ours) == what(theirs) or what(theirs) == what(base):
        return ours
    if what(ours) == what(base):
        return theirs
    return max(ours, theirs, key=lambda each: (_latest(each), str(each.commit), str(each.configuration_digest)))


def _latest(ledger: Ledger) -> str:
    return max((each.date_updated or "" for each in ledger.entries), default="")


def _merge_plans(base: Mapping[str, str], ours: Mapping[str, str], theirs: Mapping[str, str]) -> dict[str, str]:
    """Merge the spent plans: one side may have dropped those that have expired."""
    found = {}
    for each in sorted({*ours, *theirs}):
        expiry = _either(base.get(each), ours.get(each), theirs.get(each), _newest)
        if expiry is not None:
            found[each] = expiry
    return found


def _merge_names(base: Iterable[str], ours: Iterable[str], theirs: Iterable[str]) -> tuple[str, ...]:
    before, one, other = set(base), set(ours), set(theirs)
    return tuple(sorted((one | other) - (before - one) - (before - other)))
