"""What Git says of a configuration: which commit it is, and whether a newer one was applied already.

The `git` program is asked, of the repository that the configuration lies in: it never prompts, never reaches a network,
takes no lock and has little time. If it cannot answer, a plan shows no commit, and the rollback guardrail triggers once
the ledger records a commit.
"""

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from confsync.config.config import Config
from confsync.config.files import FOLDER_NAME
from confsync.plan.guardrail import Guardrail
from confsync.plan.guardrail_rules import GuardrailRule
from confsync.plan.plan import Revision

_LONGEST = 20.0
"""Seconds that one question may take."""


def revision_of(config: Config) -> Revision:
    """Say which configuration this is, as far as Git knows."""
    repository = GitRepository.around(config.folder)
    commit, dirty = repository.state_of(config.files) if repository else (None, False)
    return Revision(digest=config.digest, files=config.files, commit=commit, dirty=dirty)


def rollback_guardrails(
    config: Config, revision: Revision, recorded: str | None, *, lifted: bool
) -> Iterator[Guardrail]:
    """Stop what is older than the commit last applied, or may be; silent while none is recorded."""
    if recorded is None or lifted or revision.commit == recorded:
        return
    why = _why_older(GitRepository.around(config.folder), revision.commit, recorded)
    if why:
        yield Guardrail(GuardrailRule.ROLLBACK, (), why, "--allow-rollback")


def _why_older(repository: "GitRepository | None", commit: str | None, recorded: str) -> str:
    """Say why a configuration is older than what was applied, or why that cannot be told; empty where it is not."""
    applied = f"commit {recorded[:_SHORT]} was applied last"
    if repository is None:
        return f"{applied}, and the configuration is in no Git repository here, so nobody can tell which is newer"
    if commit is None:
        return f"{applied}, and {repository.why_silent}, so nobody can tell which is newer"
    here = f"the configuration is at commit {commit[:_SHORT]}"
    known = repository.knows(recorded)
    if known and repository.leads_to(commit, recorded):
        return f"{applied}, and {here}, which is older"
    if known and (not repository.shallow or repository.leads_to(recorded, commit)):
        return ""
    return f"{applied}, {here}, and {repository.what_is_missing}, so nobody can tell which is newer"


_SHORT = 12


class GitRepository:
    """A Git repository, by the folder that holds `.git`."""

    def __init__(self, top: Path) -> None:
        self._top = top
        self._trouble = ""

    @classmethod
    def around(cls, folder: Path) -> "GitRepository | None":
        """Find the repository that a folder lies in, without asking anybody: most folders in a test are in none."""
        inside = folder.resolve()
        return next((cls(each) for each in (inside, *inside.parents) if (each / ".git").exists()), None)

    def state_of(self, files: Iterable[str]) -> tuple[str | None, bool]:
        """Give the commit of HEAD, and whether something of these files is not in it.

        What was removed from a folder `confsync.d` counts; what Git ignores was never committed.
        """
        paths = sorted({_asked_about(Path(each).resolve()) for each in files})
        inside = [str(each) for each in paths if each.is_relative_to(self._top)]
        told = self.ask(
            "status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all", "--ignored", "--", *inside
        )
        if told is None:
            return None, False
        lines = told.split("\0")
        commit = next((line.removeprefix(_HEAD) for line in lines if line.startswith(_HEAD)), "")
        changed = any(line and not line.startswith("# ") for line in lines) if inside else False
        return (commit, changed or len(inside) < len(paths)) if commit and commit != "(initial)" else (None, False)

    def knows(self, commit: str) -> bool:
        """Whether a commit is in this clone."""
        return self.ask("cat-file", "-e", f"{commit}^{{commit}}") is not None

    def leads_to(self, older: str, newer: str) -> bool:
        """Whether one commit came before another, or is it, as far as this clone can tell."""
        return self.ask("merge-base", "--is-ancestor", older, newer) is not None

    def ignores(self, path: Path) -> bool:
        """Whether a file, be it there or not, is never committed by mistake."""
        return self.ask(_IGNORES, "--quiet", "--", str(path.absolute())) is not None

    @cached_property
    def shallow(self) -> bool:
        """Whether this clone lacks history."""
        return (self.ask("rev-parse", "--is-shallow-repository") or "").strip() == "true"

    @property
    def why_silent(self) -> str:
        """Say why there is no commit."""
        return "nothing is committed here" if self.ask("status", "--porcelain") is not None else self._trouble

    @property
    def what_is_missing(self) -> str:
        """Say why this clone cannot tell how two commits stand to each other."""
        if not self.shallow:
            return "this clone does not have the former"
        depth = (self.ask("rev-list", "--count", "--first-parent", "HEAD") or "").strip() or "unknown"
        return f"this clone is shallow (depth {depth}; `git fetch --unshallow` mends that)"

    def ask(self, *question: str) -> str | None:
        """Ask git; none where it says no, or cannot be asked."""
        program = shutil.which("git")
        if program is None:
            self._trouble = "there is no git here to ask"
            return None
        literally = () if question[0] == _IGNORES else ("--literal-pathspecs",)
        command = (program, *literally, *_QUIETLY, "-C", str(self._top), *question)
        try:
            said = subprocess.run(  # noqa: S603 — no shell, and nothing in it that is not a path or a commit
                command, stdin=subprocess.DEVNULL, capture_output=True, env=_environ(), timeout=_LONGEST, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as trouble:
            self._trouble = f"git does not answer ({type(trouble).__name__})"
            return None
        if said.returncode:
            self._trouble = _first_line(said.stderr) or f"git ended with {said.returncode}"
            return None
        return os.fsdecode(said.stdout)


_HEAD = "# branch.oid "
_IGNORES = "check-ignore"
"""Takes no literal paths: it would fail."""
_QUIETLY = ("-c", "core.fsmonitor=false", "-c", "protocol.allow=never")
"""A repository can name programs to run, and a partial clone would fetch what it lacks."""


def _environ() -> dict[str, str]:
    """Give git what it needs, and nothing that points it at another repository, such as what a hook is given."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith("GIT_CONFIG")
    }
    return {**kept, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}


def _asked_about(file: Path) -> Path:
    """Give the folder `confsync.d` that a file lies in, else the file itself."""
    return next((each for each in file.parents if each.name == FOLDER_NAME), file)


def _first_line(said: bytes) -> str:
    return next((f"git says: {line}" for line in said.decode(errors="backslashreplace").splitlines() if line), "")
