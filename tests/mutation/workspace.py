"""Runs mutmut on one file, in a copy of the repository, and reads what it found."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

from msgspec import Struct

from tests.mutation.survivors import Mutation
from tests.mutation.targets import MutationTarget
from tests.repository.paths import ROOT

COPIED = ("confsync", "tests", "docs", "examples", "schemas", "pyproject.toml", "README.md", "CHANGELOG.md")

SETTINGS = """
[tool.mutmut]
source_paths = ["confsync"]
only_mutate = {files}
also_copy = ["docs", "examples", "schemas", "README.md", "CHANGELOG.md"]
pytest_add_cli_args = ["-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-profile=mutation"]
pytest_add_cli_args_test_selection = {tests}
timeout_multiplier = 5.0
timeout_constant = 1.0
track_dependencies = false
use_git_change_detection = false
on_dependency_change = "ignore"
"""

KILLED = 1
"""pytest's exit code when a test fails."""

TIMED_OUT = frozenset({-24, 24, 152, 36, 255})


class MutationResult(Struct, frozen=True):
    """What became of the mutants of a file. `timed_out` counts those killed because their tests did not end."""

    target: MutationTarget
    killed: int
    timed_out: int
    survivors: tuple[Mutation, ...]

    @property
    def mutants(self) -> int:
        """How many mutants there are."""
        return self.killed + self.timed_out + len(self.survivors)


def prepare_workspace(workspace: Path, target: MutationTarget) -> None:
    """Copy the repository, or what has changed in it since it was copied, and configure mutmut for one file."""
    # Python would never look for modules in a directory that does not exist when it starts
    (workspace / "mutants").mkdir(parents=True, exist_ok=True)
    # which test runs which function; mutmut would keep that for new functions, of which it knows nothing
    (workspace / "mutants" / "mutmut-stats.json").unlink(missing_ok=True)
    _forget_survivors(workspace / "mutants" / f"{target.file}.meta")
    for name in COPIED:
        source, copy = ROOT / name, workspace / name
        if source.is_dir():
            shutil.copytree(source, copy, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", ".confsync"))
        else:
            shutil.copy2(source, copy)
    settings = SETTINGS.format(files=json.dumps([target.file]), tests=json.dumps(target.tests))
    with (workspace / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(settings)


def _forget_survivors(results: Path) -> None:
    """Let the mutants that survived be run again: there may be new tests."""
    if results.exists():
        document = json.loads(results.read_bytes())
        codes = {name: code if code == KILLED else None for name, code in document["exit_code_by_key"].items()}
        results.write_text(json.dumps({**document, "exit_code_by_key": codes}), "utf-8")


def run_mutmut(workspace: Path, names: tuple[str, ...] = ()) -> None:
    """Run the mutants that were not run yet, or those with these names. Raises CalledProcessError."""
    variables = {**os.environ, "PYTHONPATH": str(workspace / "mutants")}  # for tests that start a process
    command: list[str | Path] = [Path(sys.executable).with_name("mutmut"), "run", "--max-children", "1", *names]
    with (workspace / "mutmut.log").open("wb") as log:
        subprocess.run(
            command, cwd=workspace, env=variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True
        )


def read_result(workspace: Path, target: MutationTarget) -> MutationResult:
    """Read what became of each mutant that was run."""
    codes = read_exit_codes(workspace, target)
    return MutationResult(
        target,
        killed=sum(code == KILLED for code in codes.values()),
        timed_out=sum(code in TIMED_OUT for code in codes.values()),
        survivors=tuple(_survivors(workspace, target, codes)),
    )


def read_exit_codes(workspace: Path, target: MutationTarget) -> dict[str, int]:
    """Read the exit code of the tests of each mutant that was run, by the name of the mutant."""
    document = json.loads((workspace / "mutants" / f"{target.file}.meta").read_text("utf-8"))
    return {name: code for name, code in document["exit_code_by_key"].items() if code is not None}


def _survivors(workspace: Path, target: MutationTarget, codes: dict[str, int]) -> Iterator[Mutation]:
    from mutmut.mutation.diff_apply import get_diff_for_mutant  # noqa: PLC0415 — only the extra `mutation` installs it

    with chdir(workspace):
        for name, code in codes.items():
            if code != KILLED and code not in TIMED_OUT:
                yield Mutation.from_diff(target.file, name, get_diff_for_mutant(name, path=target.file))
