"""A history that cannot be used is refused with its path and the reason, before anything is read from Twilio."""

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from confsync.errors import LocalFileError
from confsync.history.database import SCHEMA_VERSION
from confsync.history.history import History
from tests.forked_python import start_python
from tests.history.runs import finding, night


def refused(path: Path) -> str:
    """Return why a file cannot be used, which every way to use it says."""
    history = opened(path)
    with pytest.raises(LocalFileError, match=path.name) as prepared:
        history.prepare()
    for use in (lambda: history.append(night(0)), history.contents):
        with pytest.raises(LocalFileError, match=path.name):
            use()
    return str(prepared.value)


def opened(path: Path) -> History:
    history = History(path)
    history.timeout = 0.01
    return history


def made(path: Path) -> History:
    history = opened(path)
    history.prepare()
    return history


def execute(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def test_only_its_owner_can_read_the_file(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        history = made(tmp_path / "history.db")
    finally:
        os.umask(before)
    assert stat.S_IMODE(history.path.stat().st_mode) == 0o600


def test_the_mode_of_an_existing_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    path.touch(0o640)
    made(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_check_leaves_the_content_as_it_is(tmp_path: Path) -> None:
    history = made(tmp_path / "history.db")
    history.append(night(0, [finding("agent")]))
    before = history.contents()
    history.prepare()
    assert history.contents() == before


def test_a_folder_or_a_device_is_no_history(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    assert refused(tmp_path / "folder").endswith("folder is not a history of confsync.")
    assert refused(tmp_path / "pipe").endswith("pipe is not a history of confsync.")


def test_a_file_in_a_missing_folder_is_refused(tmp_path: Path) -> None:
    assert "No such file or directory" in refused(tmp_path / "none" / "history.db")


def test_another_file_is_no_history(tmp_path: Path) -> None:
    text, database = tmp_path / "notes.txt", tmp_path / "other.db"
    text.write_text("not a database " * 100, "utf-8")
    execute(database, "CREATE TABLE t (x)")
    for path in (text, database):
        before = path.read_bytes()
        assert refused(path).endswith("is not a history of confsync.")
        assert path.read_bytes() == before


def test_a_newer_version_is_refused(tmp_path: Path) -> None:
    history = made(tmp_path / "history.db")
    execute(history.path, f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    assert "is from a newer version of confsync" in refused(history.path)


@pytest.mark.parametrize("offset", [4096, 8192, 12288])
def test_a_corrupt_file_is_refused(offset: int, tmp_path: Path) -> None:
    history = made(tmp_path / "history.db")
    for number in range(20):
        history.append(night(number, [finding(str(number))]))
    with history.path.open("r+b") as file:
        file.seek(offset)
        file.write(b"\xff" * 4096)
    assert "is corrupt" in refused(history.path)


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE run SET at = 'yesterday'",
        "UPDATE run SET at = '2026-01-01T00:00:00'",  # without a time zone
        "UPDATE run SET at = '0001-01-01T00:00:00+23:59'",
        "UPDATE run SET managed = 'x'",
        "UPDATE run SET seconds = -1",
        "UPDATE run SET counts = 'none'",
        "UPDATE run SET counts = '[]'",
        """UPDATE run SET counts = '{"live": "x"}'""",
        """UPDATE run SET counts = '{"live": 1e999}'""",  # the scale of a chart would never end
        "UPDATE finding SET shown = x'ff'",
        "UPDATE finding SET address = x'00'",
        "UPDATE target SET host = x'00'",
    ],
)
def test_a_value_that_somebody_else_wrote_is_corruption(edit: str, tmp_path: Path) -> None:
    history = made(tmp_path / "history.db")
    history.append(night(0, [finding("agent")]))
    execute(history.path, edit)
    with pytest.raises(LocalFileError, match="is corrupt"):
        history.contents()


def test_a_locked_file_is_refused_after_a_while(tmp_path: Path) -> None:
    history = made(tmp_path / "history.db")
    with closing(sqlite3.connect(history.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert "is locked by another process" in refused(history.path)


READ_ONLY = """
import os
from pathlib import Path
from confsync.errors import LocalFileError
from confsync.history.history import History
from tests.forked_python import start_python
if os.getuid() == 0:  # whom no permission stops
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
history = History("history.db")
print(len(history.contents()[0].runs))
try:
    history.prepare()
except LocalFileError as error:
    print(error, error.hint)
"""


def test_a_read_only_file_can_be_read_and_not_be_appended_to(tmp_path: Path) -> None:
    history = made(tmp_path / "history.db")
    history.append(night(0))
    history.path.chmod(0o444)
    for folder in (tmp_path, *(each for each in tmp_path.parents if "pytest" in str(each))):
        folder.chmod(0o755)  # another user has to get there
    with start_python(["-c", READ_ONLY], tmp_path) as reading:
        out, err = reading.communicate(timeout=60)
    assert out, err
    runs, refused, *more = out.splitlines()
    assert (runs, more) == ("1", [])
    assert refused.startswith("The history history.db cannot be used: Permission denied. Give yourself the permission")
