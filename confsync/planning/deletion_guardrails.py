"""The guardrails over deletes: how many, of what, and whether anything protected is among it."""

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
from confsync.plan.guardrail import Guardrail
from confsync.plan.guardrail_rules import GuardrailRule
from confsync.plan.intent import Overrides
from confsync.planning.deletions import is_owned
from confsync.resources import kind_of

MANY = 5
SHARE = 0.25
"""The `deletes` guardrail triggers above this many deletes, or above this share of the owned resources of a kind."""


def find_deletion_guardrails(
    config: Config, snapshot: Snapshot, changes: Iterable[Change], overrides: Overrides
) -> Iterator[Guardrail]:
    """Find every guardrail that what a plan deletes or replaces runs into."""
    every = tuple(changes)
    lost = tuple(each for each in every if DESTROYS.intersection(each.actions))
    yield from _not_ours(config, snapshot, every)
    yield from _not_allowed(config, lost, overrides)
    yield from _protected(config, snapshot, lost)
    limit = overrides.max_deletes if overrides.max_deletes is not None else config.environment.max_deletes
    yield from _too_many(snapshot, lost, limit)


def _not_ours(config: Config, snapshot: Snapshot, changes: Iterable[Change]) -> Iterator[Guardrail]:
    for change in changes:
        match = change.match
        if change.desired.lifecycle.absent and match and not is_owned(change.address, match, config, snapshot):
            yield Guardrail(
                GuardrailRule.ABSENT,
                (change.address,),
                f"{change.address} must not exist, and {change.sid} is not known to be ours",
                f"adopt: {{{quote_yaml(str(change.address))}: {change.sid}}}",
            )


def _not_allowed(config: Config, lost: Iterable[Change], overrides: Overrides) -> Iterator[Guardrail]:
    """Stop at a thing on whose SID others hang, unless it is named."""
    allowed = config.environment.allow_delete
    for change in lost:
        named = change.address in overrides.allow_delete or allowed.get(change.address) == change.sid
        if change.kind.recreate_impact and not named:
            address = str(change.address)
            yield Guardrail(
                GuardrailRule.DELETE,
                (change.address,),
                f"{address} ({change.sid}) would be deleted, and {change.kind.a_title} is deleted only if it is named",
                f"`--allow-delete {shlex.quote(address)}`, or `allow_delete: {{{quote_yaml(address)}: {change.sid}}}`",
                change.source,
            )


def _protected(config: Config, snapshot: Snapshot, lost: Iterable[Change]) -> Iterator[Guardrail]:
    for change in lost:
        kept = tuple(_kept_alive(config, snapshot, change))
        if kept:
            inside = tuple(each for each in kept if each != change.address)
            hint = _unprotected(config, snapshot, kept)
            yield Guardrail(
                GuardrailRule.PROTECT, (change.address, *inside), _why_kept(change, kept, inside), hint, change.source
            )


def _why_kept(change: Change, kept: Iterable[Address], inside: tuple[Address, ...]) -> str:
    itself, names = f"{change.address} ({change.sid})", ", ".join(map(str, inside))
    if change.address in kept:
        return f"{itself} is protected{f', with {names} in it' if names else ''}, and would have to be deleted"
    return f"{itself} would have to be deleted, and {names} in it {'is' if len(inside) == 1 else 'are'} protected"


def _unprotected(config: Config, snapshot: Snapshot, kept: Iterable[Address]) -> str:
    """Say how protection is lifted: of what has a block, in there; of what has none, once it has one again."""
    undeclared = [each for each in kept if each not in config.resources]
    if not undeclared:
        return "lifecycle.protect: false"
    current = (snapshot.ledger.current.get(each) for each in undeclared)
    return _UNPROTECT if all(each and each.protect for each in current) else f"{_UNPROTECT}; {_UNPROTECT_OLD}"


_UNPROTECT = "declare it again with `lifecycle.protect: false`, and apply that first"
_UNPROTECT_OLD = (
    "`adopt` what is superseded under an address of its own with `lifecycle: {absent: true, protect: false}`"
)


def _kept_alive(config: Config, snapshot: Snapshot, change: Change) -> Iterable[Address]:
    """Give everything protected that would go: what the ledger remembers so counts until a person says otherwise."""
    said = {at: each.lifecycle.protect for at, each in config.resources.items() if at.within(change.address)}
    spoken = (at for at, protect in said.items() if protect and _is_current(snapshot, change))
    remembered = (at for at in _remembered(snapshot, change) if said.get(at) is not False)
    return dict.fromkeys((*spoken, *remembered))


def _remembered(snapshot: Snapshot, change: Change) -> Iterator[Address]:
    """Name what the ledger holds for protected: the thing itself, by its SID, wherever it stood, and what is in it."""
    itself = snapshot.ledger.owner.get(change.sid) if change.sid else None
    if itself and itself.protect:
        yield change.address
    if _is_current(snapshot, change):
        inside = (each for each in snapshot.ledger.entries if each.address != change.address)
        yield from (each.address for each in inside if each.protect and each.address.within(change.address))


def _is_current(snapshot: Snapshot, change: Change) -> bool:
    """Whether a change is about what has its address now, rather than about what had it once."""
    entry = snapshot.ledger.current.get(change.address)
    return entry is None or entry.sid == change.sid


class _Group(Struct, frozen=True):
    """Things of one kind below one address, at whatever depth; the empty address is the account."""

    above: Address
    kind: Kind


def _too_many(snapshot: Snapshot, lost: Iterable[Change], limit: int | None) -> Iterator[Guardrail]:
    """Count at every level what goes of a kind, contents included; what is named one by one does not count."""
    counted = [each for each in lost if not (each.desired.lifecycle.absent or each.kind.recreate_impact)]
    doomed = [*(each.address for each in counted), *(inside for each in counted for inside in each.also_deleted)]
    dying, owned = _grouped(doomed), _grouped(each.address for each in snapshot.ledger.entries if each.sid)
    told: dict[Kind, set[Address]] = defaultdict(set)
    most = max(map(len, dying.values()), default=0)  # one number for all kinds: that is how it is lifted
    for group in sorted(dying, key=lambda each: -len(each.above)):
        addresses, total = dying[group], len(owned.get(group, ()))
        news = set(addresses) - told[group.kind]
        if news and _is_too_many(len(addresses), total, limit):
            told[group.kind].update(addresses)
            place = f" in {group.above}" if group.above else ""
            yield Guardrail(
                GuardrailRule.DELETES,
                tuple(dict.fromkeys(addresses)),
                f"{len(addresses)} of {total} {group.kind.section}{place} that confsync manages would be deleted",
                f"`--max-deletes {most}`, or `guardrails: {{max_deletes: {most}}}`",
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
