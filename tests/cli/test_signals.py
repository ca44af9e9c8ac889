"""A run that a signal stops reports the status of each change."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.run_result import RunResult

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


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_change_in_flight_is_unknown_and_the_others_keep_their_status(
    number: signal.Signals, code: int, folder: Path
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STUCK, "apply", "--emulator", "--auto-approve", "--json"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        assert started.stderr is not None
        while "STUCK" not in started.stderr.readline():
            pass
        started.send_signal(number)
        out, err = started.communicate(timeout=30)
    said = RunResult(started.returncode, out, err)
    assert said.code == code
    assert {each["address"]: each["status"] for each in said.document["outcomes"]} == {
        "services/support": "done",
        "services/support/roles/agent": "unknown",
        "services/support/configuration": "not_started",
    }
    (waiting,) = (each for each in said.document["outcomes"] if each["reason"])
    assert (waiting["status"], waiting["reason"]) == ("not_started", "the run ended before its turn")
    assert said.three_lines[1] == "State: Changes: 1 done, 1 unknown, 1 not started."


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


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize(
    "module",
    ["confsync.cli.main", "click", "confsync.cli.plan", "confsync.config.load", "httpx", "confsync.planning.make"],
)
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
