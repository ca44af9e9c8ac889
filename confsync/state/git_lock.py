"""The lock of a ledger across machines: a ref of a Git remote, which only one apply at a time can create."""

# The lock never expires, because an expired lock would let two applies write. The holder of the machine lock records
# in a file which commits it pushed. A run that finds the lock at one of them, while it holds the machine lock itself,
# knows that their process is dead, and takes the lock over. Any other lock needs `confsync ledger unlock`.

import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from msgspec import MsgspecError, Struct
from msgspec.json import decode, encode
from msgspec.structs import asdict

from confsync.config.sources.file_boundary import read_regular_file
from confsync.errors import GitRemoteError, LocalFileError, Locked, fix_for
from confsync.state.atomic_file import write_atomically
from confsync.state.git_remote import GitRef
from confsync.state.machine_lock import LockHolder, this_process

PAUSE = 2.0
"""Seconds between two attempts, each of which asks the remote."""

_MOST_BYTES = 4096

_JOBS = ("CI_JOB_URL", "BUILD_URL")
"""The variables in which GitLab and Jenkins say where the job is."""


class GitHolder(LockHolder, frozen=True):
    """Who holds the lock. `job` is the address of its CI job, `token` makes the commit of each lock another one."""

    job: str = ""
    token: str = ""

    def __str__(self) -> str:
        return f"{super().__str__()}{f' ({self.job})' if self.job else ''}"


class SeenLock(Struct, frozen=True):
    """A lock as it was seen: the commit that its ref is at, and who holds it; None if the commit is not a lock."""

    commit: str
    holder: GitHolder | None


class GitLock:
    """An exclusive lock on a ref, which only one clone at a time can create.

    `pushed_file` is a file that only the holder of the machine lock may read and write.
    """

    def __init__(self, ref: GitRef, pushed_file: Path, command: str, environ: Mapping[str, str] | None = None) -> None:
        self.ref = ref
        self._pushed_file = pushed_file
        self._command = command
        self._environ = os.environ if environ is None else environ
        self._pushed: str | None = None

    def attempts(self, timeout: float, waiting: Callable[[str], object]) -> Iterator[float]:
        """Try to acquire the lock until that succeeds; yield the seconds to sleep before each further attempt.

        `waiting` is called once with who holds it. Raises Locked after `timeout` seconds, GitRemoteError and
        LocalFileError.
        """
        end, begun = time.monotonic() + timeout, False
        while not self._acquire():
            left = end - time.monotonic()
            if left > 0 and begun:
                yield min(left, PAUSE)
                continue
            seen = self.look()
            if seen and left <= 0:
                raise self._locked(seen, timeout)
            if seen:
                waiting(f"Waiting for the lock {self.ref}, held by {_name(seen.holder)}.")
                begun = True

    def look(self) -> SeenLock | None:
        """Return the lock that somebody holds, or None. Raises GitRemoteError."""
        while (commit := self.ref.tip()) is not None:
            if self.ref.fetch(commit):  # or its holder released it in the meantime
                return SeenLock(commit, self._holder(commit))
        return None

    def remove(self, commit: str) -> bool:
        """Delete the lock if it is still the one that was seen; return whether it was. Raises GitRemoteError."""
        return self.ref.replace(commit, None)

    def release(self) -> None:
        """Delete the lock, if this process pushed it. Raises GitRemoteError if it is still there, or was removed."""
        pushed, self._pushed = self._pushed, None
        if pushed is None:
            return
        try:
            held = self.ref.replace(pushed, None)
        except GitRemoteError as error:
            raise GitRemoteError(
                f"The lock {self.ref} was not released. {error.happened}",
                changed="What was applied stays applied.",
                hint="Run `confsync ledger unlock` when the remote is available. An apply in this folder can go on.",
            ) from error
        self._pushed_file.unlink(missing_ok=True)
        if not held:
            raise GitRemoteError(
                f"Somebody removed the lock {self.ref} while this run held it.",
                changed="What was applied stays applied. Another apply may have run at the same time.",
                hint="Run `confsync plan`: it reads the ledger and the live state again.",
            )

    def _acquire(self) -> bool:
        seen = self.ref.tip()
        left_behind = self._pushed_before()
        if seen is not None and seen not in left_behind:
            return False
        holder = GitHolder(**asdict(this_process(self._command)), job=self._job, token=secrets.token_hex(8))
        commit = self.ref.commit(self.ref.empty_tree(), encode(holder).decode())
        # before the push: a process that dies after it has recorded what it left behind
        self._remember(*((seen, commit) if seen else (commit,)))
        self._pushed = commit
        held = self.ref.replace(seen, commit)
        if not held:
            self._pushed = None
            self._pushed_file.unlink(missing_ok=True)
        return held

    def _holder(self, commit: str) -> GitHolder | None:
        with suppress(MsgspecError):
            text = self.ref.message_of(commit)
            return decode(text, type=GitHolder) if len(text) <= _MOST_BYTES else None
        return None

    def _locked(self, seen: SeenLock, timeout: float) -> Locked:
        waited = f" confsync waited {timeout:g} seconds for it." if timeout else ""
        return Locked(
            f"Another apply holds the lock {self.ref}: {_name(seen.holder)}.{waited}",
            hint="Wait until it is done, or run the same command with a longer wait, such as `--lock-timeout 10m`. "
            "If that process is dead, run `confsync ledger unlock`.",
        )

    def _pushed_before(self) -> list[str]:
        try:
            return read_regular_file(self._pushed_file, _MOST_BYTES).decode(errors="replace").split()
        except OSError:
            return []

    def _remember(self, *commits: str) -> None:
        try:
            self._pushed_file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._pushed_file, "".join(f"{each}\n" for each in commits))
        except OSError as error:
            raise LocalFileError(
                f"{self._pushed_file} cannot be written: {error.strerror}.",
                hint=f"{fix_for(error, str(self._pushed_file))}, then run it again.",
            ) from error

    @property
    def _job(self) -> str:
        environ = self._environ
        if run := environ.get("GITHUB_RUN_ID"):
            return f"{environ.get('GITHUB_SERVER_URL', '')}/{environ.get('GITHUB_REPOSITORY', '')}/actions/runs/{run}"
        return next((environ[each] for each in _JOBS if each in environ), "")


def _name(holder: GitHolder | None) -> str:
    return str(holder) if holder else "somebody who left no name"
