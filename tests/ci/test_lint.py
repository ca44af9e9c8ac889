"""Each file for another tool is checked by that tool's own linter, with every rule that does not need the network."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from confsync.starter.ci import ci_files
from confsync.starter.place import StarterPlace
from tests.ci.gitlab import jobs_of
from tests.repository.paths import ROOT

DEPLOY = ROOT / "deploy"
SERVICE, TIMER = DEPLOY / "systemd" / "confsync-drift.service", DEPLOY / "systemd" / "confsync-drift.timer"
TOLERATED = {"self-repository"}
"""`uses: $/…` is too new for GitHub Enterprise Server, so zizmor's advice to write it is not followed."""

UNKNOWN_TO_ACTIONLINT = 'unexpected key "queue" for "concurrency" section'
"""GitHub has had `queue` since May 2026, and the schema of check-jsonschema knows it."""


def tool(name: str) -> str:
    """Return the path of a linter, or skip the test."""
    installed = Path(sys.executable).with_name(name)
    found = str(installed) if installed.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed; run scripts/install ci")
    return found


def lint(command: Sequence[str | Path], *, folder: Path = ROOT) -> str:
    """Run a linter that must find nothing, and return its output."""
    ran = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=60
    )
    assert ran.returncode == 0, ran.stdout
    return ran.stdout


@pytest.fixture(scope="module")
def github(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the workflow for one environment and for several, and the action."""
    top = tmp_path_factory.mktemp("github")
    (top / ".git").mkdir()
    for environments in (("main",), ("prod", "staging")):
        workflow, action = ci_files("github", StarterPlace(top, PurePosixPath("a folder")), environments)
        path = (top / workflow.path).with_stem("-".join(environments))
        for target, text in ((path, workflow.text), (top / action.path, action.text)):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")
    return top


@pytest.fixture(scope="module")
def gitlab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The jobs of the component, without its inputs, and what `init` writes to include them."""
    top = tmp_path_factory.mktemp("gitlab")
    _, including = ci_files("gitlab", StarterPlace(top, PurePosixPath("a folder")), ("prod", "staging"))
    (top / ".gitlab-ci.yml").write_text(including.text, "utf-8")
    component = (ROOT / "templates" / "confsync.yml").read_text("utf-8").partition("\n---\n")[2]
    (top / "confsync.yml").write_text(component, "utf-8")
    return top


@pytest.mark.needs_tools
def test_actionlint_accepts_the_workflows(github: Path) -> None:
    lint([tool("actionlint"), "-no-color", "-ignore", re.escape(UNKNOWN_TO_ACTIONLINT)], folder=github)


@pytest.mark.needs_tools
def test_zizmor_finds_no_weakness_in_the_workflows_and_the_action(github: Path) -> None:
    command = [tool("zizmor"), "--offline", "--no-progress", "--no-exit-codes", "--quiet", "--persona=pedantic"]
    found = json.loads(lint([*command, "--format=json", "."], folder=github))
    assert [each for each in found if each["ident"] not in TOLERATED and not each["ignored"]] == []


@pytest.mark.needs_tools
def test_the_files_match_the_schemas_of_their_ci_systems(github: Path, gitlab: Path) -> None:
    check = pytest.importorskip("check_jsonschema.cli.main_command", reason="run scripts/install ci").main
    files = {
        "github-workflows": [*github.glob(".github/workflows/*")],
        "github-actions": [ROOT / "action.yml"],
        "gitlab-ci": [gitlab / "confsync.yml", gitlab / ".gitlab-ci.yml"],
    }
    for schema, paths in files.items():
        checked = CliRunner().invoke(check, ["--builtin-schema", f"vendor.{schema}", *map(str, paths)])
        assert checked.exit_code == 0, checked.output


@pytest.mark.needs_tools
def test_pre_commit_accepts_its_hooks() -> None:
    lint([tool("pre-commit"), "validate-manifest", ".pre-commit-hooks.yaml"])


@pytest.mark.needs_tools
def test_hadolint_accepts_the_containerfile() -> None:
    lint([tool("hadolint"), "Containerfile"])


@pytest.mark.needs_tools
def test_kubernetes_accepts_the_manifests() -> None:
    said = lint([tool("kubernetes-validate"), "--strict", *DEPLOY.glob("kubernetes/*.yaml")])
    assert said.count(" passed ") == 2


@pytest.mark.needs_tools
def test_systemd_accepts_the_units_and_finds_them_hardened(tmp_path: Path) -> None:
    analyze = tool("systemd-analyze")
    said = lint([analyze, "verify", SERVICE, TIMER])
    assert said == ""
    exposure = lint([analyze, "security", "--offline=true", SERVICE], folder=tmp_path)
    match = re.search(r"Overall exposure level for \S+: (\d+\.\d)", exposure)
    assert match
    assert float(match[1]) < 2


@pytest.mark.needs_tools
def test_shellcheck_accepts_every_script(tmp_path: Path) -> None:
    check = tool("shellcheck")
    scripts = {f"{name}.sh": text for name, text in shell_scripts()}
    assert len(scripts) >= 12
    for name, text in scripts.items():
        (tmp_path / name).write_text(f"#!/usr/bin/env bash\n{text}\n", "utf-8")
    lint([check, "--severity=style", "--exclude=SC1091", *sorted(tmp_path.glob("*.sh"))])


def shell_scripts() -> Iterator[tuple[str, str]]:
    """Yield every script in the action, in the component and in the unit."""
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    for number, step in enumerate(action["runs"]["steps"]):
        if "run" in step:
            yield f"action-{number}", step["run"]
    for name, job in jobs_of(ROOT / "templates" / "confsync.yml", {}).items():
        lines = [*job["before_script"], *job["script"], *job.get("after_script", ())]
        yield name.replace(" ", "-"), "\n".join(lines)
    commands = re.findall(r"^Exec\w+=/bin/sh -euc '(.*)'$", SERVICE.read_text("utf-8"), re.MULTILINE)
    for number, script in enumerate(commands):
        yield f"unit-{number}", script


def uses_of(node: Any) -> Iterator[str]:  # noqa: ANN401 — YAML
    if isinstance(node, dict):
        if isinstance(node.get("uses"), str):
            yield node["uses"]
        node = list(node.values())
    for each in node if isinstance(node, list) else ():
        yield from uses_of(each)


def test_every_action_of_others_is_pinned_by_its_commit(github: Path) -> None:
    for path in (*github.glob(".github/workflows/*"), github / ".github/actions/confsync/action.yml"):
        text = path.read_text("utf-8")
        for used in uses_of(yaml.safe_load(text)):
            pinned = re.fullmatch(r"\./\.github/actions/confsync|actions/[\w/-]+@[0-9a-f]{40}", used)
            assert pinned, used
            assert used[0] == "." or re.search(rf"{used} # v\d+\.\d+\.\d+$", text, re.MULTILINE), used


def test_no_script_contains_an_expression(github: Path) -> None:
    for path in github.rglob("*.y*ml"):
        assert "pull_request_target" not in path.read_text("utf-8")
    for name, text in shell_scripts():
        assert "${{" not in text, name
        assert "$[[" not in text, name
