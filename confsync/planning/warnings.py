"""Warnings of a plan: values in Twilio that this version does not know, and differences that no apply can change."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from confsync.codecs import Edit, Value
from confsync.config.codes import Code
from confsync.config.config import Config
from confsync.config.desired import DesiredValue
from confsync.config.tree import warning_at
from confsync.diagnostics import Diagnostic
from confsync.live.snapshot import Snapshot
from confsync.plan.change import CREATES, Change
from confsync.planning.namesakes import find_namesakes, find_owned_elsewhere
from confsync.planning.pending_replaces import find_interrupted_replaces
from confsync.state.replay import RecordedValues


def plan_warnings(
    config: Config, snapshot: Snapshot, changes: Iterable[Change], recorded: RecordedValues
) -> Iterator[Diagnostic]:
    """Find what a plan should warn about that the configuration alone does not show."""
    yield from _unknown_values(config, snapshot)
    yield from _dangling_references(config, snapshot)
    yield from _stale_adoptions(config, snapshot)
    yield from _unconvergeable(changes)
    yield from _unprotected(snapshot, changes)
    yield from find_namesakes(config, snapshot)
    yield from find_owned_elsewhere(config, snapshot, changes)
    # the warning about a variable is about all fields that contain it
    if all(each.code != Code.UNMARKED for each in config.warnings):
        yield from _unmarked(changes)
    yield from _pending_creates(snapshot, changes)
    yield from find_interrupted_replaces(config, snapshot, recorded)


def _unknown_values(config: Config, snapshot: Snapshot) -> Iterator[Diagnostic]:
    """Warn about live values that this version does not know, unless the configuration declares them too."""
    for address, match in snapshot.matches.items():
        desired, fields = config.resources[address], match.found.fields
        for each in match.found.kind.linted:
            value = _undeclared(fields.get(each.name), desired.fields.get(each.name))
            if value is None or not each.applies(fields):
                continue
            # without the hint: Twilio does not misspell its own words
            for finding in each.lint(value, fields):
                yield Diagnostic("warning", Code.UNKNOWN_AT_TWILIO, f"{address}#{each.name} in Twilio: {finding.text}")


def _dangling_references(config: Config, snapshot: Snapshot) -> Iterator[Diagnostic]:
    """Warn about references to what was deleted, unless the configuration declares another value."""
    for address, match in snapshot.matches.items():
        desired = config.resources[address]
        for each in match.found.kind.refs:
            sid = match.found.fields.get(each.name)
            if sid in snapshot.dangling and not desired.wants(each):
                summary = f"{address}#{each.name} in Twilio is {sid}, which no longer exists"
                known = f"a {each.ref.kind.title}" if each.ref else "another"
                hint = f"declare {known} that exists{', or `null`' if each.clearable else ''}"
                yield warning_at(desired.written, Code.DANGLING, summary, hint)


def _stale_adoptions(config: Config, snapshot: Snapshot) -> Iterator[Diagnostic]:
    """Warn about what was adopted and no longer exists, if confsync owns another resource at the address since."""
    for address, sid in config.adopt.items():
        match = snapshot.matches.get(address)
        if match and match.owned and match.found.sid != sid and sid not in snapshot.by_sid:
            summary = f"`adopt` names {sid} for {address}, which no longer exists; the address is {match.found.sid} now"
            hint = "remove the line from `adopt`"
            yield warning_at(config.resources[address].written, Code.STALE_ADOPTION, summary, hint)


def _undeclared(live: Value, desired: DesiredValue) -> Value:
    """Return the part of a live value that the configuration does not declare; None if there is none."""
    if live == desired:
        return None
    declared = desired.add if isinstance(desired, Edit) else desired
    if isinstance(live, frozenset):
        return live - declared if isinstance(declared, frozenset) else live
    return live


def _unconvergeable(changes: Iterable[Change]) -> Iterator[Diagnostic]:
    """Warn about differences that no apply can change."""
    for change in changes:
        if change.unconvergeable:
            summary = f"{change.address} differs, and {change.why_unconvergeable}"
            yield warning_at(change.desired.written, Code.TERMINAL, summary, change.remedy)


def _unprotected(snapshot: Snapshot, changes: Iterable[Change]) -> Iterator[Diagnostic]:
    """Warn about each resource that loses its protection although nothing is written: the plan does not list it."""
    for change in changes:
        if change.desired.lifecycle.protect is False and not change.actions:
            entry = snapshot.ledger.current.get(change.address)
            if entry and entry.protect:
                summary = f"{change.address} loses its protection: later plans may delete it"
                yield warning_at(change.desired.written, Code.UNPROTECTED, summary)


def _unmarked(changes: Iterable[Change]) -> Iterator[Diagnostic]:
    """Warn about values that become open without any other change; a change that writes has a risk instead."""
    for change in changes:
        for name in () if change.writes else sorted(change.desired.unmarked):
            summary = f"{change.address}#{name} was sensitive until now: its value is shown after the next apply"
            hint = "to keep it sensitive, take it from a variable with `{sensitive: true}`"
            yield replace(warning_at(change.desired.written, Code.UNMARKED, summary, hint), snippet=None)


def _pending_creates(snapshot: Snapshot, changes: Iterable[Change]) -> Iterator[Diagnostic]:
    """Warn about each create of an earlier apply whose outcome the live state does not show."""
    coming = {each.address for each in changes if CREATES.intersection(each.actions)}
    for pending in snapshot.ledger.pending:
        address = pending.entry.address
        summary = f"an earlier apply sent the create of {address} and got no usable response"
        again = "the next apply looks for the resource before it sends the create again"
        hint = again if address in coming else f"look for it in Twilio; then write `forget: [{address}]`"
        yield Diagnostic("warning", Code.PENDING_CREATE, summary, hint)
