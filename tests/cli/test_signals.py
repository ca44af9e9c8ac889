"""A run that a signal stops reports the status of each change."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from confsync.cli.signals import Stop, restored_handlers
from tests.cli.conftest import Confsync
from tests.cli.run_result import RunResult
from tests.forked_python import Process, start_python

STUCK = """
import asyncio, sys
from confsync.emulator.transport import EmulatorTransport
from confsync.cli.main import run

answer = EmulatorTransport.handle_async_request

async def never_answer_a_role(self, request):
    if request.method == "POST" and request.url.path.endswith("/Roles"):
        print("STUCK", file=sys.stderr, flush=True)
        await asyncio.sleep(60)
    return await answer(self, request)

EmulatorTransport.handle_async_request = never_answer_a_role
run()
"""


def stuck(folder: Path) -> Process:
    """Start an apply, and return once Twilio does not respond to the create of a role."""
    started = start_python(["-c", STUCK, "apply", "--emulator", "--auto-approve", "--json"], folder)
    assert started.stderr is not None
    while "STUCK" not in started.stderr.readline():
        pass
    return started


def end(started: Process) -> RunResult:
    out, err = started.communicate(timeout=30)
    return RunResult(started.returncode, out, err)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_change_in_flight_is_unknown_and_the_others_keep_their_status(
    number: signal.Signals, code: int, folder: Path
) -> None:
    with stuck(folder) as started:
        started.send_signal(number)
        said = end(started)
    assert said.code == code
    assert {each["address"]: each["status"] for each in said.document["outcomes"]} == {
        "services/support": "done",
        "services/support/roles/agent": "unknown",
        "services/support/configuration": "not_started",
    }
    (waiting,) = (each for each in said.document["outcomes"] if each["reason"])
    assert (waiting["status"], waiting["reason"]) == ("not_started", "the run ended before its turn")
    assert said.three_lines[1] == "State: Changes: 1 done, 1 unknown, 1 not started."


def test_a_second_signal_stops_the_run_at_once_and_the_next_apply_continues(folder: Path, confsync: Confsync) -> None:
    with stuck(folder) as started:
        started.send_signal(signal.SIGTERM)
        time.sleep(0.1)
        started.send_signal(signal.SIGINT)
        said = end(started)
    assert said.code == 143
    assert said.document["kind"] == "diagnostics"
    assert said.three_lines[1] == "State: Some changes may have been made."
    assert "Traceback" not in said.err
    assert confsync("apply", "--emulator", "--auto-approve").code == 0


@pytest.fixture
def stop() -> Iterator[Stop]:
    """Handle signals in this process, until the end of the test."""
    with restored_handlers():
        stop = Stop()
        stop.listen()
        yield stop


async def one_after(pause: float) -> int:
    await asyncio.sleep(pause)
    return 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_cancels_what_runs_and_then_interrupts(stop: Stop, number: signal.Signals) -> None:
    steps = []

    async def work() -> None:
        signal.raise_signal(number)
        steps.append("goes on up to its next wait")
        try:
            await asyncio.sleep(10)
        finally:
            steps.append("cleans up")

    with pytest.raises(KeyboardInterrupt):
        stop.run(work())
    assert steps == ["goes on up to its next wait", "cleans up"]
    assert stop.terminated is (number == signal.SIGTERM)


def test_work_that_is_done_in_spite_of_a_signal_returns_its_result(stop: Stop) -> None:
    async def work() -> int:
        signal.raise_signal(signal.SIGINT)
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            return 7
        return 8

    assert stop.run(work()) == 7


def test_after_a_signal_nothing_begins(stop: Stop) -> None:
    stop.settle()
    signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        stop.run(one_after(0))


def test_without_a_signal_work_runs_as_usual(stop: Stop) -> None:
    assert [stop.run(one_after(0.01)), stop.run(one_after(0))] == [1, 1]
    with pytest.raises(ZeroDivisionError):
        stop.run(failing())


async def failing() -> None:
    raise ZeroDivisionError


@pytest.mark.usefixtures("stop")
def test_outside_a_run_a_signal_interrupts() -> None:
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_after_the_end_a_signal_interrupts_nothing(stop: Stop) -> None:
    stop.settle()
    signal.raise_signal(signal.SIGTERM)
    assert stop.terminated


def test_a_signal_that_the_process_was_started_to_ignore_stays_ignored(stop: Stop) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stop.listen()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


AT_AN_IMPORT = """
import signal, sys

_, module, number, *sys.argv[1:] = sys.argv

class Stopping:
    def find_spec(self, name, path=None, target=None):
        if name == module:
            sys.meta_path.remove(self)
            signal.raise_signal(int(number))

sys.meta_path.insert(0, Stopping())
from confsync.__main__ import run
run()
"""


def stopped_at(module: str, number: signal.Signals, *arguments: str) -> RunResult:
    """Run, and send a signal when a module is imported."""
    ended = subprocess.run(
        [sys.executable, "-c", AT_AN_IMPORT, module, str(int(number)), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return RunResult(ended.returncode, ended.stdout, ended.stderr)


IMPORTED = (
    "confsync.cli.main",
    "click",
    "confsync.cli.commands.plan",
    "confsync.config.load",
    "httpx",
    "confsync.planning.make",
)
SIGNALS = ((signal.SIGINT, 130), (signal.SIGTERM, 143))
DURING_IMPORTS = [
    pytest.param(module, number, code, marks=[pytest.mark.campaign] if (place + other) % 2 else [])
    for place, module in enumerate(IMPORTED)
    for other, (number, code) in enumerate(SIGNALS)
]
"""An ordinary run sends one signal during each import, in turn this one and that one; the campaigns send the other."""


@pytest.mark.parametrize(("module", "number", "code"), DURING_IMPORTS)
def test_a_signal_during_an_import_stops_the_run_in_order(
    module: str, number: signal.Signals, code: int, folder: Path
) -> None:
    assert folder.exists()
    said = stopped_at(module, number, "plan", "--emulator", "--json")
    assert said.code == code
    assert said.document["exit_code"] == code
    assert "Traceback" not in said.err
    assert said.three_lines[1] == "State: Nothing was changed."


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_after_the_end_changes_nothing(number: signal.Signals, folder: Path) -> None:
    assert folder.exists()
    said = stopped_at("confsync.cli.rendering", number, "plan", "--emulator", "--json")
    assert (said.code, said.document["kind"]) == (0, "plan")
    assert "Traceback" not in said.err
