"""Compares three ways: what was last applied, what Twilio holds and what the configuration asks for.

The ledger has a digest of each field last applied, and a fingerprint of each sensitive one.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import repeat

from msgspec.structs import replace

from confsync.codecs import Edit
from confsync.config.desired import Desired, DesiredValue, value_digest
from confsync.config.tree import MissingSecret
from confsync.live.counting import top_collections
from confsync.model import Field, Kind
from confsync.names import Address, Sid
from confsync.plan.change import Action, Change, SecretState
from confsync.plan.difference import Difference
from confsync.plan.drift import AddedOutside, Coverage, DeletedOutside, Drift, DriftedField, LastApplied, Side
from confsync.plan.guardrails import GuardrailRule
from confsync.plan.plan import UnmanagedCount, UnmanagedResource
from confsync.planning.certificates import check_certificates
from confsync.planning.make import LivePlan
from confsync.resources import KINDS, kind_of
from confsync.secret import Secret
from confsync.state.fingerprints import SecretPlace
from confsync.state.ledger import Entry


def compare_three_ways(plan: LivePlan, at: datetime | None = None) -> Drift:
    """Say of every difference in a plan which side changed since the last apply.

    Certificates are compared with the time `at`, which is now by default.
    """
    deleted = tuple(_deleted_outside(plan))
    gone = frozenset(each.address for each in deleted)
    fields = (each for change in plan.changes for each in _Resource(plan, change, gone).drifted())
    strange = tuple(each for each in plan.unmanaged if not each.found.created_by_twilio)
    added = tuple(_added_outside(plan, strange))
    elsewhere = {each.resource.found.sid for each in added}
    certificates = check_certificates(plan, at or datetime.now(UTC))
    return Drift(
        plan=plan,
        fields=tuple(fields),
        deleted_outside=deleted,
        added_outside=added,
        unmanaged=tuple(each for each in strange if each.found.sid not in elsewhere),
        unmanaged_counts=tuple(_without_twilios_own(each) for each in plan.unmanaged_counts),
        expiring=certificates.expiring,
        unchecked_certificates=certificates.unchecked,
        coverage=_coverage(plan),
    )


def last_applied(plan: LivePlan, change: Change, field: Field) -> LastApplied:
    """Say which value of a declared field is the one last applied. If both are equal, that is the live one."""
    live, desired = change.before.get(field.name), change.desired.fields.get(field.name)
    return _Resource(plan, change, frozenset()).last_applied(Difference(field, live, desired))


_SIDES = {
    LastApplied.LIVE: Side.CONFIGURATION,
    LastApplied.DESIRED: Side.LIVE,
    LastApplied.NEITHER: Side.BOTH,
    LastApplied.UNKNOWN: Side.UNKNOWN,
}
"""The side that changed, by the current value that is still the one last applied."""


class _Resource:
    """One resource of a plan, with what the ledger knows about it."""

    def __init__(self, plan: LivePlan, change: Change, gone: frozenset[Address]) -> None:
        self._plan = plan
        self._change = change
        self._gone = gone
        self._entry = self._find_entry()

    def drifted(self) -> Iterator[DriftedField]:
        """Yield each difference."""
        change = self._change
        if Action.MOVE in change.actions or change.deletes:
            yield self._resource(Side.CONFIGURATION, LastApplied.LIVE)
        if change.match is None:
            if _must_exist(change.desired) and not any(change.address.within(each) for each in self._gone):
                yield self._resource(Side.CONFIGURATION, LastApplied.LIVE)
        elif not change.deletes:
            yield from (self._field(each) for each in (*change.differences, *self._refused()))
            yield from self._unreadable()

    def _find_entry(self) -> Entry | None:
        """Return the entry of the live resource; one without a SID is known by its address."""
        ledger, sid = self._plan.snapshot.ledger, self._change.sid
        return ledger.owner.get(sid) if sid else ledger.current.get(self._change.address)

    def _resource(self, side: Side, last: LastApplied) -> DriftedField:
        return DriftedField(self._change, side, last)

    def _field(self, difference: Difference) -> DriftedField:
        last = self.last_applied(difference)
        # an edit of a set says nothing about the other items, so a live value never equals the edit last applied
        edited = isinstance(self._desired(difference.path), Edit) and last is LastApplied.NEITHER
        if edited or (last is LastApplied.UNKNOWN and self._is_new(difference.path)):
            return DriftedField(self._change, Side.CONFIGURATION, LastApplied.UNKNOWN, difference.path, difference)
        return DriftedField(self._change, _SIDES[last], last, difference.path, difference)

    def _is_new(self, name: str) -> bool:
        """Whether a field was not declared yet when confsync last applied the resource."""
        applied = {**self._entry.applied, **self._entry.fingerprints} if self._entry else {}
        return bool(applied) and name not in applied

    def last_applied(self, difference: Difference) -> LastApplied:
        """Say which side of a difference equals the value last applied."""
        name = difference.path
        if self._entry is None:
            return LastApplied.UNKNOWN
        if fingerprint := self._entry.fingerprints.get(name):
            return self._last_sent(difference, fingerprint)
        if (digest := self._entry.applied.get(name)) is None or isinstance(difference.before, Secret):
            return LastApplied.UNKNOWN
        if digest in (value_digest(difference.before), self._as_recorded(self._live_value(name))):
            return LastApplied.LIVE
        desired = self._desired(name)
        named = self._plan.snapshot.sids.get(desired) if isinstance(desired, Address) else None
        return LastApplied.DESIRED if digest in (_digest(desired), self._as_recorded(named)) else LastApplied.NEITHER

    def _as_recorded(self, sid: object) -> str | None:
        """Digest a reference as it was when the ledger was written: its resource may have moved since."""
        entry = self._plan.ledger.owner.get(Sid(sid)) if isinstance(sid, str) else None
        return value_digest(entry.address) if entry else None

    def _desired(self, name: str) -> DesiredValue:
        """Return the declared value; a difference has the whole set that an edit leads to."""
        return self._change.desired.fields.get(name)

    def _live_value(self, name: str) -> object:
        return self._change.match.found.fields.get(name) if self._change.match else None

    def _last_sent(self, difference: Difference, fingerprint: str) -> LastApplied:
        """Compare both values of a sensitive field with the fingerprint of the one last sent."""
        live = self._live_value(difference.path)
        if not self._plan.fingerprinter.recognises(fingerprint):
            return LastApplied.UNKNOWN
        if isinstance(live, str) and self._equals(Secret(live), difference.path, fingerprint):
            return LastApplied.LIVE
        desired = self._desired(difference.path)
        secret = Secret(desired) if isinstance(desired, str) else desired
        equal = isinstance(secret, Secret) and self._equals(secret, difference.path, fingerprint)
        return LastApplied.DESIRED if equal else LastApplied.NEITHER

    def _equals(self, value: Secret, name: str, fingerprint: str) -> bool:
        place = SecretPlace(self._plan.target.account_sid, self._entry.id if self._entry else "", name)
        return self._plan.fingerprinter.compare(value, place, fingerprint) is SecretState.UNCHANGED

    def _refused(self) -> Iterator[Difference]:
        """Yield the differences that no plan contains, because a guardrail refuses the change: a name in Twilio."""
        change = self._change
        if change.kind.on_immutable_change != "refuse":
            return
        for field in change.kind.key_fields:
            live, desired = change.before.get(field.name), change.desired.fields.get(field.name)
            if not isinstance(desired, Secret | MissingSecret) and live != desired:
                yield Difference(field, live, desired)

    def _unreadable(self) -> Iterator[DriftedField]:
        """Yield each field that has to be sent although Twilio never returns it."""
        compared = {each.path for each in self._change.differences}
        for name in self._change.send:
            field = self._change.kind.by_name[name]
            if name in compared or not (field.write_only or field.secret):
                continue
            known = self._entry is not None and (name in self._entry.fingerprints or name in self._entry.applied)
            if self._change.write_only.get(name) is SecretState.UNKNOWN or not known:
                yield DriftedField(self._change, Side.UNKNOWN, LastApplied.UNKNOWN, name)
            else:
                yield DriftedField(self._change, Side.CONFIGURATION, LastApplied.UNKNOWN, name)


def _must_exist(desired: Desired | None) -> bool:
    """Whether a resource is declared, and without `lifecycle.absent`."""
    return desired is not None and not desired.lifecycle.absent


def _digest(value: DesiredValue) -> str:
    return "" if isinstance(value, Secret) else value_digest(value)


def _deleted_outside(plan: LivePlan) -> Iterator[DeletedOutside]:
    """Yield each owned resource that no longer exists, but nothing that was inside another one of them."""
    replaced = {each.sid for each in plan.snapshot.ledger.pending_replaces}
    gone = plan.snapshot.gone - replaced
    guarded = {address for each in plan.guardrails if each.rule is GuardrailRule.RECREATE for address in each.addresses}
    lost = {each.sid: each for each in plan.ledger.entries if each.sid in gone}
    terminal = {each.address: each for each in plan.changes if each.terminal and each.match is None}
    contained = Counter(next((sid for sid in each.inside if sid in lost), None) for each in plan.ledger.entries)
    for sid, entry in lost.items():
        if not entry.current or any(each in lost for each in entry.inside):
            continue
        match, kind = plan.snapshot.matches.get(entry.address), kind_of(entry.address)
        yield DeletedOutside(
            address=entry.address,
            kind=kind.section if kind else entry.address[-2],
            sid=sid,
            contained=contained[sid],
            replaced_by=match.found.sid if match else None,
            still_declared=_must_exist(plan.config.resources.get(entry.address)),
            needs_permission=entry.address in guarded,
            change=terminal.get(entry.address),
        )


def _added_outside(plan: LivePlan, strange: Iterable[UnmanagedResource]) -> Iterator[AddedOutside]:
    """Yield each resource in an exclusive section that nobody declares."""
    for each in strange:
        parent = plan.config.resources.get(Address(each.address[:-2]))
        if parent and each.found.kind.section in parent.lifecycle.exclusive:
            yield AddedOutside(each, parent)


def _without_twilios_own(count: UnmanagedCount) -> UnmanagedCount:
    return replace(count, number=count.number - count.by_twilio, by_twilio=0)


def _coverage(plan: LivePlan) -> Mapping[str, Coverage]:
    """Count the declared and the live resources of each section that confsync listed, without what always exists."""
    listed = {each.section for each in KINDS if _is_listed(each)}
    found = (plan.snapshot.matches.get(each) for each in plan.config.declared)
    declared = Counter(each.found.kind.section for each in found if each and _is_listed(each.found.kind))
    others = Counter(each for each in _undeclared_sections(plan) if each in listed)
    incomplete = {each.section for each in plan.unmanaged_counts if not each.complete}
    return {
        section: Coverage(declared[section], declared[section] + others[section], section not in incomplete)
        for section in dict.fromkeys((*declared, *others))
    }


def _is_listed(kind: Kind) -> bool:
    return not kind.created_by_twilio and not kind.read_by_name


def _undeclared_sections(plan: LivePlan) -> Iterator[str]:
    """Yield the section of each live resource that is not declared."""
    yield from (each.found.kind.section for each in plan.unmanaged if not each.found.created_by_twilio)
    yield from (each.collection.key for each in plan.probable_duplicates)
    yield from (kind.section for each in plan.orphaned if (kind := kind_of(each.address)))
    for above, kind, _ in top_collections():
        if (above, kind) not in plan.config.collections:
            counts = (each for each in plan.unmanaged_counts if each.section == kind.section)
            yield from repeat(kind.section, sum(each.number - each.by_twilio for each in counts))
