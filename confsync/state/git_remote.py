"""A ref of a Git remote: reads it, and replaces it only if it is still what was seen.

Nothing here touches the work tree, the index, a local branch or a remote-tracking one: it only adds objects.
"""

import random
import re
import time
from pathlib import Path

from confsync.config.shared_state import RemoteRef
from confsync.errors import GitRemoteError
from confsync.state.git import GitRepository
from confsync.state.git_process import GitError, run_git

_PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6)
"""Seconds before each further push, after the remote was busy with another push to the same ref; up to twice that."""


class GitRef:
    """A ref of a remote, as a clone reaches it."""

    def __init__(self, top: Path, place: RemoteRef) -> None:
        self.place = place
        self.top = top

    def __str__(self) -> str:
        return str(self.place)

    def tip(self) -> str | None:
        """Return the commit of the ref, or None if the remote does not have it. Raises GitRemoteError."""
        try:
            listed = self._run("ls-remote", "--", self.place.remote, self.place.ref, remote=True)
        except GitError as error:
            raise self._unreachable(error) from error
        pairs = (line.split("\t") for line in listed.decode(errors="replace").splitlines())
        return next((commit for commit, name in pairs if name == self.place.ref), None)

    def fetch(self, commit: str) -> bool:
        """Fetch the ref, and return whether a commit is here then. Raises GitRemoteError."""
        if self.has(commit):
            return True
        try:
            self._run("fetch", *_ONLY_OBJECTS, "--", self.place.remote, self.place.ref, remote=True)
        except GitError as error:
            if self.tip() == commit:  # otherwise, somebody else moved or deleted the ref in the meantime
                raise self._unreachable(error) from error
        return self.has(commit)

    def has(self, commit: str) -> bool:
        """Whether this clone has a commit."""
        try:
            self._run("cat-file", "-e", f"{commit}^{{commit}}")
        except GitError:
            return False
        return True

    def replace(self, seen: str | None, commit: str | None) -> bool:
        """Set the ref to a commit, or delete it for None, if it still is what was seen. Return whether it was.

        Raises GitRemoteError if the remote cannot be reached, or rejects the push.
        """
        for pause in (*_PAUSES, None):
            try:
                self._push(seen, commit)
            except GitError as error:
                found = self.tip()
                # the push took effect, and only its response was lost; who deletes a ref cannot tell that
                if found == commit and (commit or not _LOST.search(_said(error))):
                    return True
                # somebody else may also have changed it and changed it back
                if found != seen or _STALE in _said(error):
                    return False
                if pause is None or not _CONTENDED.search(_said(error)):
                    raise self._rejected(error) from error
                time.sleep(pause * random.uniform(1, 2))  # noqa: S311 — so that two clones do not push in step
            else:
                return True
        return False

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Run git in this clone. Raises GitRemoteError."""
        try:
            return self._run(*arguments, stdin=stdin)
        except GitError as error:
            raise GitRemoteError(
                f"Git cannot use {self}: {error}.", hint="Check this clone with `git fsck`, then run it again."
            ) from error

    def commit(self, tree: str, message: str, *parents: str) -> str:
        """Create a commit, which belongs to no branch yet. Raises GitRemoteError."""
        options = (option for parent in parents for option in ("-p", parent))
        return self.run(*_AUTHOR, "commit-tree", tree, *options, stdin=message.encode()).decode().strip()

    def empty_tree(self) -> str:
        """Create the tree without files. Raises GitRemoteError."""
        return self.run("hash-object", "-t", "tree", "-w", "--stdin").decode().strip()

    def message_of(self, commit: str) -> str:
        """Return the message of a commit that is here. Raises GitRemoteError."""
        return self.run("cat-file", "commit", commit).decode(errors="replace").partition("\n\n")[2]

    def _push(self, seen: str | None, commit: str | None) -> None:
        ref = self.place.ref
        lease = f"--force-with-lease={ref}:{seen or ''}"
        update = f"{commit or ''}:{ref}"
        self._run("push", "--porcelain", "--no-verify", lease, "--", self.place.remote, update, remote=True)

    def _run(self, *arguments: str, stdin: bytes = b"", remote: bool = False) -> bytes:
        return run_git(("-C", str(self.top), *arguments), stdin, remote=remote)

    def _unreachable(self, error: GitError) -> GitRemoteError:
        return GitRemoteError(
            f"The Git remote '{self.place.remote}' cannot be read: {error}.",
            hint=f"Make `git ls-remote {self.place.remote}` work here without a prompt, then run it again.",
        )

    def _rejected(self, error: GitError) -> GitRemoteError:
        reason = _REASON.search(error.output.decode(errors="replace"))
        return GitRemoteError(
            f"The Git remote '{self.place.remote}' rejected the push to {self.place.ref}: "
            f"{reason[1] if reason else error}.",
            hint=f"Allow this push to {self.place.ref}, or choose another `ref` in the configuration, "
            "then run it again.",
        )


def git_ref(folder: Path, place: RemoteRef, key: str) -> GitRef:
    """Find the clone that contains a configuration. Raises GitRemoteError if there is none."""
    repository = GitRepository.around(folder)
    if repository is None:
        raise GitRemoteError(
            f"`{key}: git` needs a Git repository, and {folder.absolute()} is not in one.",
            hint=f"Run confsync in a clone of the repository, or remove `{key}` from the configuration.",
        )
    return GitRef(repository.top, place)


_ONLY_OBJECTS = ("--quiet", "--no-tags", "--no-write-fetch-head", "--refmap=", "--no-filter", "--no-recurse-submodules")
_AUTHOR = ("-c", "user.name=confsync", "-c", "user.email=confsync@localhost", "-c", "i18n.commitEncoding=UTF-8")

_STALE = "stale info"
_LOST = re.compile(rf"{_STALE}|remote ref does not exist")
_CONTENDED = re.compile(r"cannot lock ref|failed to update ref|reference already exists|fetch first")
_REASON = re.compile(r"^!\t[^\t]*\t\[(?:remote )?rejected\] \(([^)]*)\)", re.MULTILINE)


def _said(error: GitError) -> str:
    return f"{error}\n{error.output.decode(errors='replace')}"
