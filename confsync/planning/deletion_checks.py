"""Guardrails for deletions: how many resources, which kinds, and whether any of them is protected."""

import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from confsync.config.config import Config
from confsync.config.yaml import quote_yaml
from confsync.live.snapshot import Snapshot
from confsync.model import Kind
from confsync.names import Address
from confsync.plan.change import DESTROYS, Change
from confsync.plan.guardrails import GuardrailRule
from confsync.plan.intent import Overrides
from confsync.plan.plan import Guardrail
from confsync.planning.deletions import is_owned
from confsync.resources import kind_of

MANY = 5
SHARE = 0.25
"""The `deletes` guardrail triggers above this many deletions, or above this share of the owned resources of a kind."""


def find_deletion_guardrails(
    config: Config, snapshot: Snapshot, changes: Iterable[Change], overrides: Overrides
) -> Iterator[Guardrail]:
    """Find every guardrail that blocks what a plan deletes or replaces."""
    every = tuple(changes)
    deleted = tuple(each for each in every if DESTROYS.intersection(each.actions))
    yield from _not_owned(config, snapshot, every)
    yield from _not_allowed(config, deleted, overrides)
    yield from _protected(config, snapshot, deleted)
    limit = overrides.max_deletes if overrides.max_deletes is not None else config.environment.max_deletes
    yield from _too_many(snapshot, deleted, limit)


def _not_owned(config: Config, snapshot: Snapshot, changes: Iterable[Change]) -> Iterator[Guardrail]:
    for change in changes:
        match = change.match
        if change.desired.lifecycle.absent and match and not is_owned(change.address, match, config, snapshot):
            yield Guardrail(
                GuardrailRule.ABSENT,
                (change.address,),
                f"{change.address} must be absent, but confsync does not own {change.sid}",
                f"`adopt: {{{quote_yaml(str(change.address))}: {change.sid}}}`",
            )


def _not_allowed(config: Config, deleted: Iterable[Change], overrides: Overrides) -> Iterator[Guardrail]:
    """Block the deletion of a resource whose SID other systems use, unless the user names it."""
    allowed = config.environment.allow_delete
    for change in deleted:
        named = change.address in overrides.allow_delete or allowed.get(change.address) == change.sid
        if change.kind.recreate_impact and not named:
            address = str(change.address)
            yield Guardrail(
                GuardrailRule.DELETE,
                (change.address,),
                f"deleting {address} ({change.sid}) needs explicit permission, as for every {change.kind.title}",
                f"`--allow-delete {shlex.quote(address)}`, or `allow_delete: {{{quote_yaml(address)}: {change.sid}}}`",
                change.source,
            )


def _protected(config: Config, snapshot: Snapshot, deleted: Iterable[Change]) -> Iterator[Guardrail]:
    for change in deleted:
        protected = tuple(_protected_in(config, snapshot, change))
        if protected:
            inside = tuple(each for each in protected if each != change.address)
            text = _why_protected(change, protected, inside)
            hint = _how_to_unprotect(config, snapshot, protected)
            yield Guardrail(GuardrailRule.PROTECT, (change.address, *inside), text, hint, change.source)


def _why_protected(change: Change, protected: Iterable[Address], inside: tuple[Address, ...]) -> str:
    resource, names = f"{change.address} ({change.sid})", ", ".join(map(str, inside))
    if change.address in protected:
        also = f", and so is {names} in it" if len(inside) == 1 else f", and so are {names} in it" if inside else ""
        return f"{resource} would be deleted, but it is protected{also}"
    return f"{resource} would be deleted, but {names} in it {'is' if len(inside) == 1 else 'are'} protected"


