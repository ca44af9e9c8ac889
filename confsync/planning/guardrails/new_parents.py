"""Finds adoptions that are impossible, because the plan creates what would have to contain the resource."""

from collections.abc import Iterator, Mapping

from confsync.config.config import Config
from confsync.names import Address, Sid, parent_of
from confsync.plan.change import CREATES, Change
from confsync.state.ledger import Ledger


def find_adoptions_in_new_parents(
    config: Config, known: Ledger, current: Mapping[Address, Change]
) -> Iterator[tuple[Address, Sid]]:
    """Yield what `adopt` names in a resource that the plan creates, unless it was adopted in an earlier one.

    `known` is the ledger as read, and `current` has the changes of what stays or is created.
    """
    for address, sid in config.adopt.items():
        desired, entry = config.resources.get(address), known.owner.get(sid)
        if desired is None or desired.lifecycle.absent or (entry and entry.address == address):
            continue
        parent = current.get(parent_of(desired.kind, address))
        if parent is not None and not CREATES.isdisjoint(parent.actions):
            yield address, sid
