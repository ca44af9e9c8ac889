"""Guardrails for what a different environment of the account owns: this one neither takes it over nor deletes it."""

from collections.abc import Iterable, Iterator

from confsync.config.config import Config
from confsync.config.yaml import quote_yaml
from confsync.live.identity import OwnedElsewhere
from confsync.live.snapshot import Snapshot
from confsync.names import Address
from confsync.plan.change import DESTROYS, Change
from confsync.plan.guardrails import GuardrailRule
from confsync.plan.plan import Guardrail
from confsync.quoting import in_quotes
from confsync.state.other_environments import Owner


def find_declared_elsewhere(config: Config, snapshot: Snapshot) -> Iterator[Guardrail]:
    """Find what this configuration declares and a different environment owns."""
    for address, found in snapshot.identity.elsewhere.items():
        yield _taken_over(config, address, found)


def find_other_owners(config: Config, snapshot: Snapshot, changes: Iterable[Change]) -> Iterator[Guardrail]:
    """Find what this environment owns or deletes, and a different one owns too."""
    yield from _owned_by_both(config, snapshot)
    yield from _deleted_with_contents(snapshot, changes)


def _taken_over(config: Config, address: Address, found: OwnedElsewhere) -> Guardrail:
    sid, owner = found.found.sid, found.owner
    text = f"{address} ({sid}) belongs to {owner}" if sid else f"{address} belongs to {owner}"
    if config.resources[address].lifecycle.absent:
        return _blocked(address, text, f"remove its block here, and delete it in {_there(owner)}")
    if sid is None:
        return _blocked(address, text, f"remove its block here; or remove it in {_there(owner)}, and apply that")
    if config.adopt.get(address) == sid:
        text = f"`adopt` names {sid} for {address}, but it belongs to {owner}"
        return _blocked(address, text, f"name another SID under `adopt`; or {_release(owner)}")
    return _blocked(address, text, f"`lifecycle: {{lookup: true}}` uses it as it is; or {_release(owner)}")


def _owned_by_both(config: Config, snapshot: Snapshot) -> Iterator[Guardrail]:
    for entry in snapshot.ledger.entries:
        owner = snapshot.other_owners.get(entry.sid) if entry.sid else None
        declared = config.resources.get(entry.address)
        if owner is None or (declared is not None and declared.lifecycle.lookup):
            continue
        text = f"the ledgers of two environments own {entry.sid}: this one, as {entry.address}, and that of {owner}"
        here = f"remove its block here and write `forget: [{quote_yaml(str(entry.address))}]`"
        yield _blocked(entry.address, text, f"{here}; or {_release(owner)}")


def _deleted_with_contents(snapshot: Snapshot, changes: Iterable[Change]) -> Iterator[Guardrail]:
    for change in changes:
        owner = snapshot.identity.others.contents.get(change.sid) if change.sid else None
        if owner and DESTROYS.intersection(change.actions):
            text = f"deleting {change.address} would also delete what belongs to {owner}"
            yield _blocked(change.address, text, f"delete that first in {_there(owner)}; or {_release(owner)}")


def _blocked(address: Address, text: str, override: str) -> Guardrail:
    return Guardrail(GuardrailRule.ENVIRONMENT, (address,), text, override)


def _there(owner: Owner) -> str:
    return f"environment {in_quotes(owner.environment)}"


def _release(owner: Owner) -> str:
    forget = f"`forget: [{quote_yaml(str(owner.address))}]`"
    return f"release it: in {_there(owner)}, remove its block, write {forget}, and apply that"
