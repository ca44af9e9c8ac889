"""What Git knows about a configuration: its commit, and whether a newer commit was applied already.

Run the `git` program in the configuration's repository. It never prompts, uses no network, takes no lock and has a
timeout. If it cannot answer, a plan shows no commit, and the rollback guardrail triggers if the ledger records one.
"""

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

from confsync.config.config import Config
from confsync.config.files import FOLDER_NAME
from confsync.plan.guardrails import GuardrailRule
from confsync.plan.plan import Guardrail, Revision

_TIMEOUT = 20.0
"""Seconds that one call of git may take."""


def revision_of(config: Config) -> Revision:
    """Identify a configuration by its digest, its files and, if Git knows it, its commit."""
    repository = GitRepository.around(config.folder)
    commit, dirty = repository.state_of(config.files) if repository else (None, False)
    return Revision(
        digest=config.digest, files=config.files, commit=commit, dirty=dirty, resources=len(config.resources)
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
        yield Guardrail(GuardrailRule.ROLLBACK, (), reason, "--allow-rollback")


def _why_older(repository: "GitRepository | None", commit: str | None, recorded: str) -> str:
    """Say why a configuration is or may be older than what was applied; return an empty text if it is newer."""
    applied = f"commit {recorded[:_SHORT]} was applied last"
    if repository is None:
        return f"{applied}, and the configuration is not in a Git repository here, {_UNKNOWN}"
    if commit is None:
        return f"{applied}, and {repository.why_no_commit}, {_UNKNOWN}"
    here = f"the configuration is at commit {commit[:_SHORT]}"
    known = repository.contains(recorded)
    if known and repository.is_ancestor(commit, recorded):
        return f"{applied}, and {here}, which is older"
    if known and (not repository.shallow or repository.is_ancestor(recorded, commit)):
        return ""
    return f"{applied}, {here}, and {repository.why_incomparable}, {_UNKNOWN}"


_SHORT = 12
_UNKNOWN = "so confsync cannot tell which is newer"


class GitRepository:
    """A Git repository, identified by the folder that contains `.git`."""

    def __init__(self, top: Path) -> None:
        self._top = top
        self._error = ""

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
        inside = [str(each) for each in paths if each.is_relative_to(self._top)]
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
        return self.run("cat-file", "-e", f"{commit}^{{commit}}") is not None

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
        return "nothing is committed here" if self.run("status", "--porcelain") is not None else self._error

    @property
    def why_incomparable(self) -> str:
        """Say why this clone cannot compare two commits."""
        if not self.shallow:
            return "this clone does not have the former"
        depth = (self.run("rev-list", "--count", "--first-parent", "HEAD") or "").strip() or "unknown"
        return f"this clone is shallow (depth {depth}; run `git fetch --unshallow`)"

    def run(self, *arguments: str) -> str | None:
        """Run git and return its output, or None if it fails or cannot run."""
        program = shutil.which("git")
        if program is None:
            self._error = "git is not installed here"
            return None
        # check-ignore fails with literal paths
        literal = () if arguments[0] == _CHECK_IGNORE else ("--literal-pathspecs",)
        command = (program, *literal, *_SAFE_SETTINGS, "-C", str(self._top), *arguments)
        try:
            result = subprocess.run(  # noqa: S603 — no shell, and the arguments are only paths and commits
                command, stdin=subprocess.DEVNULL, capture_output=True, env=_environ(), timeout=_TIMEOUT, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            self._error = f"git does not answer ({type(error).__name__})"
            return None
        if result.returncode:
            self._error = _first_line(result.stderr) or f"git exited with {result.returncode}"
            return None
        return os.fsdecode(result.stdout)


_HEAD = "# branch.oid "
_CHECK_IGNORE = "check-ignore"
# a repository can name programs to run, and a partial clone would fetch what it lacks
_SAFE_SETTINGS = ("-c", "core.fsmonitor=false", "-c", "protocol.allow=never")


_INHERITED = frozenset(
    {
        *("PATH", "HOME", "LANG", "LANGUAGE", "TMPDIR"),
        *("XDG_CONFIG_HOME", "SUDO_UID"),  # git reads its own settings there, and compares the owner with this
        *("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"),
        *("GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM", "GIT_EXEC_PATH"),
    }
)
"""What git receives. No other variable: it might hold a credential, or select another repository as a hook's do."""

_OURS = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
_TRUSTED_FOLDER = "safe.directory"


def _environ() -> dict[str, str]:
    """Return the environment for git: an explicit list of variables, so that no credential is among them."""
    inherited = {name: value for name, value in os.environ.items() if name in _INHERITED or name.startswith("LC_")}
    return {**inherited, **_trusted_folders(os.environ), **_OURS}


def _trusted_folders(environ: Mapping[str, str]) -> dict[str, str]:
    """Select the folders that a container declares as trusted; CI systems put tokens into other settings."""
    keys = (name for name, value in environ.items() if name.startswith(_KEY) and value.lower() == _TRUSTED_FOLDER)
    folders = [environ.get(_VALUE + key.removeprefix(_KEY), "") for key in keys]
    settings = {"GIT_CONFIG_COUNT": str(len(folders))}
    for number, folder in enumerate(folders):
        settings |= {f"{_KEY}{number}": _TRUSTED_FOLDER, f"{_VALUE}{number}": folder}
    return settings


_KEY, _VALUE = "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_"


def _tracked_path(file: Path) -> Path:
    """Return the folder `confsync.d` that contains a file, or the file itself."""
    return next((each for each in file.parents if each.name == FOLDER_NAME), file)


def _first_line(stderr: bytes) -> str:
    lines = stderr.decode(errors="backslashreplace").splitlines()
    return next((f"git says: {line}" for line in lines if line), "")
