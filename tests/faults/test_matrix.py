"""Walks the fault matrix: each cell has its exit code, its message, its requests, and its state of the account.

An ordinary run injects each fault once; the other cells run with the campaigns.
"""

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from confsync.emulator.emulator import Emulator
from confsync.exit_codes import ExitCode
from tests.cli.run_result import RunResult
from tests.faults.columns import APPLY, BEFORE, SETTINGS
from tests.faults.matrix import MATRIX
from tests.faults.row import SNAPSHOT_READS, Account, Cell, Column, Content, Row
from tests.faults.scene import Scene
from tests.repository.paths import ROOT

FEWEST_CELLS = 200

CELLS = [
    pytest.param(row, column, id=f"{row.name}: {column}", marks=[pytest.mark.campaign] if again else [])
    for section in MATRIX
    for row in section.rows
    for again, column in enumerate(row.cells)
]


class Start:
    """An account and a folder in which the first configuration is applied."""

    def __init__(self, folder: Path, emulator: Emulator, content: Counter[str]) -> None:
        self.folder = folder
        self.emulator = emulator
        self.state = emulator.dump()
        self.content = content


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Apply the first configuration once for all cells."""
    folder = tmp_path_factory.mktemp("start")
    with Emulator() as emulator, pytest.MonkeyPatch.context() as patched:
        scene = Scene(Column.PLAN, folder, emulator)
        scene.enter(patched)
        scene.write(BEFORE)
        assert scene.run(*APPLY).code == 0
        yield Start(folder, emulator, scene.content())


@pytest.fixture
def scene(
    started: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Scene]:
    """Return to the start, with the configuration of a column."""
    shutil.copytree(started.folder, tmp_path, dirs_exist_ok=True)
    started.emulator.load(started.state)
    scene = Scene(request.getfixturevalue("column"), tmp_path, started.emulator)
    scene.enter(monkeypatch)
    scene.write(scene.setting.configuration)
    yield scene
    scene.recover()


@pytest.mark.parametrize("column", Column)
def test_a_column_without_a_fault(column: Column, scene: Scene, started: Start) -> None:
    ended = scene.run(*scene.command)
    setting = scene.setting
    assert ended.code == 0
    cell = Cell(code=0, requests=setting.requests, account=setting.changes)
    assert len(scene.transport.sent) == requests_of(cell, column), scene.transport.sent
    assert changes_since(started.content, scene) == sorted(SETTINGS[column].changes)


@pytest.mark.parametrize(("row", "column"), CELLS)
def test_a_cell(row: Row, column: Column, scene: Scene, started: Start) -> None:
    cell = row.cells[column]
    assert row.cause is not None
    row.cause(scene)
    ended = scene.run(*scene.command)
    assert_ended_as_expected(ended, cell)
    assert len(scene.transport.sent) == requests_of(cell, column), scene.transport.sent
    assert scene.clock.monotonic() >= row.waits
    assert changes_since(started.content, scene) == expected_changes(cell.account, column)
    scene.recover()
    if ended.code or cell.again or cell.says_again:
        again = scene.run(*APPLY)
        assert again.code == cell.again, again.err
        assert [each for each in cell.says_again if each not in again.out + again.err] == [], again.out + again.err
        assert changes_since(started.content, scene) == expected_changes(cell.finally_, column)
    elif column is not Column.PLAN:
        assert scene.owned == {name: scene.role(name) for name in scene.declared}


def test_every_fault_has_cells_or_says_where_it_is_tested() -> None:
    rows = [row for section in MATRIX for row in section.rows]
    assert [row.name for row in rows if bool(row.cells) is bool(row.tested_in)] == []
    assert [row.name for row in rows if row.tested_in and not (ROOT / row.tested_in).is_file()] == []
    assert len({row.name for row in rows}) == len(rows)
    assert len(CELLS) >= FEWEST_CELLS


def requests_of(cell: Cell, column: Column) -> int:
    """Add the requests for the snapshot, which a complete apply sends last."""
    if cell.code or column is Column.PLAN:
        return cell.requests
    read_back = column in (Column.CREATE, Column.SINGLETON)
    default = SNAPSHOT_READS - 1 if read_back else SNAPSHOT_READS
    return cell.requests + (default if cell.snapshot_reads is None else cell.snapshot_reads)


def assert_ended_as_expected(ended: RunResult, cell: Cell) -> None:
    """Check the exit code, the texts, and that every failure ends with three lines and no traceback."""
    assert ended.code == cell.code, ended.err
    assert "Traceback" not in ended.err
    shown = ended.out + ended.err
    assert [each for each in cell.says if each not in shown] == [], shown
    if cell.code >= ExitCode.INVALID:
        assert ended.three_lines
    else:
        assert "Error:" not in ended.err


def changes_since(before: Counter[str], scene: Scene) -> list[str]:
    """Say what was added to the account and removed from it."""
    now = scene.content()
    return sorted(
        (*(f"+ {each}" for each in (now - before).elements()), *(f"- {each}" for each in (before - now).elements()))
    )


def expected_changes(content: Content, column: Column) -> list[str]:
    if isinstance(content, Account):
        return sorted(SETTINGS[column].changes) if content is Account.AFTER else []
    return sorted(content)
