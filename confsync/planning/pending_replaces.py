"""Restores the undeclared values of a resource that an interrupted replacement deleted, and finds those that are lost.

The ledger has the names of the fields, the journal the values that a file may contain. A value that is in neither is
lost: a guardrail blocks the create, so that somebody can declare it.
"""

import shlex
from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from confsync.codecs import Value
from confsync.config.codes import Code
from confsync.config.config import Config
from confsync.config.desired import Desired
from confsync.config.yaml import quote_yaml
from confsync.diagnostics import Diagnostic
from confsync.live.snapshot import Snapshot
from confsync.model import Field
from confsync.names import Address, parent_of
from confsync.plan.change import CREATES, Change
from confsync.plan.guardrails import GuardrailRule
from confsync.plan.intent import Overrides
from confsync.plan.plan import Guardrail
from confsync.planning.selection import SelectionScope
from confsync.state.ledger import PendingReplace
from confsync.state.replay import FieldValues, RecordedValues


def replace_to_complete(desired: Desired, snapshot: Snapshot) -> PendingReplace | None:
    """Return the interrupted replacement that the create of a resource completes."""
    for each in snapshot.ledger.pending_replaces:
        if each.address == desired.address and _is_in_same_parent(each, desired, snapshot):
            return each
    return None


def restored_values(pending: PendingReplace, desired: Desired, recorded: RecordedValues) -> FieldValues:
    """Return the recorded values that are still not declared and that the new resource can have."""
    values = {each.name: value for each, value in _sendable(desired, recorded.get(pending.sid, {}))}
    combined = {**values, **desired.fields}
    missing = (name for name in pending.fields if name in values and _is_missing(name, desired, combined))
    return {name: values[name] for name in missing}


def why_restored(pending: PendingReplace, restored: Iterable[str]) -> str:
    """Say why a resource is created again, and which values it gets."""
    names = ", ".join(restored)
    deleted = f"an interrupted replacement deleted {pending.sid}"
    return f"{deleted}, whose values in {names} are restored" if names else deleted


def find_lost_values(snapshot: Snapshot, changes: Iterable[Change], overrides: Overrides) -> Iterator[Guardrail]:
    """Block each create that completes a replacement without all undeclared values of the deleted resource."""
    if not snapshot.ledger.pending_replaces:
        return
    for change in changes:
        pending = replace_to_complete(change.desired, snapshot) if _is_created(change) else None
        lost = _lost(pending, change) if pending else ()
        if pending and lost and change.address not in overrides.allow_loss:
            names = ", ".join(lost)
            yield Guardrail(
                GuardrailRule.LOSS,
                (change.address,),
                f"an interrupted replacement deleted {pending.sid}, and confsync did not store what it had in {names}",
                f"declare {names}, or `--allow-loss {shlex.quote(str(change.address))}`",
            )


def find_interrupted_replaces(config: Config, snapshot: Snapshot, recorded: RecordedValues) -> Iterator[Diagnostic]:
    """Warn about each interrupted replacement that no create completes."""
    for pending in snapshot.ledger.pending_replaces:
        deleted = f"an interrupted replacement of {pending.address} deleted {pending.sid}"
        match = snapshot.matches.get(pending.address)
        if pending.address not in config.declared:
            summary = f"{deleted}, and nothing is declared there any more"
            hint = f"declare it again to restore what it had; or write `forget: [{quote_yaml(str(pending.address))}]`"
            yield Diagnostic("warning", Code.PENDING_REPLACE, summary, hint)
        elif match and (names := ", ".join(_differing(pending, match.found.fields, recorded))):
            other = match.found.sid or "the resource there"
            summary = f"{deleted}, and {other}, which is there now, may not have the same values in {names}"
            yield Diagnostic("warning", Code.PENDING_REPLACE, summary, "declare what it must have")


def snapshot_without_decided(snapshot: Snapshot, scope: SelectionScope) -> Snapshot:
    """Drop the replacements of selected resources that must not exist, or that confsync does not manage."""
    identity = snapshot.identity
    pending = tuple(each for each in identity.ledger.pending_replaces if not _is_decided(each.address, scope))
    if pending == identity.ledger.pending_replaces:
        return snapshot
    return replace(snapshot, identity=replace(identity, ledger=replace(identity.ledger, pending_replaces=pending)))


def _is_decided(address: Address, scope: SelectionScope) -> bool:
    desired = scope.config.declared.get(address)
    unwanted = desired is not None and (desired.lifecycle.absent or desired.lifecycle.lookup)
    return (unwanted or scope.destroys) and scope.includes(address)


def _is_in_same_parent(pending: PendingReplace, desired: Desired, snapshot: Snapshot) -> bool:
    """Whether the parent is still the one that contained the deleted resource."""
    parent = snapshot.sids.get(parent_of(desired.kind, desired.address))
    return not pending.inside or pending.inside[-1] == parent


def _is_created(change: Change) -> bool:
    return change.match is None and not CREATES.isdisjoint(change.actions)


def _lost(pending: PendingReplace, change: Change) -> tuple[str, ...]:
    desired = change.desired
    combined = {**change.send, **desired.fields}
    return tuple(name for name in pending.fields if name not in change.send and _is_missing(name, desired, combined))


def _sendable(desired: Desired, values: FieldValues) -> Iterator[tuple[Field, Value]]:
    """Yield the recorded values that this version of confsync can send."""
    for name, value in values.items():
        field = desired.kind.by_name.get(name)
        try:
            normal = field.normalize(value) if field else None
        except ValueError:
            continue
        if field and normal is not None:
            yield field, normal


def _is_missing(name: str, desired: Desired, combined: Mapping[str, object]) -> bool:
    """Whether a new resource can have a field, and only an earlier value could fill it."""
    field = desired.kind.by_name.get(name)
    return field is not None and name not in desired.fields and field.applies(combined)


def _differing(pending: PendingReplace, live: Mapping[str, Value], recorded: RecordedValues) -> Iterator[str]:
    values = recorded.get(pending.sid, {})
    return (name for name in pending.fields if name not in values or values[name] != live.get(name))
