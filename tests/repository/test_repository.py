"""The repository is one that anybody can clone: no file tells of the machine it was written on."""

import re
from pathlib import Path

import pytest

from tests.repository.paths import ROOT, run, tracked

ABSOLUTE = re.compile(
    r"(?<![\w.}/<~*-])/(?:(?:home|root|work|mnt|tmp/cs)/[\w.-]+|Users/[\w.-]+/(?!Conversations\b)[\w.-]+)"
)
"""A home on a Mac goes on below the name; Twilio's own `/Users/alice` ends there, or goes on with `Conversations`."""

LARGEST = 1024 * 1024


@pytest.fixture(scope="module")
def files() -> list[Path]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    return tracked()


def test_no_file_names_a_path_of_a_machine(files: list[Path]) -> None:
    reported = {str(path.relative_to(ROOT)): ABSOLUTE.findall(path.read_text("utf-8")) for path in files}

    assert {name: paths for name, paths in reported.items() if paths} == {}


def test_no_file_is_large(files: list[Path]) -> None:
    assert [path.name for path in files if path.stat().st_size > LARGEST] == []


def test_every_text_ends_with_one_line_end(files: list[Path]) -> None:
    texts = {path: path.read_bytes() for path in files}

    assert [path.name for path, text in texts.items() if text and (not text.endswith(b"\n") or b"\r" in text)] == []


def test_what_a_run_leaves_behind_is_ignored() -> None:
    left = (
        ".venv/bin/python",
        ".confsync/emulator/dev.db",
        "build/x",
        "dist/x",
        "site/index.html",
        "confsync/__pycache__/x.pyc",
    )

    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    assert [path for path in left if run(["git", "check-ignore", "-q", path], ROOT).returncode] == []
