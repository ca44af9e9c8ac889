"""Writes a file atomically: after a crash, and for every reader, it is either the old file or the new one."""

import errno
import fcntl
import glob
import os
import tempfile
from contextlib import suppress
from pathlib import Path


def write_atomically(path: Path, text: str) -> None:
    """Write a temporary file in the same directory, then rename it. Raises OSError.

    The file is readable only by its owner. Refuse to replace anything but a regular file. Delete the temporary files
    that killed writers of the same file left behind.
    """
    # root could replace a device, such as /dev/null
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "It is not a file")
    _delete_leftovers(path)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=_SUFFIX, dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            with suppress(OSError):  # a file system without locks
                _lock(descriptor)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    fsync_directory(path.parent)


_SUFFIX = ".tmp"


def _delete_leftovers(path: Path) -> None:
    """Delete the temporary files of a file whose writers no longer exist."""
    for leftover in path.parent.glob(f".{glob.escape(path.name)}.*{_SUFFIX}"):
        with suppress(OSError), leftover.open("rb") as file:
            _lock(file.fileno())
            leftover.unlink()


def _lock(file: int) -> None:
    """Lock a file until its process closes it or dies. Raises OSError if another process has locked it."""
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def fsync_directory(path: Path) -> None:
    """Fsync a directory, so that creating or renaming a file in it is durable. Raises OSError."""
    directory = os.open(path, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
