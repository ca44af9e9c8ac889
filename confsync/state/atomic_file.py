"""Writes a file all at once: whoever reads it meanwhile, or after a crash, sees the old one or the new one."""

import errno
import os
import tempfile
from pathlib import Path


def write_atomically(path: Path, text: str) -> None:
    """Write a temporary file beside it, for nobody else to read, and put it in its place. Raises OSError.

    Only a file is put in the place of what is there: root could replace a device, such as `/dev/null`.
    """
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
    """Wait until what is called how in a folder is on disk. Raises OSError."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
