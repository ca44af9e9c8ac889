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
from confsync.planning.guardrails.protection import find_protected_deletions
from confsync.resources import kind_of
from confsync.state.ledger import Ledger

MANY = 5
SHARE = 0.25
"""The `deletes` guardrail triggers above this many deletions, or above this share of the owned resources of a kind."""


def find_deletion_guardrails(
    config: Config, snapshot: Snapshot, known: Ledger, changes: Iterable[Change], overrides: Overrides
) -> Iterator[Guardrail]:
    """Find every guardrail that blocks what a plan deletes or replaces. `known` is the ledger as read."""
    every = tuple(changes)
    deleted = tuple(each for each in every if DESTROYS.intersection(each.actions))
    yield from _not_owned(config, snapshot, every)
    yield from _not_allowed(config, deleted, overrides)
    yield from find_protected_deletions(config, snapshot, known, deleted)
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


class _Group(Struct, frozen=True):
    """The resources of one kind at any depth below an address; the empty address is the account."""

    above: Address
    kind: Kind


def _too_many(snapshot: Snapshot, deleted: Iterable[Change], limit: int | None) -> Iterator[Guardrail]:
    """Count the deletions of each kind at every level, contents included, except what the user named one by one."""
    groups = _counted(deleted)
    if not groups:
        return
    owned = _grouped(each.address for each in snapshot.ledger.entries if each.sid)
    reported: dict[Kind, set[Address]] = defaultdict(set)
    largest = max(map(len, groups.values()))  # one flag overrides the limit for all kinds
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


def max_deletes_needed(snapshot: Snapshot, deleted: Iterable[Change], limit: int | None) -> int | None:
    """Return the limit that would allow deletions, or None if nothing blocks them because of their number."""
    every = tuple(deleted)
    blocked = any(_too_many(snapshot, every, limit))
    return max(map(len, _counted(every).values())) if blocked else None


def _counted(deleted: Iterable[Change]) -> Mapping[_Group, list[Address]]:
    """Group what counts: contents included, but not what a user names one by one."""
    counted = [each for each in deleted if not (each.desired.lifecycle.absent or each.kind.recreate_impact)]
    return _grouped(
        (*(each.address for each in counted), *(inside for each in counted for inside in each.also_deleted))
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
