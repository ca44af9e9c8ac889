"""Rebuilds the ledger from the live state if the ledger is lost or corrupt."""

import secrets
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from confsync.plan.change import CREATES, Change
from confsync.state.journal import Journal
from confsync.state.ledger import Entry, Ledger
from confsync.state.ledger_file import write_ledger
from confsync.state.replay import Put, RecordedValues, replay_events
from confsync.state.state_files import journal_path
from confsync.state.store import SalvagedState, keep_recorded_values


class RebuiltLedger(Struct, frozen=True):
    """A rebuilt ledger, the number of entries that are new in it, and the new paths of the corrupt files.

    `recorded` has the values of pending replaces.
    """

    ledger: Ledger
    adopted: int
    aside: tuple[Path, ...]
    recorded: RecordedValues = {}


def rebuild_ledger(path: Path, salvage: SalvagedState, changes: Iterable[Change], owned: Ledger) -> RebuiltLedger:
    """Write a ledger from what was salvaged and from every live resource that a plan matched. Raises LocalFileError.

    Nothing is recorded as applied, because that is not known: each secret is sent once more, as without a ledger.
    """
    adopted = tuple(Put(adopted_entry(each)) for each in changes if _is_adopted(each))
    after = replay_events(owned, adopted).after(salvage.ledger.serial)
    aside = salvage.set_aside()
    if salvage.branch:
        salvage.branch.push(after, None, corrupt=True)
    else:
        write_ledger(path, after)
    keep_recorded_values(Journal(journal_path(path), after), after, salvage.recorded)
    return RebuiltLedger(after, len(adopted), aside, salvage.recorded)


def adopted_entry(change: Change) -> Entry:
    """Return the entry of a resource that is adopted as it is. None of its values counts as applied."""
    return Entry(
        address=change.address,
        sid=change.sid,
        id=secrets.token_hex(8),
        origin="adopted",
        protect=bool(change.desired.lifecycle.protect),
        date_updated=change.match.found.date_updated if change.match else None,
    )


def _is_adopted(change: Change) -> bool:
    lifecycle = change.desired.lifecycle
    # a resource that must be absent is not adopted: the next apply would delete it
    managed = not (lifecycle.lookup or lifecycle.absent or CREATES.intersection(change.actions))
    return managed and change.match is not None and not change.match.owned
