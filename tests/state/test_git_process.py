"""git cannot hold up a run, nor fill its memory."""

import shutil
import time
from pathlib import Path

import pytest

from confsync.state import git_process
from confsync.state.git_process import GitError, run_git

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the path of a program that is run in place of git."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path / "git"


def script(program: Path, text: str) -> None:
    program.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    program.chmod(0o755)


def test_git_that_does_not_end_is_stopped_with_everything_that_it_started(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(program, "sleep 60 & sleep 60")
    monkeypatch.setattr(git_process, "_TIMEOUT", 0.3)
    began = time.monotonic()
    with pytest.raises(GitError, match=r"git does not answer within 0.3 seconds"):
        run_git(("status",))
    assert time.monotonic() - began < 60


def test_git_that_prints_too_much_is_stopped(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(program, "exec cat /dev/zero")
    monkeypatch.setattr(git_process, "_MOST_OUTPUT", 1024 * 1024)
    with pytest.raises(GitError, match="git printed more than 1 MiB"):
        run_git(("status",))


def test_errors_of_any_length_do_not_block_git(program: Path) -> None:
    script(program, "head -c 1000000 /dev/zero | tr '\\0' 'x' >&2; echo done; exit 3")
    with pytest.raises(GitError, match=r"^git says: x{4096}$"):
        run_git(("status",))


def test_git_gets_its_input_and_returns_its_output(program: Path) -> None:
    script(program, "exec cat")
    content = b"line\n" * 100_000
    assert run_git(("cat-file",), content) == content


def test_git_that_reads_nothing_is_no_error(program: Path) -> None:
    script(program, "echo done")
    assert run_git(("cat-file",), b"line\n" * 100_000) == b"done\n"


def test_only_a_call_for_a_remote_gets_what_logs_in_there_and_none_gets_another_credential(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(program, "env")
    login = {"GIT_ASKPASS": "ask", "SSH_AUTH_SOCK": "agent", "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_VALUE_0": "header"}
    others = {"TWILIO_AUTH_TOKEN": "canary", "CONFSYNC_PLAN_KEY": "canary", "GIT_DIR": "canary", "MINE": "canary"}
    for name, value in {**login, **others}.items():
        monkeypatch.setenv(name, value)
    here, there = (run_git(("status",), remote=remote).decode().splitlines() for remote in (False, True))
    assert not {each for each in (*here, *there) if "canary" in each}
    assert {f"{name}={value}" for name, value in login.items()} <= set(there)
    assert {each for each in here if each.partition("=")[0] in login} == {"GIT_CONFIG_COUNT=0"}
    assert "GIT_TERMINAL_PROMPT=0" in there
