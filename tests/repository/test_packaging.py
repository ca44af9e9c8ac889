"""What is built is whole, and says of itself what the code says."""

import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

import confsync
from confsync.starter.example import EXAMPLES
from tests.repository.paths import ROOT, tracked

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def test_the_version_is_written_in_one_file() -> None:
    """`pyproject.toml` and the generated files would otherwise have to change with it."""
    files = (ROOT / "pyproject.toml", *(ROOT / "schemas").iterdir(), *(ROOT / "confsync").rglob("*.py"))
    written = re.compile(rf"""["']{re.escape(confsync.__version__)}["']""")

    assert PROJECT["dynamic"] == ["version"]
    assert [path.name for path in files if written.search(path.read_text("utf-8"))] == ["version.py"]


def test_the_changelog_has_a_place_for_what_comes() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    versions = re.findall(r"^## (.*)$", text, re.MULTILINE)
    groups = set(re.findall(r"^### (.*)$", text, re.MULTILINE))

    assert versions[0] == "[Unreleased]"
    assert [each for each in versions[1:] if not re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", each)] == []
    assert groups <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_every_runtime_dependency_is_bounded_and_explained() -> None:
    explained = re.findall(r"^## (\S+)$", (ROOT / "docs" / "dependencies.md").read_text("utf-8"), re.MULTILINE)

    assert [re.split(r"[<>=\[]", each)[0] for each in PROJECT["dependencies"]] == explained
    assert all(">=" in each and ",<" in each for each in PROJECT["dependencies"])


def test_a_wheel_contains_the_package_and_the_examples_and_nothing_else(tmp_path: Path) -> None:
    if not find_spec("hatchling"):
        pytest.skip("the build backend is not installed here")
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    metadata = {name for name in names if name.startswith(f"confsync-{confsync.__version__}.dist-info/")}
    examples = [ROOT / "examples" / name for name in EXAMPLES]

    assert {name.rpartition("/")[2] for name in metadata} == {
        "METADATA", "WHEEL", "RECORD", "entry_points.txt", "LICENSE"
    }  # fmt: skip
    assert names - metadata == {
        *(str(path.relative_to(ROOT)) for path in tracked("confsync")),
        *(f"confsync/starter/{path.relative_to(ROOT)}" for path in tracked(*map(str, examples))),
    }
    assert {"confsync/py.typed", "confsync/emulator/schema.sql", "confsync/views/html/plan.css"} <= names
