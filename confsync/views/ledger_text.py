"""A ledger as a person reads it."""

from collections.abc import Iterator

from confsync.state.ledger import Entry
from confsync.state.rebuild import RebuiltLedger
from confsync.state.store import JournalState, LedgerState
from confsync.views.escaping import printable
from confsync.views.palette import PLAIN, Palette

_HEADINGS = ("ADDRESS", "SID", "ORIGIN", "STATE")


def as_text(known: LedgerState, palette: Palette = PLAIN) -> str:
    """Tell whose ledger it is, what was applied last, and every entry in a line of its own."""
    return "\n".join(_lines(known, palette)) + "\n"


def in_a_line(known: LedgerState) -> str:
    """Tell in one line how much is ours."""
    count = len(known.ledger.entries)
    entries = f"{count} {'entry' if count == 1 else 'entries'}"
    return f"Ledger serial {known.ledger.serial}: {entries}." if known.present else "There is no ledger yet."


def rebuilt_text(rebuilt: RebuiltLedger) -> str:
    """Tell how a ledger was made anew."""
    kept = len(rebuilt.ledger.entries) - rebuilt.adopted
    known = f", {kept} kept" if kept else ""
    aside = "".join(f"Kept aside: {printable(str(each))}\n" for each in rebuilt.aside)
    once_more = "Each secret is sent once more by the next apply."
    return f"{aside}Rebuilt: {rebuilt.adopted} adopted{known}. {once_more}\n{_ADOPTED if rebuilt.adopted else ''}"


_ADOPTED = (
    "Adopted: `prune` and --destroy delete nothing of it any more, and `protect` holds only where it is still written."
    "\n"
)


def _lines(known: LedgerState, palette: Palette) -> Iterator[str]:
    ledger = known.ledger
    serial = f", serial {ledger.serial}" if known.present else ""
    yield palette.loud(printable(f"Ledger: account {ledger.account_sid} at {ledger.host}{serial}"))
    if not known.present:
        yield "There is no ledger yet."
        return
    yield printable(f"Last applied: commit {ledger.commit or 'unknown'}, {ledger.configuration_digest or 'no digest'}")
    if known.state is JournalState.OPEN:
        yield palette.changed("With what an apply that was stopped left in its journal.")
    rows = [_HEADINGS, *(_row(each) for each in known.in_order)]
    if len(rows) == 1:
        yield "It has no entries."
        return
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    yield ""
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _row(entry: Entry) -> tuple[str, str, str, str]:
    state = "current" if entry.current else "superseded"
    protected = ", protected" if entry.protect else ""
    return printable(str(entry.address)), entry.sid or "-", entry.origin, state + protected
