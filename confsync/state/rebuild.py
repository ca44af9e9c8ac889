"""A ledger made anew from what is live, where the one that there was is lost or spoilt."""

import secrets
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from confsync.plan.change import MADE, Change
from confsync.state import ledger as ledgers
from confsync.state.ledger import Entry, Ledger
from confsync.state.replay import Put, replay_events
from confsync.state.store import SalvagedState


class RebuiltLedger(Struct, frozen=True):
    """A ledger that was made anew, how many entries of it are new, and where what was spoilt lies now."""

    ledger: Ledger
    adopted: int
    aside: tuple[Path, ...]


def rebuild_ledger(path: Path, salvage: SalvagedState, changes: Iterable[Change], owned: Ledger) -> RebuiltLedger:
    """Write a ledger of what was salvaged and of every live resource that a plan matched. Raises LocalFileError.

    Nothing is remembered as applied, since nobody knows: as without a ledger, each secret is sent once more. What must
    not exist is not adopted, or the next apply would delete it.
    """
    adopted = tuple(Put(_entry(each)) for each in changes if _is_recognised(each))
    after = replay_events(owned, adopted).after(salvage.ledger.serial)
    aside = salvage.set_aside()
    ledgers.write_ledger(path, after)
    return RebuiltLedger(after, len(adopted), aside)


def _is_recognised(change: Change) -> bool:
    lifecycle = change.desired.lifecycle
    wanted = not (lifecycle.lookup or lifecycle.absent or MADE.intersection(change.actions))
    return wanted and change.match is not None and not change.match.ours


def _entry(change: Change) -> Entry:
    return Entry(
        address=change.address,
        sid=change.sid,
        id=secrets.token_hex(8),
        origin="adopted",
        protect=bool(change.desired.lifecycle.protect),
        date_updated=change.match.found.date_updated if change.match else None,
    )
