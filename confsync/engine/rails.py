"""What stops an apply before its first write, and what lifts each."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from confsync.config.config import Config
from confsync.config.desired import Desired
from confsync.engine.diff import settled
from confsync.engine.identity import immutable_changes
from confsync.engine.order import makers
from confsync.engine.snapshot import Snapshot, comes_with_parent
from confsync.names import Address, linked, parent_of
from confsync.shapes import Edit


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
    yield from _not_replaceable(config, snapshot)
    yield from _nothing_to_edit(config, snapshot)
    yield from _not_taking_part(config, snapshot)


def _ambiguous(config: Config, snapshot: Snapshot) -> Iterator[Rail]:
    for address, sids in snapshot.identity.ambiguous.items():
        kind = config.resources[address].kind
        key = " and ".join(config.resources[address].recognised_by)
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


def _not_replaceable(config: Config, snapshot: Snapshot) -> Iterator[Rail]:
    """Stop where something would have to be deleted that is not ours."""
    for address, match in snapshot.matches.items():
        desired = config.resources[address]
        names = tuple(immutable_changes(desired, match.found)) if desired.kind.replaced else ()
        if names and not match.ours:
            written = ", ".join(f"{name}: {match.found.fields[name]}" for name in names)
            yield Rail(
                "replace",
                (address,),
                f"{address} ({match.found.sid}) exists already with another {' and '.join(names)}; it would have to be "
                "deleted, and is not ours",
                f"write `{written}`, or delete it by hand",
            )


def _nothing_to_edit(config: Config, snapshot: Snapshot) -> Iterator[Rail]:
    """Stop where an edit would leave nothing in a set: where it is told by edits, it cannot be empty."""
    for address, desired in config.resources.items():
        match = snapshot.matches.get(address)
        for name, value in desired.fields.items():
            if not isinstance(value, Edit) or (match is None and not _is_missing(desired, snapshot)):
                continue
            live = match.found.fields.get(name) if match else None
            if not settled(value, live):
                yield Rail(
                    "edit",
                    (address,),
                    f"nothing would be left of the {name} of {address}",
                    f"write what else must be in {name} under `add`",
                )


def _not_taking_part(config: Config, snapshot: Snapshot) -> Iterator[Rail]:
    """Stop where a link is declared between two things that nothing brings together."""
    for address, desired in config.resources.items():
        kind = desired.kind
        if kind.through is None or address in snapshot.matches or any(makers(desired, config)):
            continue
        parent, other = parent_of(kind, address), linked(kind, address)
        yield Rail(
            "link",
            (address,),
            f"{parent} takes no part in {other}, so there is no {kind.title}",
            f"declare it under `{kind.through.section}` of {other}",
        )
