"""Which changes an apply must finish before it starts another one, and which it writes one at a time.

A resource that is created or changed waits for those that it requires. A new one also waits for the configuration that
it takes its defaults from, because Twilio copies them when it creates the resource. One that gets the unique name of
another resource waits until that one has a new name. Deletes come last: a delete starts once every other write in the
same service is done; at the top level or directly under the account, once all other writes are done. Deletes in one
service follow each other in the plan's order, and none requires that another succeeds.
"""

from collections.abc import Iterable, Mapping

from confsync.config.config import Config
from confsync.names import Address, parent_of
from confsync.plan.change import CREATES, Change, Key
from confsync.planning.guardrails.freed_keys import freeing_changes
from confsync.planning.order import default_sources, required_addresses


def container_of(change: Change) -> Address:
    """Return the address within which writes go one at a time: Twilio limits writes per service."""
    kind, address = change.kind, change.address
    while kind.parent is not None and not kind.parent.group:
        kind, address = kind.parent, parent_of(kind, address)
    return address


def find_prerequisites(working: tuple[Change, ...], config: Config) -> Mapping[Key, tuple[Key, ...]]:
    """Find, for each change, the changes that must be done before it starts."""
    others = {each.key: each for each in working if not each.deletes}
    by_container = _by_container(others.values())
    prerequisites = {key: tuple(_required(each, others, config)) for key, each in others.items()}
    for key, freeing in freeing_changes(others.values()).items():
        prerequisites[key] = (*prerequisites[key], freeing.key)
    for change in (each for each in working if each.deletes):
        top_level = container_of(change) == change.address
        prerequisites[change.key] = tuple(others) if top_level else by_container.get(container_of(change), ())
    return prerequisites


def _required(change: Change, others: Mapping[Key, Change], config: Config) -> Iterable[Key]:
    required = [*required_addresses(change.desired, config)]
    if CREATES.intersection(change.actions):
        required += default_sources(change.desired)
    keys = ((address, None) for address in required)
    return (key for key in keys if key in others)


def _by_container(changes: Iterable[Change]) -> dict[Address, tuple[Key, ...]]:
    keys: dict[Address, list[Key]] = {}
    for each in changes:
        keys.setdefault(container_of(each), []).append(each.key)
    return {container: tuple(members) for container, members in keys.items()}
