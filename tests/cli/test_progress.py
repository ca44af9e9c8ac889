"""What a person sees at a terminal while an apply runs: as wide as the terminal, and never silent."""

import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from confsync.apply.report import Status
from confsync.cli.console import Console
from confsync.cli.progress import ERASE, QUIET_SECONDS, READING_BACK, Progress
from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
from confsync.emulator.server import running
from confsync.views.escaping import width
from tests.cli.conftest import Confsync
from tests.harness import Harness

DESK = """
version: 1
services:
  support: {roles: {a role with a long name: {type: service, permissions: [createConversation]}, b: {type: service,
    permissions: [createConversation]}}}
"""


class Terminal:
    """A terminal of a given width that stderr is connected to."""

    def __init__(self, columns: int) -> None:
        self._ours, self.theirs = pty.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    @property
    def frames(self) -> list[str]:
        """What was drawn since the last look."""
        drawn = os.read(self._ours, 65536)
        while select.select([self._ours], [], [], 0.05)[0]:  # a terminal hands out what was written in pieces
            drawn += os.read(self._ours, 65536)
        return drawn.decode().split(ERASE)[1:]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], Terminal]]:
    """Return a function that connects stderr to a terminal."""
    with ExitStack() as streams:

        def connected(columns: int) -> Terminal:
            made = Terminal(columns)
            monkeypatch.setattr(sys, "stderr", streams.enter_context(os.fdopen(made.theirs, "w")))
            return made

        yield connected


@pytest.mark.parametrize("columns", [20, 60, 200])
def test_progress_is_as_wide_as_the_terminal(
    columns: int, terminal: Callable[[int], Terminal], harness: Harness
) -> None:
    report = harness.apply(DESK)
    seen = terminal(columns)
    progress = Progress(Console({}), quiet=False)
    progress.begin(report.plan)
    for each in report.outcomes:
        progress.record_outcome(each)
    bars = seen.frames
    progress.finish(report)

    assert len(bars) == len(report.outcomes)
    assert max(map(width, bars)) == columns - 1 if columns < 100 else max(map(width, bars)) < columns
    assert [each.count("#") for each in bars][-1] == columns // 4
    assert all(each.endswith("…") for each in bars) == (columns < 100)
    assert set(seen.frames) == {""}


def test_a_line_shows_that_what_was_written_is_read_back(terminal: Callable[[int], Terminal], harness: Harness) -> None:
    report = harness.apply(DESK)
    seen = terminal(80)
    progress = Progress(Console({}), quiet=False)
    progress.begin(report.plan)
    progress.watch({"reads": 7, "writes": 0})
    for each in report.outcomes:
        progress.record_outcome(each)
    progress.watch({"reads": 12, "writes": 3})
    time.sleep(QUIET_SECONDS * 2)
    progress.finish(report)

    assert f"{READING_BACK}: 5 responses" in seen.frames


def test_elsewhere_each_line_says_why_a_change_was_not_started(
    capsys: pytest.CaptureFixture[str], harness: Harness
) -> None:
    report = harness.apply(DESK)
    progress = Progress(Console({}), quiet=False)
    progress.begin(report.plan)
    first, *others = report.outcomes
    progress.record_outcome(first)
    for each in others:
        progress.record_outcome(type(each)(each.change, Status.NOT_STARTED, reason="it is late"))

    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith("done        create  services/support (IS")
    assert said[1].endswith(": it is late")
    assert said[-1] == f"{READING_BACK}."


@pytest.mark.parametrize(
    "command",
    [
        ("plan", "-v"),
        ("drift",),
        ("apply", "--auto-approve"),
        ("explain", "services/support"),
        ("list",),
        ("output",),
        ("export",),
        ("pull",),
        ("repair", "duplicates", "--auto-approve"),
    ],
    ids=lambda command: command[0],
)
def test_a_run_on_the_emulator_does_not_say_that_it_reads_from_twilio(
    command: tuple[str, ...], confsync: Confsync
) -> None:
    said = confsync(*command, "--emulator").err
    assert "Reading the live state from the emulator.\n" in said
    assert "Twilio" not in said.replace("EMULATOR: no request reaches Twilio.", "")


def test_a_run_on_another_server_says_from_which_one_it_reads(
    confsync: Confsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Emulator() as emulator, running(emulator) as url:
        monkeypatch.setenv("CONFSYNC_BASE_URL", url)
        monkeypatch.setenv("TWILIO_ACCOUNT_SID", ACCOUNT_SID)
        monkeypatch.setenv("TWILIO_AUTH_TOKEN", AUTH_TOKEN)
        assert f"Reading the live state from {url.removeprefix('http://')}.\n" in confsync("plan").err
