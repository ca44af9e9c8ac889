"""Where a ledger is, and what is needed of it to read a configuration."""

from pathlib import Path

from msgspec import MsgspecError, Struct
from msgspec.json import decode

from confsync.config.sources.file_boundary import read_whole_file

MOST_STATE_BYTES = 128 * 1024 * 1024
"""The size of a ledger or a journal of about 120,000 resources."""


def ledger_name(environment: str | None) -> str:
    """Name the ledger's file: each environment has its own."""
    return f"confsync.ledger.{environment}.json" if environment else "confsync.ledger.json"


def emulator_ledger_in(folder: Path, environment: str | None) -> Path:
    """Return the path of the embedded emulator's ledger."""
    return folder / ".confsync" / "emulator" / ledger_name(environment)


class _SensitiveVariables(Struct):
    sensitive_variables: list[str] = []


def read_sensitive_variables(path: Path) -> frozenset[str]:
    """Return the variables that were sensitive at the last apply; none if the ledger cannot be read."""
    # Whatever is wrong with the ledger is an error as soon as a command needs the whole of it.
    try:
        known = decode(read_whole_file(path, MOST_STATE_BYTES), type=_SensitiveVariables)
    except (OSError, MsgspecError, RecursionError):
        return frozenset()
    return frozenset(known.sensitive_variables)
