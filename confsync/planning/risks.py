"""The rules that find what is risky about a change; each is a few lines, and a reviewer reads what it says.

They look at what is written and at what was there. What is made anew where nothing was is ordinary, and has hardly any
risk. No sensitive value is in what they say, nor any part of one.
"""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from confsync.annotations import KnownValues
from confsync.codecs import Edit
from confsync.config.config import Config
from confsync.config.desired import DesiredValue, value_digest
from confsync.live.snapshot import Snapshot
from confsync.model import Field
from confsync.names import Address
from confsync.plan.change import LOST, Action, Change, SecretState
from confsync.plan.difference import Difference, LiveValue
from confsync.plan.risk import Level, Risk
from confsync.planning.diff import differences
from confsync.redaction import is_suspicious_url
from confsync.resources.credential import Credential
from confsync.resources.role import Role
from confsync.resources.service import Service
from confsync.resources.vocabulary import URL
from confsync.secret import Secret
from confsync.state.ledger import Entry


def judged(change: Change, config: Config, snapshot: Snapshot) -> Change:
    """Give a change with its risks."""
    found = risks(change, config, snapshot)
    return replace(change, risks=found) if found else change


def risks(change: Change, config: Config, snapshot: Snapshot) -> tuple[Risk, ...]:
    """Find what a reviewer should think about before this change is applied, the gravest first."""
    if not change.writes:
        return ()
    case = Case(change, config, snapshot, tuple(_written(change, snapshot)))
    found = (Risk(rule.name, level, text) for rule in RULES for level, text in rule.find(case))
    return tuple(sorted(found, key=lambda each: each.level))


class Case(Struct, frozen=True):
    """A change with what a rule may look at; `fields` are the differences that would be written."""

    change: Change
    config: Config
    snapshot: Snapshot
    fields: tuple[Difference, ...]

    @property
    def entry(self) -> Entry | None:
        """What the ledger knows of the thing that is there."""
        ledger, sid = self.snapshot.ledger, self.change.sid
        return ledger.owner.get(sid) if sid else ledger.current.get(self.change.address)


Found = Iterator[tuple[Level, str]]


class Rule(Struct, frozen=True):
    """One rule; documents and the docs know it by its name."""

    name: str
    find: Callable[[Case], Found]


def _written(change: Change, snapshot: Snapshot) -> Iterator[Difference]:
    """Give what would be written, held against the thing that it takes the place of, where there is one."""
    old = snapshot.identity.superseded.get(change.address)
    if old and not change.match:
        yield from differences(change.desired, snapshot.with_addresses(old))
    else:
        yield from (each for each in change.differences if each.path in change.send)


def _permissions_granted(case: Case) -> Found:
    for each in case.fields:
        if each.added and _holds(each.field, "permission"):
            wide = any("Any" in name or name.startswith(("delete", "remove")) for name in each.added)
            yield Level.MEDIUM if wide else Level.LOW, f"grants {', '.join(each.added)}"


def _permissions_revoked(case: Case) -> Found:
    """A revoked permission that the configuration had granted is a decision; any other may be an oversight."""
    for each in case.fields:
        if not each.removed or not _holds(each.field, "permission"):
            continue
        said = f"revokes {', '.join(each.removed)}"
        granted, wanted = _granted(case, each), case.change.desired.fields.get(each.path)
        if isinstance(wanted, Edit) or granted == value_digest(each.before):
            yield Level.MEDIUM, said
        elif granted in (None, value_digest(wanted)):
            yield Level.HIGH, f"{said}, which this configuration never mentioned"
        else:
            yield Level.HIGH, f"{said}: what is live is not what this configuration granted"


def _granted(case: Case, field: Difference) -> str | None:
    """Give the digest of what was last applied to a field of the thing that is there, or was there."""
    old = case.snapshot.identity.superseded.get(case.change.address)
    sid = old.sid if old and not case.change.match else case.change.sid
    entry = case.snapshot.ledger.owner.get(sid) if sid else None
    return entry.applied.get(field.path) if entry else None


def _webhook_moved(case: Case) -> Found:
    for each in _urls(case):
        before, after = _host(each.before), _host(each.after)
        if each.before is None or each.after is None or (before and before == after):
            continue
        if before and after:
            yield Level.HIGH, f"{each.path} leads to {after} instead of {before}"
        else:
            yield Level.HIGH, f"{each.path} leads elsewhere, and where to is sensitive"


def _unencrypted(case: Case) -> Found:
    for each in _urls(case):
        if _is_plain(each.after) and not _is_plain(each.before):
            downgrade = each.before is not None
            level = Level.HIGH if downgrade else Level.MEDIUM
            yield level, f"{each.path} is http{' instead of https' if downgrade else ''}: what is sent can be read"


def _silenced(case: Case) -> Found:
    for each in case.fields:
        if _holds(each.field, "event") and each.before and not each.after:
            yield Level.HIGH, f"{each.path} is empty: no event is reported any more"
        if URL in each.field.patterns and each.before is not None and each.after is None:
            yield Level.MEDIUM, f"{each.path} is cleared: nothing is sent there any more"


def _switched_off(case: Case) -> Found:
    for each in case.fields:
        if each.field.path[-1] == "enabled" and each.before is True and each.after is False:
            yield Level.MEDIUM, f"switches off {'.'.join(each.field.path[:-1])}"


