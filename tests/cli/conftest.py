"""A folder with a configuration, and the command line as a function."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from confsync.cli.main import main
from tests.cli.run_result import RunResult
from tests.forked_python import start_python

CONFIGURATION = """
version: 1
services:
  support:
    roles:
      agent: {type: conversation, permissions: [sendMessage, leaveConversation]}
    configuration: {default_conversation_role: agent}
"""

Confsync = Callable[..., RunResult]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, which contains a small configuration; clear the environment variables."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("CONFSYNC_", "TWILIO_")) or name in ("CI", "NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name)
    (tmp_path / "confsync.yaml").write_text(CONFIGURATION, "utf-8")
    return tmp_path


@pytest.fixture
def confsync(folder: Path, capsys: pytest.CaptureFixture[str]) -> Confsync:
    """Run a command line in this process."""
    assert folder.is_dir()

    def run(*arguments: str) -> RunResult:
        capsys.readouterr()
        code = main(list(arguments))
        return RunResult(code, *capsys.readouterr())

    return run


@pytest.fixture
def process(folder: Path) -> Confsync:
    """Run a command line in a process of its own, without a terminal."""

    def run(*arguments: str, **environ: str) -> RunResult:
        with start_python(["-m", "confsync", *arguments], folder, {**os.environ, **environ}) as started:
            out, err = started.communicate(timeout=60)
        return RunResult(started.returncode, out, err)

    return run
