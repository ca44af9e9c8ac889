"""Finds what is risky about a change, so that a reviewer knows what to look at.

Some risks follow from the change as a whole. The others are declared on the fields of a resource type, as `RiskWhen`.
A resource that is created where nothing was has hardly any risk. No text contains a sensitive value or a part of one.
"""

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from confsync.annotations import FieldRisk, GrantsPermissions, Level, ReceivesData, RiskWhen, When
from confsync.codecs import Edit
from confsync.config.config import Config
from confsync.config.desired import DesiredValue, value_digest
from confsync.live.snapshot import Snapshot
from confsync.names import Address
from confsync.plan.change import DESTROYS, Action, Change, SecretState
from confsync.plan.difference import Difference, LiveValue
from confsync.plan.risk import Risk
from confsync.planning.diff import field_differences
from confsync.redaction import is_suspicious_url
from confsync.secret import Secret
from confsync.state.ledger import Entry


def with_risks(change: Change, config: Config, snapshot: Snapshot) -> Change:
    """Add its risks to a change."""
    found = risks_of(change, config, snapshot)
    return replace(change, risks=found) if found else change


def risks_of(change: Change, config: Config, snapshot: Snapshot) -> tuple[Risk, ...]:
    """Find what a reviewer should consider before the change is applied, the most severe first."""
    if not change.writes:
        return ()
    case = _Case(change, config, snapshot)
    of_change = (Risk(rule, level, text) for rule, find in CHANGE_RULES.items() for level, text in find(case))
    of_fields = (
        risk
        for difference in _written(change, snapshot)
        for declared in difference.field.risks
        for risk in _field_risks(declared, difference, case)
    )
    return tuple(sorted((*of_change, *of_fields), key=lambda each: each.level))


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


def _written(change: Change, snapshot: Snapshot) -> Iterator[Difference]:
    """Find the differences that are written, compared with the resource that this one supersedes if there is one."""
    old = snapshot.identity.superseded.get(change.address)
    if old and not change.match:
        yield from field_differences(change.desired, snapshot.with_addresses(old))
    else:
        yield from (each for each in change.differences if each.path in change.send)


_Found = Iterator[tuple[Level, str]]


def _deleted(case: _Case) -> _Found:
    change = case.change
    if change.deletes:
        severe = bool(change.kind.recreate_impact or change.also_deleted)
        inside = f", with {len(change.also_deleted)} more of ours in it" if change.also_deleted else ""
        yield Level.HIGH if severe else Level.MEDIUM, f"deletes it{inside}"


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
            yield Level.HIGH, f"deletes what is protected: {', '.join(map(str, protected))}"
    elif change.match and _is_protected(change.address, case):
        yield Level.LOW, "changes what is protected"


def _protection_removed(case: _Case) -> _Found:
    if case.entry and case.entry.protect and case.change.desired.lifecycle.protect is False:
        level = Level.HIGH if DESTROYS.intersection(case.change.actions) else Level.MEDIUM
        yield level, "was protected until now"


def _secrets_sent(case: _Case) -> _Found:
    states = case.change.write_only.items() if case.change.match else ()
    for name, state in states:
        if name in case.change.send and case.change.kind.by_name[name].secret:
            why = ", since it is not known which one Twilio has" if state is SecretState.UNKNOWN else ""
            yield Level.LOW, f"sends {name} again{why}"


CHANGE_RULES: dict[str, Callable[[_Case], _Found]] = {
    "deleted": _deleted,
    "replaced": _replaced,
    "recreated": _recreated,
    "protected": _protected_touched,
    "protection-removed": _protection_removed,
    "secret-sent": _secrets_sent,
}
"""What is risky about a change whatever its type. docs/safety.md has a line for each."""


def _field_risks(declared: FieldRisk, difference: Difference, case: _Case) -> Iterator[Risk]:
    """Find what the difference in one field means for people."""
    match declared:
        case RiskWhen(when, level, rule, text):
            if _HOW[when](difference.before, difference.after):
                yield Risk(rule, level, _filled_in(text, difference))
        case GrantsPermissions(over_others):
            yield from _permissions_revoked(difference, case)
            yield from _permissions_granted(difference, re.compile(over_others))
        case ReceivesData():
            yield from _moved_to_another_host(difference)
            yield from _sent_unencrypted(difference)