def _how_to_unprotect(config: Config, snapshot: Snapshot, protected: Iterable[Address]) -> str:
    """Say how to remove the protection: in the resource's block, or in a new block if it has none."""
    undeclared = [each for each in protected if each not in config.resources]
    if not undeclared:
        return "`lifecycle.protect: false`"
    current = (snapshot.ledger.current.get(each) for each in undeclared)
    if all(each and each.protect for each in current):
        return _UNPROTECT_UNDECLARED
    return f"{_UNPROTECT_UNDECLARED}; {_UNPROTECT_SUPERSEDED}"


_UNPROTECT_UNDECLARED = "declare it again with `lifecycle.protect: false`, and apply that first"
_UNPROTECT_SUPERSEDED = (
    "`adopt` a superseded resource at a new address with `lifecycle: {absent: true, protect: false}`"
)


def _protected_in(config: Config, snapshot: Snapshot, change: Change) -> Iterable[Address]:
    """Return every protected address that a deletion includes. The ledger's protection counts until it is removed."""
    declared = {at: each.lifecycle.protect for at, each in config.resources.items() if at.within(change.address)}
    by_config = (at for at, protect in declared.items() if protect and _is_current(snapshot, change))
    by_ledger = (at for at in _protected_by_ledger(snapshot, change) if declared.get(at) is not False)
    return dict.fromkeys((*by_config, *by_ledger))


def _protected_by_ledger(snapshot: Snapshot, change: Change) -> Iterator[Address]:
    """Yield the resource, by its SID, and everything in it if the ledger records protection for it."""
    entry = snapshot.ledger.owner.get(change.sid) if change.sid else None
    if entry and entry.protect:
        yield change.address
    if _is_current(snapshot, change):
        inside = (each for each in snapshot.ledger.entries if each.address != change.address)
        yield from (each.address for each in inside if each.protect and each.address.within(change.address))


def _is_current(snapshot: Snapshot, change: Change) -> bool:
    """Whether a change is about the current resource of its address, not about a superseded one."""
    entry = snapshot.ledger.current.get(change.address)
    return entry is None or entry.sid == change.sid


class _Group(Struct, frozen=True):
    """The resources of one kind at any depth below an address; the empty address is the account."""

    above: Address
    kind: Kind


def _too_many(snapshot: Snapshot, deleted: Iterable[Change], limit: int | None) -> Iterator[Guardrail]:
    """Count the deletions of each kind at every level, contents included, except what the user named one by one."""
    counted = [each for each in deleted if not (each.desired.lifecycle.absent or each.kind.recreate_impact)]
    addresses = [*(each.address for each in counted), *(inside for each in counted for inside in each.also_deleted)]
    groups, owned = _grouped(addresses), _grouped(each.address for each in snapshot.ledger.entries if each.sid)
    reported: dict[Kind, set[Address]] = defaultdict(set)
    largest = max(map(len, groups.values()), default=0)  # one flag overrides the limit for all kinds
    for group in sorted(groups, key=lambda each: -len(each.above)):
        members, total = groups[group], len(owned.get(group, ()))
        if set(members) - reported[group.kind] and _is_too_many(len(members), total, limit):
            reported[group.kind].update(members)
            place = f" in {group.above}" if group.above else ""
            yield Guardrail(
                GuardrailRule.DELETES,
                tuple(dict.fromkeys(members)),
                f"{len(members)} of the {total} {group.kind.section}{place} that confsync owns would be deleted",
                f"`--max-deletes {largest}`, or `guardrails: {{max_deletes: {largest}}}`",
            )


def _is_too_many(number: int, owned: int, limit: int | None) -> bool:
    if limit is not None:
        return number > limit
    return number > 1 and (number > MANY or number > SHARE * owned)


def _grouped(addresses: Iterable[Address]) -> Mapping[_Group, list[Address]]:
    groups: dict[_Group, list[Address]] = defaultdict(list)
    for address in addresses:
        kind = kind_of(address)
        if kind is None or kind.created_by_twilio:
            continue
        for depth in range(0, len(address) - 1, 2):
            groups[_Group(Address(address[:depth]), kind)].append(address)
    return groups
