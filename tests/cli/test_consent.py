"""Only the word `yes` is consent, and only a person at a terminal gives it."""

import os
import pty
import select
import signal
import subprocess
import termios
from pathlib import Path

import pytest

from confsync.cli.questions import read_answer
from tests.cli.conftest import Confsync
from tests.cli.run_result import RunResult
from tests.forked_python import start_python

REAL_SELECT = select.select


def at_a_terminal(answer: str, *arguments: str, **environ: str) -> RunResult:
    """Run with a terminal for stdin and stderr, and type an answer."""
    ours, theirs = pty.openpty()
    _do_not_echo(theirs)  # what is typed would stand anywhere in the output
    variables = {**os.environ, "NO_COLOR": "1", **environ}
    command = ["-m", "confsync", *arguments]
    with start_python(command, Path.cwd(), variables, stdin=theirs, stderr=theirs) as started:
        os.close(theirs)
        os.write(ours, answer.encode())
        assert started.stdout is not None
        out = started.stdout.read()
        code = started.wait(timeout=60)
    return RunResult(code, out, _everything(ours).replace("\r\n", "\n"))


def _do_not_echo(terminal: int) -> None:
    attributes = termios.tcgetattr(terminal)
    attributes[3] &= ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSANOW, attributes)


def _everything(terminal: int) -> str:
    pieces = []
    try:
        while piece := os.read(terminal, 65536):
            pieces.append(piece)
    except OSError:  # the other end of the terminal was closed
        pass
    finally:
        os.close(terminal)
    return b"".join(pieces).decode()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("answer", "code"), [("yes\n", 0), ("y\n", 8), ("YES\n", 8), ("\n", 8), ("\x04", 8)])
def test_only_the_word_yes_is_consent(answer: str, code: int, confsync: Confsync) -> None:
    said = at_a_terminal(answer, "apply", "--emulator")
    assert said.code == code
    assert "Only 'yes' is accepted" in said.err
    assert ("Applied: 2 created" in said.out) is (code == 0)
    assert ("Declined: The answer was not 'yes'." in said.err) is (code == 8)
    assert "Error:" not in said.err
    assert confsync("plan", "--emulator", "--detailed-exitcode").code == (0 if code == 0 else 2)


@pytest.mark.usefixtures("folder")
def test_the_plan_is_shown_before_the_question_even_if_stdout_is_json() -> None:
    said = at_a_terminal("yes\n", "apply", "--emulator", "--json")
    assert said.document["summary"]["created"] == 2
    assert "+ services/support/roles/agent" in said.err


def test_an_empty_plan_asks_nothing(confsync: Confsync) -> None:
    assert confsync("apply", "--emulator", "--auto-approve").code == 0
    said = at_a_terminal("", "apply", "--emulator")
    assert (said.code, "accepted" in said.err) == (0, False)
    assert said.out.endswith("No changes. Twilio matches the configuration.\n")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("arguments", "environ"), [(["--no-input"], {}), ([], {"CI": "true"})])
def test_an_apply_that_may_not_ask_is_refused_before_any_read(arguments: list[str], environ: dict[str, str]) -> None:
    said = at_a_terminal("yes\n", "apply", "--emulator", *arguments, **environ)
    assert (said.code, said.out) == (8, "")
    assert "--auto-approve" in said.three_lines[2]
    assert not Path(".confsync").exists()


def test_a_blocked_apply_asks_nothing(folder: Path) -> None:
    (folder / "confsync.yaml").write_text("version: 1\nservices: {x: {lifecycle: {lookup: true}}}\n", "utf-8")
    said = at_a_terminal("yes\n", "apply", "--emulator", "--json")
    assert said.code == 8
    assert said.document["kind"] == "plan"
    assert said.document["applyable"] is False
    assert "accepted" not in said.err


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_at_the_question_is_not_consent(number: int, code: int, confsync: Confsync) -> None:
    ours, theirs = pty.openpty()
    command = ["-m", "confsync", "apply", "--emulator"]
    with start_python(command, Path.cwd(), stdin=theirs, stdout=subprocess.DEVNULL, stderr=theirs) as started:
        os.close(theirs)
        output = b""
        while b"is accepted: " not in output:
            output += os.read(ours, 65536)
        started.send_signal(number)
        try:
            assert started.wait(timeout=60) == code
        finally:
            started.kill()
    os.close(ours)
    assert confsync("plan", "--emulator", "--detailed-exitcode").code == 2


def test_a_signal_just_before_the_wait_for_an_answer_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    def select_after_a_signal(readable: list[int], *_: object) -> None:
        signal.signal(signal.SIGUSR1, interrupt)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGUSR1)
        assert REAL_SELECT(readable, (), (), 60)[0] == [readable[1]]
        raise KeyboardInterrupt

    with os.fdopen(reading, encoding="utf-8") as answers:
        monkeypatch.setattr("sys.stdin", answers)
        monkeypatch.setattr("select.select", select_after_a_signal)
        before = signal.getsignal(signal.SIGUSR1)
        try:
            with pytest.raises(KeyboardInterrupt):
                read_answer()
        finally:
            signal.signal(signal.SIGUSR1, before)
            os.close(writing)
    assert signal.set_wakeup_fd(-1) == -1


def test_a_terminal_that_is_gone_ends_the_input(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "written", os.O_WRONLY | os.O_CREAT)
    with os.fdopen(descriptor, "w") as written, open(written.fileno(), encoding="utf-8", closefd=False) as gone:
        monkeypatch.setattr("sys.stdin", gone)
        assert read_answer() == ""
