"""Writes a file atomically: after a crash, and for every reader, it is either the old file or the new one."""

import errno
import os
import tempfile
from pathlib import Path


def write_atomically(path: Path, text: str) -> None:
    """Write a temporary file in the same directory, then rename it. Raises OSError.

    The file is readable only by its owner. Refuse to replace anything but a regular file.
    """
    # root could replace a device, such as /dev/null
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "It is not a file")
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    fsync_directory(path.parent)


def fsync_directory(path: Path) -> None:
    """Fsync a directory, so that creating or renaming a file in it is durable. Raises OSError."""
    directory = os.open(path, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
