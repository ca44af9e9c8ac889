"""What Git knows about a configuration: its commit, and whether a newer commit was applied already.

If Git cannot answer, a plan shows no commit, and the rollback guardrail triggers if the ledger records one.
"""

import os
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from confsync.config.config import Config
from confsync.config.sources.files import FOLDER_NAME
from confsync.plan.guardrails import GuardrailRule
from confsync.plan.plan import Guardrail, Revision
from confsync.state.git_process import GitError, run_git


def revision_of(config: Config) -> Revision:
    """Identify a configuration by its digest, its files and, if Git knows it, its commit."""
    repository = GitRepository.around(config.folder)
    commit, dirty = repository.state_of(config.files) if repository else (None, False)
    return Revision(
        digest=config.digest, files=config.files, commit=commit, dirty=dirty, resources=len(config.declared)
    )


def rollback_guardrails(
    config: Config, revision: Revision, recorded: str | None, *, overridden: bool
) -> Iterator[Guardrail]:
    """Block a configuration that is older than the commit last applied, or that may be older.

    Without a recorded commit, nothing is blocked.
    """
    if recorded is None or overridden or revision.commit == recorded:
        return
    reason = _why_older(GitRepository.around(config.folder), revision.commit, recorded)
    if reason:
        yield Guardrail(GuardrailRule.ROLLBACK, (), reason, "`--allow-rollback`")


def _why_older(repository: "GitRepository | None", commit: str | None, recorded: str) -> str:
    """Say why a configuration is or may be older than what was applied; return an empty text if it is newer."""
    applied = f"commit {recorded[:SHORT]} was applied last"
    if repository is None:
        return f"{applied}, and the configuration is not in a Git repository here, {_UNKNOWN}"
    if commit is None:
        return f"{applied}, and {repository.why_no_commit}, {_UNKNOWN}"
    here = f"the configuration is at commit {commit[:SHORT]}"
    known = repository.contains(recorded)
    if known and repository.is_ancestor(commit, recorded):
        return f"{applied}, and {here}, which is older"
    if known and (not repository.shallow or repository.is_ancestor(recorded, commit)):
        return ""
    return f"{applied}, {here}, and {repository.why_incomparable}, {_UNKNOWN}"


SHORT = 12
"""Characters that identify a commit for people."""

_UNKNOWN = "so confsync cannot tell which is newer"


class GitRepository:
    """A Git repository, identified by the folder that contains `.git`; `error` says why the last call failed."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.error = ""

    @classmethod
    def around(cls, folder: Path) -> "GitRepository | None":
        """Find the repository that contains a folder, without running git."""
        inside = folder.resolve()
        return next((cls(each) for each in (inside, *inside.parents) if (each / ".git").exists()), None)

    def state_of(self, files: Iterable[str]) -> tuple[str | None, bool]:
        """Return the commit of HEAD, and whether any of these files differs from it.

        A file removed from a folder `confsync.d` is a difference. So is an ignored file, because no commit contains it.
        """
        paths = sorted({_tracked_path(Path(each).resolve()) for each in files})
        inside = [str(each) for each in paths if each.is_relative_to(self.top)]
        status = self.run(
            "status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all", "--ignored", "--", *inside
        )
        if status is None:
            return None, False
        lines = status.split("\0")
        commit = next((line.removeprefix(_HEAD) for line in lines if line.startswith(_HEAD)), "")
        changed = any(line and not line.startswith("# ") for line in lines) if inside else False
        return (commit, changed or len(inside) < len(paths)) if commit and commit != "(initial)" else (None, False)

    def contains(self, commit: str) -> bool:
        """Whether this clone has a commit."""
        # the commit is from the ledger, and git would take anything that starts with a dash for an option
        return _COMMIT.fullmatch(commit) is not None and self.run("cat-file", "-e", f"{commit}^{{commit}}") is not None

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether one commit is another or an ancestor of it, as far as this clone can tell."""
        return self.run("merge-base", "--is-ancestor", older, newer) is not None

    def ignores(self, path: Path) -> bool:
        """Whether Git ignores a file, which need not exist."""
        return self.run(_CHECK_IGNORE, "--quiet", "--", str(path.absolute())) is not None

    @cached_property
    def shallow(self) -> bool:
        """Whether this clone lacks history."""
        return (self.run("rev-parse", "--is-shallow-repository") or "").strip() == "true"

    @property
    def why_no_commit(self) -> str:
        """Say why there is no commit."""
        return "nothing is committed here" if self.run("status", "--porcelain") is not None else self.error

    @property
    def why_incomparable(self) -> str:
        """Say why this clone cannot compare two commits."""
        if not self.shallow:
            return "this clone does not have the former"
        depth = (self.run("rev-list", "--count", "--first-parent", "HEAD") or "").strip() or "unknown"
        return f"this clone is shallow (depth {depth}; run `git fetch --unshallow`)"

    def merge_bases(self, one: str, other: str) -> tuple[str, ...]:
        """Return the best common ancestors of two commits; a history with crossing merges has several."""
        return tuple((self.run("merge-base", "--all", one, other) or "").split())

    def run(self, *arguments: str) -> str | None:
        """Run git and return its output, or None if it fails or cannot run."""
        output = self.run_bytes(*arguments)
        return None if output is None else os.fsdecode(output)

    def run_bytes(self, *arguments: str, stdin: bytes = b"") -> bytes | None:
        """Run git with an input and return its output, or None if it fails or cannot run."""
        # check-ignore fails with literal paths
        literal = () if arguments[0] == _CHECK_IGNORE else ("--literal-pathspecs",)
        try:
            return run_git((*literal, "-C", str(self.top), *arguments), stdin)
        except GitError as error:
            self.error = str(error)
            return None


_HEAD = "# branch.oid "
_CHECK_IGNORE = "check-ignore"
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def _tracked_path(file: Path) -> Path:
    """Return the folder `confsync.d` that contains a file, or the file itself."""
    return next((each for each in file.parents if each.name == FOLDER_NAME), file)
