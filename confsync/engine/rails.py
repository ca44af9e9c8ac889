"""What stops an apply before its first write, and what lifts each."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from confsync.config.config import Config
from confsync.config.desired import Desired
from confsync.engine.snapshot import Snapshot, comes_with_parent
from confsync.names import Address


@dataclass(frozen=True, slots=True)
class Rail:
    """One reason not to apply. `lifted_by` is what a person types, empty where nothing lifts it."""

    rule: str
    addresses: tuple[Address, ...]
    text: str
    lifted_by: str = ""


def rails(config: Config, snapshot: Snapshot, allow_recreate: frozenset[Address]) -> Iterator[Rail]:
    """Find every rail that a plan of this configuration runs into."""
    yield from _ambiguous(config, snapshot)
    yield from _not_found(config, snapshot)
    yield from _renamed(config, snapshot)
    yield from _vanished(config, snapshot, allow_recreate)


def _ambiguous(config: Config, snapshot: Snapshot) -> Iterator[Rail]:
    for address, sids in snapshot.identity.ambiguous.items():
        kind = config.resources[address].kind
        key = " and ".join(field.name for field in kind.key_fields)
        named = ", ".join(f"{sid} (ours)" if sid in snapshot.ledger.owner else sid for sid in sids)
        yield Rail(
            "ambiguous",
            (address,),
            f"more than one live {kind.title} could be {address}, by its {key}: {named}",
            "keep only one of them at Twilio under that name",
        )


def _not_found(config: Config, snapshot: Snapshot) -> Iterator[Rail]:
    for address, desired in config.resources.items():
        if desired.lifecycle.lookup and _is_missing(desired, snapshot):
            yield Rail(
                "lookup",
                (address,),
                f"{address} is to be looked up, and nothing at Twilio is named '{desired.name}'",
                "make it by hand, or remove `lifecycle.lookup`",
            )


def _is_missing(desired: Desired, snapshot: Snapshot) -> bool:
    """Whether a resource surely does not exist, and will not come with its parent."""
    unclear = any(desired.address.within(each) for each in snapshot.identity.ambiguous)
    return not unclear and desired.address not in snapshot.matches and not comes_with_parent(desired, snapshot)


def _renamed(config: Config, snapshot: Snapshot) -> Iterator[Rail]:
    for address, match in snapshot.matches.items():
        desired = config.resources[address]
        name = desired.kind.name_field
        if name is None or not (desired.kind.irreplaceable and desired.wants(name)):
            continue
        live = match.found.fields.get(name.name)
        if live != desired.fields[name.name]:
            yield Rail(
                "rename",
                (address,),
                f"{address} is named '{live}' at Twilio, not '{desired.name}': v1 cannot rename a {desired.kind.title}",
                f"keep `{name.name}: {live}`",
            )


def _vanished(config: Config, snapshot: Snapshot, allowed: frozenset[Address]) -> Iterator[Rail]:
    for address, sid in snapshot.identity.vanished.items():
        kind = config.resources[address].kind
        if kind.carries and address not in allowed:
            match = snapshot.matches.get(address)
            now = f"{match.found.sid} has its name now" if match else "made again, it gets another SID"
            yield Rail(
                "recreate",
                (address,),
                f"{address} ({sid}) was deleted outside; {now}, and {kind.carries}",
                f"--allow-recreate {shlex.quote(str(address))}",
            )
