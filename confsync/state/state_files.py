"""The files beside a ledger: its journal, its locks, its snapshot, and a ledger that was not pushed yet."""

from pathlib import Path

STATE_DIRECTORY = ".confsync"
_LEDGER = "confsync.ledger"


def journal_path(ledger: Path) -> Path:
    """Return the path of a ledger's journal: in `.confsync/`, or next to a ledger with another name or directory."""
    return _state_file(ledger, "journal", ".jsonl")


def lock_path(ledger: Path) -> Path:
    """Return the path of a ledger's lock, which is next to its journal."""
    return _state_file(ledger, "ledger", ".lock")


def git_lock_record(ledger: Path) -> Path:
    """Return the path of the file that records which commits this machine pushed as the lock."""
    return _state_file(ledger, "git", ".lock")


def unpushed_path(ledger: Path) -> Path:
    """Return the path of a ledger that could not be pushed to its branch."""
    return _state_file(ledger, "unpushed-ledger", ".json")


def snapshot_path(ledger: Path) -> Path:
    """Return the path of the snapshot that belongs to a ledger: next to it, under a name of the same form."""
    if ledger.name.startswith(_LEDGER):
        return ledger.with_name(f"confsync.snapshot{ledger.name.removeprefix(_LEDGER)}")
    return ledger.with_name(f"{ledger.name.removesuffix('.json').removesuffix('.ledger')}.snapshot.json")


def _state_file(ledger: Path, name: str, suffix: str) -> Path:
    if not ledger.name.startswith(_LEDGER):
        return ledger.with_name(f"{ledger.name.removesuffix('.json').removesuffix('.ledger')}.{name}{suffix}")
    environment = ledger.name.removeprefix(_LEDGER).removesuffix(".json")
    in_state_directory = STATE_DIRECTORY in ledger.parent.parts
    directory = ledger.parent if in_state_directory else ledger.parent / STATE_DIRECTORY
    return directory / f"{name}{environment}{suffix}"