def _sandbox_flipped(case: Case) -> Found:
    if case.change.kind is not Credential.kind:
        return
    for each in case.fields:
        if each.path == "sandbox" and each.before is not None and bool(each.before) != bool(each.after):
            here, there = ("sandbox", "production") if each.after else ("production", "sandbox")
            yield Level.HIGH, f"pushes go to Apple's {here}: devices of its {there} get none"


def _default_role_changed(case: Case) -> Found:
    for each in _pointers(case, Role):
        yield Level.MEDIUM, f"{each.path} is {_name(each.after)} instead of {_name(each.before)}"


def _default_service_changed(case: Case) -> Found:
    for each in _pointers(case, Service):
        said = f"{each.path} is {_name(each.after)} instead of {_name(each.before)}"
        yield Level.HIGH, f"{said}: Flex and every account-level URL mean another service"


def _deleted(case: Case) -> Found:
    change = case.change
    if change.deletes:
        grave = bool(change.kind.recreate_impact or change.also_deleted)
        inside = f", with {len(change.also_deleted)} more of ours in it" if change.also_deleted else ""
        yield Level.HIGH if grave else Level.MEDIUM, f"deletes {change.sid}{inside}"


def _replaced(case: Case) -> Found:
    if Action.REPLACE in case.change.actions:
        yield Level.MEDIUM, f"deletes {case.change.sid} before it is made anew: in between there is none"


def _recreated(case: Case) -> Found:
    if Action.RECREATE in case.change.actions:
        yield Level.HIGH, f"gets another SID, and {case.change.kind.recreate_impact}"


def _protected_touched(case: Case) -> Found:
    change = case.change
    if LOST.intersection(change.actions):
        kept = [each for each in (change.address, *change.also_deleted) if _is_protected(each, case)]
        if kept:
            yield Level.HIGH, f"takes away what is protected: {', '.join(map(str, kept))}"
    elif change.match and _is_protected(change.address, case):
        yield Level.LOW, "is protected, and is changed"


def _protection_lifted(case: Case) -> Found:
    if case.entry and case.entry.protect and case.change.desired.lifecycle.protect is False:
        yield Level.HIGH if LOST.intersection(case.change.actions) else Level.MEDIUM, "was protected until now"


def _secrets_sent_again(case: Case) -> Found:
    untold = case.change.write_only.items() if case.change.match else ()
    sent = [(name, state) for name, state in untold if name in case.change.send and _is_secret(case, name)]
    for name, state in sent:
        why = ", since it is not known which one Twilio has" if state is SecretState.UNKNOWN else ""
        yield Level.LOW, f"sends {name} again{why}"


RULES = (
    Rule("deleted", _deleted),
    Rule("replaced", _replaced),
    Rule("recreated", _recreated),
    Rule("protected", _protected_touched),
    Rule("protection-lifted", _protection_lifted),
    Rule("permission-revoked", _permissions_revoked),
    Rule("permission-granted", _permissions_granted),
    Rule("webhook-host", _webhook_moved),
    Rule("unencrypted", _unencrypted),
    Rule("silenced", _silenced),
    Rule("switched-off", _switched_off),
    Rule("push-sandbox", _sandbox_flipped),
    Rule("default-role", _default_role_changed),
    Rule("default-service", _default_service_changed),
    Rule("secret-sent", _secrets_sent_again),
)
"""All of them; docs/safety.md has a line for each."""


def _holds(field: Field, noun: str) -> bool:
    """Whether a field is a set of permissions, or of events."""
    return field.is_set and any(isinstance(each, KnownValues) and each.noun.endswith(noun) for each in field.lints)


def _urls(case: Case) -> Iterator[Difference]:
    return (each for each in case.fields if URL in each.field.patterns)


def _pointers(case: Case, target: type) -> Iterator[Difference]:
    """Give what a default pointed to and will point to no longer; what stands in something new pointed nowhere."""
    for each in case.fields:
        if case.change.kind.singleton and each.field.ref and each.field.ref.target is target and each.before:
            yield each


def _host(url: LiveValue | DesiredValue) -> str | None:
    """Give the host of a URL that may be shown."""
    if not isinstance(url, str) or is_suspicious_url(url):
        return None
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return None


def _is_plain(url: LiveValue | DesiredValue) -> bool:
    """Whether a URL goes without encryption; a sensitive one is asked for its form alone."""
    if isinstance(url, Secret):
        return url.matches(r"(?is)http://.*")
    return isinstance(url, str) and url.lower().startswith("http://")


def _name(target: LiveValue | DesiredValue) -> str:
    """Name what a default points to: its key, where it has an address."""
    return target.key if isinstance(target, Address) else str(target)


def _is_protected(address: Address, case: Case) -> bool:
    """Whether something is protected by what is declared, else by what the ledger remembers."""
    declared = case.config.resources.get(address)
    said = declared.lifecycle.protect if declared else None
    if said is not None:
        return said
    entry = case.entry if address == case.change.address else case.snapshot.ledger.current.get(address)
    return entry is not None and entry.protect


def _is_secret(case: Case, name: str) -> bool:
    return case.change.kind.by_name[name].secret
