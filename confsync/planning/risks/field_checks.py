"""Compares the change of a field with what its declaration says such a change means for people.

No text contains a sensitive value or a part of one.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from confsync.codecs import Edit, duration_seconds
from confsync.config.desired import value_digest
from confsync.config.tree import MissingSecret
from confsync.names import Address
from confsync.plan.change import SecretState
from confsync.plan.risk import Risk
from confsync.planning.risks.field_changes import FieldChange, FieldValue
from confsync.quoting import name_in_sentence
from confsync.redaction import mask_urls
from confsync.risk_rules import FieldRisk, GrantsPermissions, Level, ReceivesData, RiskRule, RiskWhen, When
from confsync.secret import MASK, Secret

_SENSITIVE_URL = "a sensitive URL"


def risks_of_field(changed: FieldChange) -> list[Risk]:
    """Find what a change of a field means, the most severe for each rule.

    If it undoes what somebody else did, describe that: it is what a reviewer has to know. The change itself is then a
    risk only if it is more severe.
    """
    own = _found(changed)
    if not changed.made_outside:
        return own
    theirs = _found(changed.opposite)
    own = [each for each in own if not theirs or each.level < theirs[0].level]
    return [
        *(replace(each, text=f"{each.text}; this reverts a change made outside confsync") for each in own),
        *(replace(each, text=f"reverts this change made outside confsync: {each.text}") for each in theirs),
    ]


def _found(changed: FieldChange) -> list[Risk]:
    found = (risk for declared in changed.field.risks for risk in _risks(declared, changed))
    mildest_first = sorted(found, key=lambda risk: risk.level, reverse=True)
    return sorted({each.rule: each for each in mildest_first}.values(), key=lambda risk: risk.level)


def _risks(declared: FieldRisk, changed: FieldChange) -> Iterator[Risk]:
    match declared:
        case RiskWhen():
            yield from _as_declared(declared, changed)
        case GrantsPermissions(over_others):
            yield from _permissions_revoked(changed)
            yield from _permissions_granted(changed, re.compile(over_others))
        case ReceivesData():
            yield from _sent_elsewhere(changed)
            yield from _sent_unencrypted(changed)


def _as_declared(declared: RiskWhen, changed: FieldChange) -> Iterator[Risk]:
    if changed.is_new and not declared.on_create:
        return
    happened = any(_HAPPENED[each](changed) for each in declared.when)
    members = [each for each in _members(declared.when, changed) if declared.matches(each)]
    of_value = not _OF_MEMBERS & declared.when and declared.matches(str(changed.after))
    if happened and (members or of_value):
        yield Risk(declared.rule, declared.level, _filled_in(declared.text, changed, members))


_OF_MEMBERS = When.ADDED | When.REMOVED


def _members(when: When, changed: FieldChange) -> tuple[str, ...]:
    return changed.added if When.ADDED in when else changed.removed if When.REMOVED in when else ()


_HAPPENED: dict[When, Callable[[FieldChange], bool]] = {
    When.SET: lambda it: it.sent is None and it.before is None and it.after is not None,
    When.CHANGED: lambda it: it.before is not None and it.after is not None,
    When.CLEARED: lambda it: it.before is not None and it.after is None,
    When.ENABLED: lambda it: it.before is not True and it.after is True,
    When.DISABLED: lambda it: it.before is True and it.after is not True,
    When.LOWERED: lambda it: _is_below(it.after, it.before),
    When.RAISED: lambda it: _is_below(it.before, it.after),
    When.ADDED: lambda it: bool(it.added),
    When.REMOVED: lambda it: bool(it.removed),
    When.EMPTIED: lambda it: bool(it.before) and not it.after,
    When.SENT: lambda it: it.sent is SecretState.CHANGED,
    When.SENT_AGAIN: lambda it: it.sent is SecretState.UNKNOWN,
}


def _is_below(low: FieldValue, high: FieldValue) -> bool:
    """Whether a number or a duration is below another one."""
    if isinstance(low, int) and isinstance(high, int):
        return low < high
    return isinstance(low, str) and isinstance(high, str) and duration_seconds(low) < duration_seconds(high)


def _filled_in(text: str, changed: FieldChange, members: Iterable[str]) -> str:
    return text.format(
        field=changed.field.name,
        block=".".join(changed.field.path[:-1]),
        before=_named(changed.before),
        after=_named(changed.after),
        host=changed.hosts.after or _SENSITIVE_URL,
        members=_names(members),
    )


def _named(value: FieldValue) -> str:
    """Name a value in a sentence; what a reference points to is named by its key."""
    match value:
        case None:
            return "none"
        case Address():
            return name_in_sentence(value.key)
        case Secret() | MissingSecret():
            return MASK
    return name_in_sentence(mask_urls(str(value)))


def _names(members: Iterable[str]) -> str:
    return ", ".join(map(name_in_sentence, members))


def _permissions_granted(changed: FieldChange, over_others: re.Pattern[str]) -> Iterator[Risk]:
    if changed.added:
        level = Level.MEDIUM if any(map(over_others.search, changed.added)) else Level.LOW
        yield Risk(RiskRule.PERMISSION_GRANTED, level, f"grants {_names(changed.added)}")


def _permissions_revoked(changed: FieldChange) -> Iterator[Risk]:
    """Rate a revoked permission: one that this configuration granted is a decision, any other may be an oversight."""
    if not changed.removed:
        return
    rule, text = RiskRule.PERMISSION_REVOKED, f"revokes {_names(changed.removed)}"
    if isinstance(changed.desired, Edit) or changed.applied == value_digest(changed.before):
        yield Risk(rule, Level.MEDIUM, text)
    elif changed.applied in (None, value_digest(changed.desired)):
        yield Risk(rule, Level.HIGH, f"{text}, which this configuration never mentioned")
    else:
        yield Risk(rule, Level.HIGH, f"{text}: what is live is not what this configuration granted")


def _sent_elsewhere(changed: FieldChange) -> Iterator[Risk]:
    rule, name, hosts = RiskRule.WEBHOOK_HOST, changed.field.name, changed.hosts
    if changed.after is None or changed.is_new or hosts.same:
        return
    to = f"{name} points to {hosts.after or _SENSITIVE_URL}"
    if changed.before is None:
        yield Risk(rule, Level.MEDIUM, f"{to}, and nothing was sent there before")
    else:
        yield Risk(rule, Level.HIGH, f"{to} instead of {hosts.before or _SENSITIVE_URL}")


def _sent_unencrypted(changed: FieldChange) -> Iterator[Risk]:
    if _is_plain(changed.after) and not _is_plain(changed.before):
        downgrade = changed.before is not None
        scheme = "http instead of https" if downgrade else "http"
        level = Level.HIGH if downgrade else Level.MEDIUM
        yield Risk(RiskRule.UNENCRYPTED, level, f"{changed.field.name} is {scheme}: what is sent can be read")


def _is_plain(url: FieldValue) -> bool:
    """Whether a URL is not encrypted. A sensitive URL is only matched, never shown."""
    if isinstance(url, Secret):
        return url.matches(r"(?is)http://.*")
    return isinstance(url, str) and url.lower().startswith("http://")
