"""The scripts of the README: they can be run, and do what it says."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.repository.paths import ROOT, run

SHELL = (
    "scripts/install",
    "scripts/demo",
    "scripts/test",
    "scripts/fuzz-emulator",
    "scripts/campaign",
    "scripts/mutants",
    "scripts/site",
)
EXECUTABLE = (*SHELL, "scripts/openapi-extract", ".ci/run")


@pytest.mark.parametrize("script", EXECUTABLE)
def test_a_script_can_be_run(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)
    assert (ROOT / script).read_text("utf-8").startswith("#!")


@pytest.mark.parametrize("script", SHELL)
def test_a_script_asks_no_more_than_a_plain_shell(script: str) -> None:
    assert (ROOT / script).read_text("utf-8").startswith("#!/bin/sh\n")
    assert run(["sh", "-n", script], ROOT).returncode == 0


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A repository of scripts and examples, whose virtual environment is the one that runs this."""
    for name in ("scripts", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns(".confsync", "secrets"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "venv").mkdir()
    for name in ("bin", "lib", "pyvenv.cfg"):
        (tmp_path / "venv" / name).symlink_to(Path(sys.prefix) / name)
    for name in ("confsync", "test"):
        shutil.copy(ROOT / "pyproject.toml", tmp_path / "venv" / f".installed-{name}")
    return tmp_path


def test_the_demo_ends_with_an_empty_plan_and_leaves_nothing_for_the_next_one(installed: Path, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    before = {path for path in installed.rglob("*") if path.suffix != ".pyc"}

    shown = run(["scripts/demo"], installed, {"VENV": "venv", "TMPDIR": str(scratch)})

    assert shown.returncode == 0, shown.stderr
    assert "Applied: 9 created, 7 updated, 0 replaced, 0 deleted, 0 failed, 0 not started." in shown.stdout
    assert shown.stdout.endswith("No changes. Twilio matches the configuration.\n")
    assert {path for path in installed.rglob("*") if path.suffix != ".pyc"} == before


def test_the_demo_fails_where_a_new_plan_is_not_empty(installed: Path) -> None:
    tool = installed / "venv" / "bin"
    tool.unlink()
    tool.mkdir()
    (tool / "python").symlink_to(sys.executable)
    (tool / "confsync").write_text('#!/bin/sh\ncase "$*" in *--detailed-exitcode*) exit 2; esac\n', "ascii")
    (tool / "confsync").chmod(0o755)

    assert run(["scripts/demo"], installed, {"VENV": "venv"}).returncode == 2


def test_the_last_words_of_a_test_run_are_those_of_pytest(installed: Path) -> None:
    (installed / "tests").mkdir()
    (installed / "tests" / "test_nothing.py").write_text("def test_nothing() -> None: ...\n", "ascii")

    tested = run(["scripts/test", "-n", "0", "-p", "no:cacheprovider"], installed, {"VENV": "venv"})

    assert tested.returncode == 0, tested.stderr
    assert "1 passed" in tested.stdout.splitlines()[-1]


def test_a_python_that_is_too_old_is_told(tmp_path: Path) -> None:
    refused = run([str(ROOT / "scripts" / "install")], tmp_path, {"VENV": str(tmp_path / "venv"), "PYTHON": "false"})

    assert refused.returncode == 1
    assert "Python 3.11 or newer" in refused.stderr
    assert not (tmp_path / "venv").exists()


def test_a_release_shows_its_help_without_its_tools(installed: Path) -> None:
    shown = run(["scripts/release", "--help"], installed, {"PYTHON": sys.executable})

    assert (shown.returncode, shown.stderr) == (0, "")
    assert "scripts/release [-h]" in shown.stdout
    assert not (installed / ".venv-release").exists()
