"""Every hint and every next command that confsync prints is followed literally, and does what it says.

An ordinary run follows every row once, and the first row of each file again with each selection. The campaigns follow
the others with each selection.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path

import pytest
from msgspec.structs import replace

from confsync.account import connection as connections
from confsync.account.connection import Connection, twilio_connection
from confsync.config.config import Config
from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
from confsync.emulator.faults.layer import FaultLayer
from confsync.emulator.server import running
from confsync.emulator.transport import EmulatorTransport
from confsync.twilio.clock import SystemClock
from tests.advice.desk import Desk
from tests.advice.plugin import NAME, AdvicePlugin
from tests.advice.rows import ROWS, Row
from tests.advice.selection import EMULATOR, ENVIRONMENT, PLAIN, Selection
from tests.advice.templates import matches


async def no_waiting(_clock: SystemClock, _seconds: float) -> None:
    """Let no time pass."""


@pytest.fixture
def desk(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Desk]:
    """An empty folder, which is the current one, and an account that the command line reaches."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("CONFSYNC_", "TWILIO_")) or name in ("CI", "NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(SystemClock, "sleep", no_waiting)
    with Emulator() as emulator, running(faults := FaultLayer(emulator)) as url:
        _reach_in_process(monkeypatch, url, EmulatorTransport(faults))
        selection = getattr(request, "param", PLAIN)
        if selection is EMULATOR:
            _reach_with_option(monkeypatch, emulator, faults)
        else:
            monkeypatch.setenv("CONFSYNC_BASE_URL", url)
            monkeypatch.setenv("TWILIO_ACCOUNT_SID", ACCOUNT_SID)
            monkeypatch.setenv("TWILIO_AUTH_TOKEN", AUTH_TOKEN)
        yield Desk(tmp_path, emulator, capsys, monkeypatch, faults, selection=selection)


def _reach_in_process(monkeypatch: pytest.MonkeyPatch, url: str, transport: EmulatorTransport) -> None:
    """Let commands in this process reach the server at a URL without a network, which takes less time."""

    def connected(config: Config, environ: Mapping[str, str]) -> Connection:
        connection = twilio_connection(config, environ)
        is_here = connection.origin.base_url == url
        return replace(connection, transport=transport) if is_here else connection

    monkeypatch.setattr(connections, "twilio_connection", connected)


def _reach_with_option(monkeypatch: pytest.MonkeyPatch, emulator: Emulator, faults: FaultLayer) -> None:
    """Let --emulator reach the same account. Without it, there are no credentials."""
    monkeypatch.setattr("confsync.emulator.emulator.Emulator", lambda **_: nullcontext(emulator))
    monkeypatch.setattr("confsync.emulator.transport.EmulatorTransport", lambda _: EmulatorTransport(faults))


def selected() -> Iterator[tuple[str, Row, Selection, bool]]:
    """Yield the name of a case, its row and selection, and whether it is the first of these in the file of the row."""
    seen = set()
    for row in ROWS:
        for name, selection in (("-e", ENVIRONMENT), ("--emulator", EMULATOR)):
            if row.has_commands and set(selection.options) <= set(row.most.options):
                file = (row.follow.__module__, name)
                yield f"{name} {row.follow.__name__}", row, selection, file not in seen
                seen.add(file)


SELECTED = [
    pytest.param(row, selection, id=name, marks=[] if first else [pytest.mark.campaign])
    for name, row, selection, first in selected()
]


@pytest.mark.parametrize(("row", "desk"), SELECTED, indirect=["desk"])
def test_the_commands_in_advice_select_what_the_run_selected(desk: Desk, row: Row) -> None:
    row.follow(desk)
    assert desk.selected, "no command selects anything, so `most` is PLAIN"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.follow.__name__)
def test_the_advice_does_what_it_says(desk: Desk, row: Row, pytestconfig: pytest.Config) -> None:
    plugin = pytestconfig.pluginmanager.get_plugin(NAME)
    assert isinstance(plugin, AdvicePlugin)
    row.follow(desk)
    given = plugin.recorder.texts
    missing = [each for each in row.templates if not any(matches(each, text) for text in given)]
    assert missing == [], sorted(given)


def test_no_two_rows_follow_the_same_advice() -> None:
    templates = [each for row in ROWS for each in row.templates]
    assert len(templates) == len(set(templates))
