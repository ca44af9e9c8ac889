"""Writes a file atomically: after a crash, and for every reader, it is either the old file or the new one."""

import errno
import os
import re
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
    prefix = f".{path.name}.{os.getpid()}."
    descriptor, temporary = tempfile.mkstemp(prefix=prefix, suffix=_SUFFIX, dir=path.parent)
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


_SUFFIX = ".tmp"


def _delete_leftovers(path: Path) -> None:
    """Delete the temporary files of a file whose writers no longer exist."""
    names = re.compile(rf"\.{re.escape(path.name)}\.([0-9]+)\.[^.]+{re.escape(_SUFFIX)}")
    for each in path.parent.iterdir():
        found = names.fullmatch(each.name)
        if found and not _is_running(int(found[1])):
            with suppress(OSError):
                each.unlink()


def _is_running(pid: int) -> bool:
    """Whether another process has a PID."""
    if pid == os.getpid():  # that of an earlier container
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


def fsync_directory(path: Path) -> None:
    """Fsync a directory, so that creating or renaming a file in it is durable. Raises OSError."""
    directory = os.open(path, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
