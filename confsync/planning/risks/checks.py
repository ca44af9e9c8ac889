"""Finds what is risky about a change, so that a reviewer knows what to look at.

Some risks follow from the change as a whole; they are here. The others are declared on the fields of a resource type,
and `field_checks.py` compares the change with them. A resource that is created where nothing was has hardly any.
"""

from collections.abc import Callable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from confsync.config.config import Config
from confsync.live.snapshot import Snapshot
from confsync.names import Address
from confsync.plan.change import DESTROYS, Action, Change
from confsync.plan.risk import BlastRadius, Risk
from confsync.planning.risks.field_changes import FieldChanges
from confsync.planning.risks.field_checks import risks_of_field
from confsync.quoting import listed
from confsync.risk_rules import Level, RiskRule
from confsync.state.fingerprints import Fingerprinter
from confsync.state.ledger import Entry, Ledger


def with_risks(
    change: Change, config: Config, snapshot: Snapshot, fingerprinter: Fingerprinter, ledger: Ledger
) -> Change:
    """Add its risks to a change, the most severe first. `ledger` is the ledger as read."""
    if not change.writes:
        return change
    case = _Case(change, config, snapshot)
    of_change = (Risk(rule, level, text) for rule, find in CHANGE_RULES.items() for level, text in find(case))
    changed = FieldChanges(snapshot, fingerprinter, ledger).of(change)
    of_fields = (risk for each in changed for risk in risks_of_field(each))
    return replace(change, risks=tuple(sorted((*of_change, *of_fields), key=lambda each: each.level)))


class _Case(Struct, frozen=True):
    """A change, and what a rule may look at."""

    change: Change
    config: Config
    snapshot: Snapshot

    @property
    def entry(self) -> Entry | None:
        """The ledger's entry for the live resource."""
        ledger, sid = self.snapshot.ledger, self.change.sid
        return ledger.owner.get(sid) if sid else ledger.current.get(self.change.address)


_Found = Iterator[tuple[Level, str]]


def _deleted(case: _Case) -> _Found:
    change = case.change
    if change.deletes:
        severe = change.also_deleted or (change.kind.recreate_impact and not _is_harmless(change.radius))
        inside = f", with {len(change.also_deleted)} more of ours in it" if change.also_deleted else ""
        yield Level.HIGH if severe else Level.MEDIUM, f"deletes it{inside}"


def _deleted_unowned(case: _Case) -> _Found:
    change = case.change
    if change.deletes and change.sid not in case.snapshot.ledger.owner:
        counts = ", ".join(each.text for each in change.radius.counts) if change.radius else ""
        lost = f", with {counts}" if counts else ""
        yield Level.HIGH, f"deletes what confsync never managed{lost}"


def _is_harmless(radius: BlastRadius | None) -> bool:
    """Whether a deletion takes nothing with it, as far as that was counted."""
    return radius is not None and radius.empty


def _replaced(case: _Case) -> _Found:
    if Action.REPLACE in case.change.actions:
        yield Level.MEDIUM, "deletes it before creating it again: in between there is none"


def _recreated(case: _Case) -> _Found:
    if Action.RECREATE in case.change.actions:
        yield Level.HIGH, f"gets another SID, and {case.change.kind.recreate_impact}"


def _protected_touched(case: _Case) -> _Found:
    change = case.change
    if DESTROYS.intersection(change.actions):
        protected = [each for each in (change.address, *change.also_deleted) if _is_protected(each, case)]
        if protected:
            yield Level.HIGH, f"deletes what is protected: {listed(protected)}"
    elif change.match and _is_protected(change.address, case):
        yield Level.LOW, "changes what is protected"


def _protection_removed(case: _Case) -> _Found:
    if case.entry and case.entry.protect and case.change.desired.lifecycle.protect is False:
        level = Level.HIGH if DESTROYS.intersection(case.change.actions) else Level.MEDIUM
        yield level, "was protected until now"


def _mark_removed(case: _Case) -> _Found:
    for name in sorted(case.change.desired.unmarked):
        yield Level.HIGH, f"{name} was sensitive until now: its value is shown from the next plan on"


CHANGE_RULES: dict[RiskRule, Callable[[_Case], _Found]] = {
    RiskRule.DELETED: _deleted,
    RiskRule.DELETED_UNOWNED: _deleted_unowned,
    RiskRule.REPLACED: _replaced,
    RiskRule.RECREATED: _recreated,
    RiskRule.PROTECTED: _protected_touched,
    RiskRule.PROTECTION_REMOVED: _protection_removed,
    RiskRule.MARK_REMOVED: _mark_removed,
}
"""What is risky about a change whatever its type."""


def _is_protected(address: Address, case: _Case) -> bool:
    """Whether a resource is protected by its declaration or, if that says nothing, by the ledger."""
    declared = case.config.resources.get(address)
    protect = declared.lifecycle.protect if declared else None
    if protect is not None:
        return protect
    entry = case.entry if address == case.change.address else case.snapshot.ledger.current.get(address)
    return entry is not None and entry.protect
