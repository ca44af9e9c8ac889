"""The lock that the machines of a team share."""

from pathlib import Path

from confsync.account.connection import Connection, Settings
from confsync.config.config import Config
from confsync.state.git_lock import GitLock
from confsync.state.git_remote import git_ref
from confsync.state.store import git_lock_record


def shared_lock(config: Config, connection: Connection, settings: Settings) -> GitLock | None:
    """Return the lock on a Git ref, if the environment has one. Raises GitRemoteError outside of a repository.

    The account of an embedded emulator belongs to this machine, and needs none.
    """
    return None if connection.emulator else lock_at(config, connection.ledger, settings)


def lock_at(config: Config, ledger: Path, settings: Settings) -> GitLock | None:
    """Return the lock on a Git ref that belongs to a ledger, without a connection. Raises GitRemoteError."""
    place = config.environment.lock
    if place is None:
        return None
    return GitLock(git_ref(config.folder, place, "lock"), git_lock_record(ledger), settings.command)
