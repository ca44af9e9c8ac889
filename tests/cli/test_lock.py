"""Two applies in one folder: the second one waits, or exits with code 10 and says who holds the lock."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.conftest import Confsync
from tests.cli.run_result import RunResult
from tests.cli.test_signals import STUCK
from tests.forked_python import Process, start_python

APPLY = ("apply", "--emulator", "--auto-approve")
EVERYTHING = "Applied: 2 created, 1 updated"
LOCK = Path(".confsync", "emulator", "ledger.lock")


def start(folder: Path, *arguments: str, script: str = "", **environ: str) -> Process:
    """Start a command line in a process of its own."""
    command = ["-c", script] if script else ["-m", "confsync"]
    return start_python([*command, *arguments], folder, {**os.environ, **environ})


def end(process: Process) -> RunResult:
    out, err = process.communicate(timeout=60)
    return RunResult(process.returncode, out, err)


@contextmanager
def stuck_apply(folder: Path) -> Iterator[Process]:
    """Run an apply that never ends, and kill it afterwards."""
    with start(folder, *APPLY, script=STUCK) as process:
        assert process.stderr is not None
        while "STUCK" not in process.stderr.readline():
            pass
        try:
            yield process
        finally:
            process.kill()


def test_a_second_apply_exits_with_code_10_and_says_who_holds_the_lock(folder: Path, process: Confsync) -> None:
    with stuck_apply(folder) as first:
        second = process(*APPLY)
        assert second.code == 10
        happened, changed, hint = second.three_lines
        assert f"`confsync apply`, process {first.pid} of " in happened
        assert f" on {os.uname().nodename}, since 20" in happened
        assert changed == "State: Nothing was changed."
        assert "--lock-timeout 10m" in hint
        assert process(*APPLY, "--json").document["exit_code"] == 10
        assert process("ledger", "rebuild", "--emulator").code == 10


@pytest.mark.parametrize("command", ["plan", "drift", "validate", "ledger show"])
def test_a_command_that_only_reads_takes_no_lock(command: str, folder: Path, process: Confsync) -> None:
    with stuck_apply(folder):
        assert process(*command.split(), "--emulator").code in (0, 2)


def test_a_killed_holder_locks_nobody_out(folder: Path, confsync: Confsync) -> None:
    with stuck_apply(folder) as first:
        first.kill()
        first.wait()
    assert json.loads((folder / LOCK).read_text("utf-8"))["pid"] == first.pid
    assert confsync(*APPLY).code == 0
    assert not (folder / LOCK).exists()


def test_the_lock_is_held_while_a_person_is_asked(folder: Path, process: Confsync) -> None:
    with start(folder, *APPLY, script="import sys; " + WAITING_FOR_AN_ANSWER) as first:
        assert first.stderr is not None
        while "Only 'yes' is accepted" not in first.stderr.readline():
            pass
        assert process(*APPLY).code == 10
        first.kill()


WAITING_FOR_AN_ANSWER = """
import time
from confsync.cli import applying
from confsync.cli.invocation import Invocation
from confsync.cli.main import run

sys.argv.remove("--auto-approve")
Invocation.asks = True
ask = applying.read_answer

def never_answer():
    print(file=sys.stderr, flush=True)
    time.sleep(60)

applying.read_answer = never_answer
run()
"""


def test_with_a_lock_timeout_the_second_apply_waits_and_then_finishes_the_work(folder: Path) -> None:
    with stuck_apply(folder) as first:
        second = start(folder, *APPLY, "--lock-timeout", "30s")
        assert second.stderr is not None
        said = second.stderr.readline() + second.stderr.readline()
        assert f"Waiting for the lock {folder / LOCK}, held by `confsync apply`, process {first.pid} of" in said
    ended = end(second)
    assert (ended.code, "Applied: 1 created, 1 updated" in ended.out) == (0, True), ended.out


def test_a_wait_that_is_too_long_says_for_how_long_it_lasted(folder: Path, process: Confsync) -> None:
    with stuck_apply(folder):
        said = process(*APPLY, "--lock-timeout", "1")
    assert said.code == 10
    assert "confsync waited 1 seconds for it" in said.three_lines[0]


def test_in_ci_an_apply_waits_without_being_asked_to(folder: Path) -> None:
    with stuck_apply(folder):
        second = start(folder, *APPLY, CI="true")
        assert second.stderr is not None
        assert "Waiting for the lock" in second.stderr.readline() + second.stderr.readline()
    assert end(second).code == 0


def test_a_signal_ends_the_wait(folder: Path) -> None:
    with stuck_apply(folder):
        second = start(folder, *APPLY, "--lock-timeout", "30s")
        assert second.stderr is not None
        second.stderr.readline()
        second.stderr.readline()
        second.terminate()
        assert end(second).code == 143


@pytest.mark.parametrize("text", ["-1", "1d", "m", "", "1.5", "nan", "1234567", "٣"])
def test_a_lock_timeout_is_a_number_with_a_unit(text: str, confsync: Confsync) -> None:
    said = confsync(*APPLY, f"--lock-timeout={text}")
    assert said.code == 3
    assert "such as 30s, 10m or 1h" in said.three_lines[0]


@pytest.mark.parametrize("several", [4])
def test_of_several_applies_at_once_each_either_applies_or_is_locked_out(several: int, folder: Path) -> None:
    ended = [end(each) for each in [start(folder, *APPLY) for _ in range(several)]]
    assert {each.code for each in ended} <= {0, 10}, [each.err for each in ended]
    assert sum(EVERYTHING in each.out for each in ended) == 1


@pytest.mark.parametrize("several", [4])
def test_of_several_applies_that_wait_one_applies_and_the_others_have_nothing_to_do(
    several: int, folder: Path, process: Confsync
) -> None:
    ended = [end(each) for each in [start(folder, *APPLY, "--lock-timeout", "50s") for _ in range(several)]]
    assert Counter(each.code for each in ended) == {0: several}, [each.err for each in ended]
    assert sum(EVERYTHING in each.out for each in ended) == 1
    assert process("plan", "--emulator", "--detailed-exitcode").code == 0
    assert not (folder / LOCK).exists()
