"""The file of a result: it appears as a whole, or the old one stays."""

import errno
import os
import stat
from contextlib import suppress


class OutputFile:
    """Collects a text in a temporary file next to the target, and then takes the target's place.

    A device or a pipe is written directly. So is a file in a folder that is read-only.
    """

    def __init__(self, path: str) -> None:
        """Open the file. Raises OSError. The target keeps its content until `finish`."""
        self.path = path
        self._target = os.path.realpath(path)
        self._temporary = ""
        self._written = False
        self._descriptor = self._open()

    def write(self, text: str) -> None:
        """Append a text. Raises OSError; then the target stays as it was."""
        if not (self._written or self._temporary):
            self._truncate()
        self._written = True
        rest = memoryview(text.encode("utf-8", "backslashreplace"))
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError:
            self.discard()
            raise

    def flush(self) -> None:
        """Do nothing: what was written is not buffered."""

    def finish(self) -> None:
        """Put the text in place, unless nothing was written. Raises OSError."""
        if not self._written:
            self.discard()
            return
        self._written = False
        try:
            self._close()
            if self._temporary:
                os.replace(self._temporary, self._target)  # noqa: PTH105 — `pathlib` is slow to import
        except OSError:
            self.discard()
            raise
        self._temporary = ""

    def discard(self) -> None:
        """Leave the target as it was."""
        self._written = False
        with suppress(OSError):
            self._close()
        if self._temporary:
            with suppress(OSError):
                os.unlink(self._temporary)  # noqa: PTH108 — `pathlib` is slow to import
            self._temporary = ""

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def _open(self) -> int:
        try:
            mode = os.stat(self._target).st_mode  # noqa: PTH116 — `pathlib` is slow to import
        except FileNotFoundError:
            return self._open_temporary(None)
        if not stat.S_ISREG(mode):
            return _open_directly(self._target)
        try:
            return self._open_temporary(stat.S_IMODE(mode))
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EROFS, errno.EPERM):
                raise
            return _open_directly(self._target)

    def _open_temporary(self, mode: int | None) -> int:
        folder, name = os.path.split(self._target)
        path = os.path.join(folder, f".{name}.{os.urandom(4).hex()}.tmp")  # noqa: PTH118 — `pathlib` is slow to import
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        self._temporary = path
        if mode is not None:
            os.fchmod(descriptor, mode)
        return descriptor

    def _truncate(self) -> None:
        if stat.S_ISREG(os.fstat(self._descriptor).st_mode):
            os.ftruncate(self._descriptor, 0)


def _open_directly(path: str) -> int:
    """Open a file in place; a pipe that nobody reads is an error, not a wait."""
    descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    os.set_blocking(descriptor, True)
    return descriptor
