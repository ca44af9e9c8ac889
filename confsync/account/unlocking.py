"""Removes the lock that a dead apply left on a Git remote."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from confsync.account.connection import Settings
from confsync.account.locking import hold_lock_blocking
from confsync.account.shared_state import lock_at
from confsync.config.config import Config
from confsync.errors import Refused, UsageError
from confsync.state.git_lock import GitLock


class FoundLock(Struct, frozen=True):
    """A lock that somebody holds: its ref, its id, and who holds it."""

    ref: str
    id: str
    holder: str
    lock: GitLock

    def remove(self) -> bool:
        """Remove this lock; return whether it still was there. Raises GitRemoteError."""
        return self.lock.remove(self.id)


@contextmanager
def finding_lock(config: Config, ledger: Path, settings: Settings) -> Iterator[FoundLock | None]:
    """Find who holds the lock of an environment, while no apply runs in this folder, which would not be dead.

    Raises UsageError if the lock is a file, Refused if the ref has something else, Locked and GitRemoteError.
    """
    lock = lock_at(config, ledger, settings)
    if lock is None:
        raise UsageError(
            "There is no lock to remove: it is a file here, and is released when its process exits.",
            hint="Run the command that was locked out again.",
        )
    with hold_lock_blocking(ledger, replace(settings, lock_timeout=0.0)):
        seen = lock.look()
        if seen and seen.holder is None:
            raise Refused(
                f"{lock.ref} is not a lock of confsync, so it is not removed.",
                hint="Choose another `ref` for the `lock` in the configuration.",
            )
        yield FoundLock(str(lock.ref), seen.commit, str(seen.holder), lock) if seen else None
