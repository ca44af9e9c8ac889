"""A ledger made anew from what is live, where the one that there was is lost or spoilt."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from confsync.engine.change import MADE, Change
from confsync.engine.ownership import ledger as ledgers
from confsync.engine.ownership.books import Salvage
from confsync.engine.ownership.folding import Put, folded
from confsync.engine.ownership.ledger import Entry, Ledger
from confsync.engine.plan import LivePlan


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A ledger that was made anew, how many entries of it are new, and where what was spoilt lies now."""

    ledger: Ledger
    adopted: int
    aside: tuple[Path, ...]


def rebuild(path: Path, salvage: Salvage, made: LivePlan) -> Rebuilt:
    """Write a ledger of what was salvaged and of everything that a plan recognises. Raises LocalFileTrouble.

    Nothing is remembered as applied, since nobody knows: as without a ledger, each secret is sent once more. What must
    not exist is not adopted, or the next apply would delete it.
    """
    adopted = tuple(Put(_entry(each)) for each in made.changes if _is_recognised(each))
    after = folded(made.snapshot.ledger, adopted).after(salvage.ledger.serial)
    aside = salvage.set_aside()
    ledgers.write(path, after)
    return Rebuilt(after, len(adopted), aside)


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
