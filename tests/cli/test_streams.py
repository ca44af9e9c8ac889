"""A broken, closed, full or ASCII-only stdout or stderr: an apply goes on, and its exit code says what it did."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Confsync
from tests.forked_python import Process, start_python

APPLY = "apply --emulator --auto-approve"
ASCII = {"PYTHONIOENCODING": "ascii:strict", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
LEDGER = Path(".confsync", "emulator", "confsync.ledger.json")
NOWHERE = {"closed": "{0}>&-", "full": "{0}>/dev/full", "broken": "{0}>&{1}"}

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")


def run(command: str, *lost: str, **environ: str) -> tuple[int, str]:
    """Run a command with redirections such as `1 full`; return its exit code and what was printed."""
    reader, writer = os.pipe()
    os.close(reader)
    ways = dict(each.split() for each in lost)
    needs_new = environ or "closed" in ways.values()  # an interpreter looks at its streams when it starts
    with _new_python(command, ways, writer, environ) if needs_new else _copy(command, ways, writer) as started:
        out, err = started.communicate(timeout=60)
    os.close(writer)
    printed = (out or "") + (err or "")
    assert "Traceback" not in printed
    return started.returncode, printed


def _new_python(command: str, ways: Mapping[str, str], writer: int, environ: Mapping[str, str]) -> Process:
    streams = " ".join(NOWHERE[how].format(number, writer) for number, how in ways.items())
    return subprocess.Popen(
        ["bash", "-c", f"exec {sys.executable} {command} {streams}"],
        pass_fds=(writer,),
        env={**os.environ, **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _copy(command: str, ways: Mapping[str, str], writer: int) -> Process:
    with Path("/dev/full").open("wb") as full:
        places = {"full": full.fileno(), "broken": writer}
        streams: dict[str, Any] = {{"1": "stdout", "2": "stderr"}[number]: places[how] for number, how in ways.items()}
        return start_python(command.split(), Path.cwd(), **streams)


def entries() -> int:
    return len(json.loads(LEDGER.read_text("utf-8"))["entries"]) if LEDGER.exists() else 0


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("command", "lost"),
    [
        (f"{APPLY} --json", ("1 closed", "2 closed")),
        (f"{APPLY} --json", ("1 full", "2 full")),
        (f"{APPLY} --json", ("1 broken", "2 broken")),
        (APPLY, ("2 closed",)),
        (APPLY, ("2 full",)),
        (APPLY, ("2 broken",)),
    ],
)
def test_an_apply_whose_output_is_lost_is_complete_and_exits_with_0(command: str, lost: tuple[str, ...]) -> None:
    assert run(f"-m confsync {command}", *lost)[0] == 0
    assert entries() == 3
    assert not list(Path(".confsync").rglob("journal*"))


@pytest.mark.usefixtures("folder")
def test_an_apply_whose_report_is_lost_says_so_on_stderr() -> None:
    code, said = run(f"-m confsync {APPLY} --json", "1 full")
    assert code == 0
    assert "The report was lost. The result cannot be written: No space left on device." in said
    assert "Error:" not in said


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("how", ["closed", "full"])
def test_an_apply_whose_plan_nobody_can_see_writes_nothing(how: str) -> None:
    assert run(f"-m confsync {APPLY}", f"1 {how}")[0] == 11
    assert entries() == 0


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("how", "code"), [("full", 11), ("broken", 0), ("closed", 0)])
def test_a_help_text_that_cannot_be_printed_is_no_bug(how: str, code: int) -> None:
    assert run("-m confsync plan --help", f"1 {how}")[0] == code


def test_an_ascii_terminal_does_not_stop_an_apply(folder: Path) -> None:
    (folder / "confsync.yaml").write_text("version: 1\nservices: {日本: {}}\n", "utf-8")
    code, said = run(f"-m confsync {APPLY}", **ASCII)
    assert (code, entries()) == (0, 1)
    assert "services/\\u65e5\\u672c" in said


def test_a_report_that_is_lost_does_not_hide_that_an_apply_failed(folder: Path, confsync: Confsync) -> None:
    text = (folder / "confsync.yaml").read_text("utf-8").replace("sendMessage", "unheardOf")
    (folder / "confsync.yaml").write_text(text, "utf-8")
    assert confsync(*APPLY.split()).code == 5
    assert run(f"-m confsync {APPLY} --json", "1 full")[0] == 5


def test_no_file_of_a_run_gets_the_number_of_a_closed_stream(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(OPEN_A_FILE, "utf-8")
    run(f"{tmp_path}/script.py {tmp_path}/opened <&-", "1 closed", "2 closed")
    assert int((tmp_path / "opened").read_text("utf-8")) > 2


OPEN_A_FILE = """
import sys
from confsync.__main__ import _open_standard_streams
_open_standard_streams()
with open(sys.argv[1], "w") as file:
    file.write(str(file.fileno()))
"""
