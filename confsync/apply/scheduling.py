"""Who waits for whom in an apply, and what takes one write at a time.

What is made or changed waits for what it needs. Deletes come last: one begins once every other write in the same
service is done, and one at the top, or directly under the account, once everything else in the plan is. Deletes of one
place follow each other in the plan's order, and none waits for another to succeed.
"""

from collections.abc import Iterable, Mapping

from confsync.config.config import Config
from confsync.names import Address, parent_of
from confsync.plan.change import Change, Key
from confsync.planning.order import required_addresses


def container_of(change: Change) -> Address:
    """Give what takes one write at a time: the service that a thing is in, since Twilio counts writes by it."""
    kind, address = change.kind, change.address
    while kind.parent is not None and not kind.parent.group:
        kind, address = kind.parent, parent_of(kind, address)
    return address


def find_prerequisites(working: tuple[Change, ...], config: Config) -> Mapping[Key, tuple[Key, ...]]:
    """Say for each change which others must be done before it begins."""
    others = {each.key: each for each in working if not each.deletes}
    everything, beside = tuple(others), _by_container(others.values())
    waiting = {key: tuple(_needed(each, others, config)) for key, each in others.items()}
    for change in (each for each in working if each.deletes):
        waiting[change.key] = everything if _at_the_top(change) else beside.get(container_of(change), ())
    return waiting


def _needed(change: Change, others: Mapping[Key, Change], config: Config) -> Iterable[Key]:
    keys = ((address, None) for address in required_addresses(change.desired, config))
    return (key for key in keys if key in others)


def _at_the_top(change: Change) -> bool:
    return container_of(change) == change.address


def _by_container(changes: Iterable[Change]) -> dict[Address, tuple[Key, ...]]:
    found: dict[Address, list[Key]] = {}
    for each in changes:
        found.setdefault(container_of(each), []).append(each.key)
    return {home: tuple(keys) for home, keys in found.items()}