_HOW: dict[When, Callable[[LiveValue, DesiredValue], bool]] = {
    When.CHANGED: lambda before, _: before is not None,
    When.CLEARED: lambda before, after: before is not None and after is None,
    When.EMPTIED: lambda before, after: bool(before) and not after,
    When.ENABLED: lambda before, after: before is False and after is True,
    When.DISABLED: lambda before, after: before is True and after is False,
}


def _filled_in(text: str, difference: Difference) -> str:
    block = ".".join(difference.field.path[:-1])
    before, after = _name(difference.before), _name(difference.after)
    return text.format(field=difference.path, block=block, before=before, after=after)


def _permissions_granted(difference: Difference, over_others: re.Pattern[str]) -> Iterator[Risk]:
    if difference.added:
        level = Level.MEDIUM if any(map(over_others.search, difference.added)) else Level.LOW
        yield Risk("permission-granted", level, f"grants {', '.join(difference.added)}")


def _permissions_revoked(difference: Difference, case: _Case) -> Iterator[Risk]:
    """Rate a revoked permission: one that this configuration granted is a decision, any other may be an oversight."""
    if not difference.removed:
        return
    rule, text = "permission-revoked", f"revokes {', '.join(difference.removed)}"
    applied, desired = _applied(case, difference), case.change.desired.fields.get(difference.path)
    if isinstance(desired, Edit) or applied == value_digest(difference.before):
        yield Risk(rule, Level.MEDIUM, text)
    elif applied in (None, value_digest(desired)):
        yield Risk(rule, Level.HIGH, f"{text}, which this configuration never mentioned")
    else:
        yield Risk(rule, Level.HIGH, f"{text}: what is live is not what this configuration granted")


def _applied(case: _Case, difference: Difference) -> str | None:
    """Give the digest of the value that was last applied to the live field, or to that of a superseded resource."""
    old = case.snapshot.identity.superseded.get(case.change.address)
    sid = old.sid if old and not case.change.match else case.change.sid
    entry = case.snapshot.ledger.owner.get(sid) if sid else None
    return entry.applied.get(difference.path) if entry else None


def _moved_to_another_host(difference: Difference) -> Iterator[Risk]:
    before, after = _host(difference.before), _host(difference.after)
    if difference.before is None or difference.after is None or (before and before == after):
        return
    to = f"{after} instead of {before}" if before and after else "another URL, which is sensitive"
    yield Risk("webhook-host", Level.HIGH, f"{difference.path} points to {to}")


def _sent_unencrypted(difference: Difference) -> Iterator[Risk]:
    if _is_plain(difference.after) and not _is_plain(difference.before):
        downgrade = difference.before is not None
        scheme = "http instead of https" if downgrade else "http"
        level = Level.HIGH if downgrade else Level.MEDIUM
        yield Risk("unencrypted", level, f"{difference.path} is {scheme}: what is sent can be read")


def _host(url: LiveValue | DesiredValue) -> str | None:
    """Give the host of a URL that may be shown."""
    if not isinstance(url, str) or is_suspicious_url(url):
        return None
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return None


def _is_plain(url: LiveValue | DesiredValue) -> bool:
    """Whether a URL is not encrypted. A sensitive URL is only matched, never shown."""
    if isinstance(url, Secret):
        return url.matches(r"(?is)http://.*")
    return isinstance(url, str) and url.lower().startswith("http://")


def _name(value: LiveValue | DesiredValue) -> str:
    """Name what a reference points to: its key, if it has an address."""
    return value.key if isinstance(value, Address) else str(value)


def _is_protected(address: Address, case: _Case) -> bool:
    """Whether a resource is protected by its declaration or, if that says nothing, by the ledger."""
    declared = case.config.resources.get(address)
    protect = declared.lifecycle.protect if declared else None
    if protect is not None:
        return protect
    entry = case.entry if address == case.change.address else case.snapshot.ledger.current.get(address)
    return entry is not None and entry.protect
