"""`lock: git`: of two clones, one applies, and the other is locked out and told by whom."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
from confsync.emulator.server import running
from tests.cli.conftest import CONFIGURATION, Confsync
from tests.cli.run_result import RunResult
from tests.clones import LOCK, Remote, git
from tests.forked_python import Process, start_python

ACCOUNT = {"TWILIO_ACCOUNT_SID": ACCOUNT_SID, "TWILIO_AUTH_TOKEN": AUTH_TOKEN}
APPLY = ("apply", "--auto-approve")

STUCK = """
import asyncio, sys
from confsync.cli.main import run
from confsync.twilio.http_connection import HttpConnection

answer = HttpConnection.handle_async_request

async def never_answer_an_update(self, request):
    if request.method == "POST" and request.url.path.endswith("/Configuration"):
        print("STUCK", file=sys.stderr, flush=True)
        await asyncio.sleep(60)
    return await answer(self, request)

HttpConnection.handle_async_request = never_answer_an_update
run()
"""


@pytest.fixture
def remote(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Remote]:
    """Return a remote whose main branch has a configuration, and an account that the command line reaches."""
    with Emulator() as emulator, running(emulator) as url:
        for name, value in {**ACCOUNT, "CONFSYNC_BASE_URL": url}.items():
            monkeypatch.setenv(name, value)
        files = {"confsync.yaml": f"{CONFIGURATION}lock: git\n", ".gitignore": ".confsync/\n"}
        yield Remote.create(folder / "remote.git", files)


def start(clone: Path, *arguments: str, script: str = "") -> Process:
    command = ["-c", script] if script else ["-m", "confsync"]
    return start_python([*command, *arguments], clone)


Run = Callable[..., RunResult]


@pytest.fixture
def run(confsync: Confsync) -> Run:
    """Run a command line of this process in a clone."""
    return lambda clone, *arguments: confsync(*arguments, "-C", str(clone))


def result_of(process: Process) -> RunResult:
    out, err = process.communicate(timeout=60)
    return RunResult(process.returncode, out, err)


@contextmanager
def stuck(clone: Path) -> Iterator[Process]:
    """Start an apply that is in the middle of its writes; kill it at the end, also of a test that fails."""
    with start(clone, *APPLY, script=STUCK) as process:
        try:
            assert process.stderr is not None
            while "STUCK" not in (line := process.stderr.readline()):
                assert line
            yield process
        finally:
            process.kill()


def test_a_clone_is_locked_out_while_another_one_applies_and_a_reader_is_not(remote: Remote, run: Run) -> None:
    one, other = remote.clone("one"), remote.clone("other")
    with stuck(one) as first:
        said = run(other, *APPLY)
        assert said.code == 10
        assert f"Another apply holds the lock {LOCK} of origin: `confsync apply`, process {first.pid} of" in said.err
        assert said.three_lines[1] == "State: Nothing was changed."
        assert run(other, "plan").code == 0
        assert list((other / ".git").glob("FETCH_HEAD")) == []
        first.send_signal(signal.SIGINT)
        assert result_of(first).code == 130
    assert LOCK not in remote.refs()
    assert run(other, *APPLY).code == 0
    assert git(other, "status", "--porcelain") == ""


def test_a_killed_apply_locks_out_other_clones_but_not_its_own(remote: Remote, run: Run) -> None:
    one, other = remote.clone("one"), remote.clone("other")
    with stuck(one) as first:
        assert run(one, "ledger", "unlock", "0" * 40).code == 10, "the apply is running here"
        first.kill()
    assert run(other, *APPLY).code == 10
    assert run(one, *APPLY).code == 0
    assert LOCK not in remote.refs()


def test_of_two_clones_that_apply_at_once_one_applies_and_the_other_waits(remote: Remote) -> None:
    started = [start(remote.clone(name), *APPLY, "--lock-timeout", "50s") for name in ("one", "other")]
    results = [result_of(each) for each in started]
    assert [each.code for each in results] == [0, 0], [each.err for each in results]
    assert sum("Applied: 2 created" in each.out for each in results) == 1
    assert LOCK not in remote.refs()
