"""A bare Git repository on this disk, and clones of it: several machines that share a remote."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from confsync.config.shared_state import RemoteRef
from confsync.state.git_lock import GitLock
from confsync.state.git_remote import git_ref

_SETTINGS = ("-c", "user.name=A person", "-c", "user.email=person@example.com", "-c", "init.defaultBranch=main")


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, and return what it prints."""
    command = ("git", *_SETTINGS, *arguments)
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=30).stdout


@dataclass(frozen=True)
class Remote:
    """A bare repository."""

    path: Path

    @classmethod
    def create(cls, path: Path, files: dict[str, str]) -> "Remote":
        """Create one whose main branch has these files."""
        seed = path.with_suffix(".seed")
        git(path.parent, "init", "--quiet", str(seed))
        for name, text in files.items():
            (seed / name).parent.mkdir(parents=True, exist_ok=True)
            (seed / name).write_text(text, "utf-8")
        git(seed, "add", "--all")
        git(seed, "commit", "--quiet", "--message", "Begin")
        git(path.parent, "clone", "--quiet", "--bare", str(seed), str(path))
        return cls(path)

    def clone(self, name: str, *options: str) -> Path:
        """Clone it into a folder beside it."""
        git(self.path.parent, "clone", "--quiet", *options, f"file://{self.path}", name)
        return self.path.parent / name

    def refs(self) -> dict[str, str]:
        """Return the commit of each ref."""
        lines = git(self.path, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return {name: commit for name, _, commit in (line.partition(" ") for line in lines)}

    def hook(self, name: str, script: str) -> None:
        """Install a hook, which runs on every push."""
        hook = self.path / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        hook.chmod(0o755)


LOCK = "refs/confsync/lock"


def lock_in(clone: Path, ref: str = LOCK, environ: Mapping[str, str] | None = None) -> GitLock:
    """Return the lock as an apply in a clone would take it."""
    place = git_ref(clone, RemoteRef("origin", ref), "lock")
    return GitLock(place, clone / ".confsync" / "git.lock", "confsync apply", environ or {})


def take(lock: GitLock) -> None:
    """Acquire a lock that nobody holds."""
    assert list(lock.attempts(0, lambda _: None)) == []
