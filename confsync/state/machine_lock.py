"""The lock of a ledger on this machine: while one process applies, no other one does."""

# The kernel releases a `flock` when its holder exits, however it dies, so a lock needs no expiry and no cleaning up.
# The file says who holds it. The holder deletes it at the end; one that was killed leaves it behind, which locks nobody
# out. A process that opened the file just before it was deleted would lock a file that nobody else sees, so it compares
# what it locked with what is there.

import errno
import fcntl
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path

from msgspec import MsgspecError, Struct
from msgspec.json import decode, encode

from confsync.config.sources.file_boundary import read_regular_file
from confsync.errors import LocalFileError, Locked, fix_for

_PAUSE = 0.2
"""Seconds between two attempts."""

_MOST_BYTES = 4096


class LockHolder(Struct, frozen=True):
    """Who holds a lock, as the lock itself says."""

    pid: int
    host: str
    user: str
    command: str
    since: str

    def __str__(self) -> str:
        return f"`{self.command}`, process {self.pid} of {self.user} on {self.host}, since {self.since}"


class MachineLock:
    """An exclusive lock on a file, which only one process at a time can hold."""

    def __init__(self, path: Path, command: str) -> None:
        self.path = path
        self._command = command
        self._file: int | None = None

    def attempts(self, timeout: float, waiting: Callable[[str], object]) -> Iterator[float]:
        """Try to acquire the lock until that succeeds; yield the seconds to sleep before each further attempt.

        `waiting` is called once with who holds it. Raises Locked after `timeout` seconds, and LocalFileError.
        """
        end, begun = time.monotonic() + timeout, False
        while not self._acquire():
            left = end - time.monotonic()
            if left <= 0:
                raise self._locked(timeout)
            if not begun:
                waiting(f"Waiting for the lock {self.path}, held by {self._holder()}.")
                begun = True
            yield min(left, _PAUSE)

    def release(self) -> None:
        """Release the lock and delete its file."""
        if self._file is None:
            return
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
            self.path.parent.rmdir()  # succeeds only if the directory is empty
        os.close(self._file)
        self._file = None

    def _acquire(self) -> bool:
        try:
            while self._file is None:
                file = self._open()
                try:
                    self._file = self._lock(file)
                finally:
                    if self._file is None:
                        os.close(file)
        except BlockingIOError:
            return False
        except OSError as error:
            raise LocalFileError(
                f"The lock {self.path} cannot be taken: {error.strerror}.",
                hint=f"{fix_for(error, str(self.path))}, then run it again.",
            ) from error
        return True

    def _open(self) -> int:
        while True:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # the process that held the lock may delete the empty directory right now
            with suppress(FileNotFoundError):
                return os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)

    def _lock(self, file: int) -> int | None:
        """Lock an open file and write the holder into it; return None if the file was deleted meanwhile."""
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise OSError(errno.EINVAL, "it is not a file")
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            current = os.path.samestat(os.fstat(file), os.lstat(self.path))
        except FileNotFoundError:
            return None
        if not current:
            return None
        os.ftruncate(file, 0)
        os.write(file, encode(this_process(self._command)) + b"\n")
        return file

    def _holder(self) -> LockHolder | str:
        """Read who holds the lock; the file is empty while its holder has only just acquired it."""
        try:
            return decode(read_regular_file(self.path, _MOST_BYTES), type=LockHolder)
        except (OSError, MsgspecError):
            return "another process"

    def _locked(self, timeout: float) -> Locked:
        holder = self._holder()
        waited = f" confsync waited {timeout:g} seconds for it." if timeout else ""
        return Locked(
            f"Another apply holds the lock {self.path}: {holder}.{waited}",
            hint="Wait until it is done, or run the same command with a longer wait, such as `--lock-timeout 10m`.",
        )


def this_process(command: str) -> LockHolder:
    """Describe this process to the others."""
    try:
        user = getuser()
    except (KeyError, OSError):  # a container may run as a user without a name
        user = str(os.getuid())
    since = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return LockHolder(os.getpid(), os.uname().nodename, user, command, since)
