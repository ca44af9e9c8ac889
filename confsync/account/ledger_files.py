"""Merges the files of two ledgers, as a merge driver of Git does."""

from pathlib import Path

from confsync.errors import LocalFileError
from confsync.state.ledger import Ledger
from confsync.state.ledger_file import read_any_ledger, write_ledger
from confsync.state.ledger_merge import merge_ledgers


def merge_ledger_files(base: Path, ours: Path, theirs: Path) -> Ledger:
    """Merge two ledgers that began as `base`, which may be empty, and write the result to `ours`.

    Raises Refused if the ledgers contradict each other, LocalFileError and CorruptLedger; then no file changes.
    """
    began = _read(base) if base.exists() and base.stat().st_size else None
    merged = merge_ledgers(began, _read(ours), _read(theirs))
    write_ledger(ours, merged)
    return merged


def _read(path: Path) -> Ledger:
    ledger = read_any_ledger(path)
    if ledger is None:
        raise LocalFileError(f"There is no ledger {path}.", hint="Name the three files: BASE, OURS and THEIRS.")
    return ledger
