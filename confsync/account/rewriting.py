"""Replaces files of a configuration, and shows what that changes."""

from collections.abc import Iterable, Iterator
from difflib import unified_diff
from pathlib import Path

from confsync.config.tree import File
from confsync.errors import LocalFileError, fix_for
from confsync.state import atomic_file


def diff_lines(before: File, after: File) -> Iterator[str]:
    """Yield the lines of a unified diff."""
    old, new = (each.raw.decode("utf-8-sig").splitlines() for each in (before, after))
    yield from unified_diff(old, new, before.path, before.path, lineterm="")


def rewrite_files(files: Iterable[File]) -> None:
    """Replace each file atomically, and keep its permissions. Raises LocalFileError."""
    for file in files:
        _rewrite(file.location.resolve(), file.raw.decode())


def _rewrite(path: Path, text: str) -> None:
    """Replace a file of the configuration atomically, and keep its permissions. Raises LocalFileError."""
    try:
        mode = path.stat().st_mode
        atomic_file.write_atomically(path, text)
        path.chmod(mode)
    except OSError as error:
        raise LocalFileError(
            f"{path} cannot be written: {error.strerror}.", hint=f"{fix_for(error, str(path))}, then run it again."
        ) from error
