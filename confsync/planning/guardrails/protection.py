"""Guardrails for protection: it belongs to a SID, and no plan both removes it and acts on the removal.

The ledger as it was read decides, before this plan moves, forgets or adopts anything.
"""

from collections.abc import Container, Iterable, Iterator, Mapping

from confsync.config.config import Config
from confsync.config.yaml import quote_yaml
from confsync.live.snapshot import Snapshot
from confsync.names import Address
from confsync.plan.change import Change
from confsync.plan.guardrails import GuardrailRule
from confsync.plan.match import How
from confsync.plan.plan import Guardrail
from confsync.planning.guardrails.followers import find_protected_followers
from confsync.planning.selection import SelectionScope
from confsync.quoting import listed
from confsync.state.ledger import Entry, Ledger


def find_protected_deletions(
    config: Config, snapshot: Snapshot, known: Ledger, deleted: Iterable[Change]
) -> Iterator[Guardrail]:
    """Block each deletion or replacement that would remove something protected."""
    every = tuple(deleted)
    for change, followers in find_protected_followers(snapshot, known, every):
        are = "is" if len(followers) == 1 else "are"
        text = f"deleting {change.address} ({change.sid}) would also remove {listed(followers)}, which {are} protected"
        hint = how_to_unprotect(followers)
        yield Guardrail(GuardrailRule.PROTECT, (change.address, *followers), text, hint, change.source)
    for change in every:
        protected = _protected_in(config, snapshot, known, change)
        if protected:
            inside = tuple(each for each in protected if each != change.address)
            text = _why_protected(change, protected, inside)
            hint = how_to_unprotect(protected.values())
            yield Guardrail(GuardrailRule.PROTECT, (change.address, *inside), text, hint, change.source)


def find_lost_protection(
    config: Config, snapshot: Snapshot, known: Ledger, scope: SelectionScope, looked_up: Iterable[Entry]
) -> Iterator[Guardrail]:
    """Block `forget`, `lookup` and `adopt` of what is protected: they would end its protection, or hide who has it."""
    remaining = {each.id for each in snapshot.ledger.entries}
    for entry in known.without(snapshot.gone).entries:
        if entry.protect and entry.id not in remaining:
            text = f"`forget` names {_named(entry)}, which is protected"
            yield _lost(entry.address, text, f"remove it from `forget`, and {how_to_unprotect((entry.address,))}")
    for entry in looked_up:
        if entry.protect:
            text = f"{_named(entry)} is protected, and `lifecycle.lookup` would end that"
            yield _lost(entry.address, text, f"write `{_OFF}` in place of `lookup`, and apply that first")
    yield from _readopted(config, snapshot, known, scope)


_OFF = "lifecycle.protect: false"


def how_to_unprotect(protected: Iterable[Address]) -> str:
    """Say how to remove protection, which takes a plan of its own."""
    return f"declare {listed(protected)} with `{_OFF}`, and apply that before the plan that gives it up"


def _readopted(config: Config, snapshot: Snapshot, known: Ledger, scope: SelectionScope) -> Iterator[Guardrail]:
    for address, sid in () if scope.destroys else config.adopt.items():
        entry, match = known.owner.get(sid), snapshot.matches.get(address)
        if entry is None or not entry.protect or match is None or match.found.sid != sid or not scope.includes(address):
            continue
        before = match.previous or entry.address
        declared = config.resources[address].lifecycle.previously
        if before == address or match.how is How.OWNED or str(before) in declared:
            continue
        text = f"`adopt` names {sid} for {address}, but it is protected as {before}"
        move = f"to move it, write `lifecycle.previously: [{quote_yaml(str(before))}]` in place of `adopt`"
        yield _lost(address, text, f"{move}; otherwise remove the line, and {how_to_unprotect((before,))}")


def _lost(address: Address, text: str, override: str) -> Guardrail:
    return Guardrail(GuardrailRule.UNPROTECT, (address,), text, override)


def _named(entry: Entry) -> str:
    return f"{entry.address} ({entry.sid})" if entry.sid else str(entry.address)


def _protected_in(config: Config, snapshot: Snapshot, known: Ledger, change: Change) -> Mapping[Address, Address]:
    """Return every protected address that a deletion includes, and where its protection was declared."""
    declared = (at for at, each in config.resources.items() if each.lifecycle.protect and at.within(change.address))
    by_config = {at: at for at in declared if _is_current(snapshot, change)}
    return {**by_config, **dict(_protected_by_ledger(snapshot, known, change))}


def _protected_by_ledger(snapshot: Snapshot, known: Ledger, change: Change) -> Iterator[tuple[Address, Address]]:
    """Yield the address of the resource, and of everything in it, for which the ledger as read records protection."""
    if change.sid is None:
        return
    entry = known.owner.get(change.sid)
    if entry and entry.protect:
        yield change.address, entry.address
    before = entry.address if entry else change.address
    for each in known.contents(change.sid):
        if each.protect and each.sid not in snapshot.gone:
            now = snapshot.ledger.owner.get(each.sid) if each.sid else None
            yield now.address if now else each.address.moved(before, change.address), each.address


def _is_current(snapshot: Snapshot, change: Change) -> bool:
    """Whether a change is about the current resource of its address, not about a superseded one."""
    entry = snapshot.ledger.current.get(change.address)
    return entry is None or entry.sid == change.sid


def _why_protected(change: Change, protected: Container[Address], inside: tuple[Address, ...]) -> str:
    resource, names = f"{change.address} ({change.sid})", listed(inside)
    if change.address in protected:
        also = f", and so is {names} in it" if len(inside) == 1 else f", and so are {names} in it" if inside else ""
        return f"{resource} would be deleted, but it is protected{also}"
    return f"{resource} would be deleted, but {names} in it {'is' if len(inside) == 1 else 'are'} protected"
