"""The lock itself, without an apply around it: who gets it, what its file says, and what is left of it afterwards."""

import fcntl
import json
import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from getpass import getuser
from pathlib import Path
from types import SimpleNamespace

import pytest

from confsync.errors import LocalFileError, Locked
from confsync.state import machine_lock
from confsync.state.machine_lock import MachineLock

HINT = "Wait until it is done, or run the same command with a longer wait, such as `--lock-timeout 10m`."


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / ".confsync" / "ledger.lock"


@pytest.fixture
def lock(path: Path) -> Iterator[MachineLock]:
    made = MachineLock(path, "confsync apply")
    yield made
    made.release()


def unheard(text: str) -> None:
    pytest.fail(text)


def acquire(lock: MachineLock, timeout: float = 0.0) -> list[float]:
    """Try until it succeeds, and return the pauses that the lock asked for."""
    return list(lock.attempts(timeout, unheard))


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_the_file_says_who_holds_the_lock(lock: MachineLock, path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("x" * 9_000, "utf-8")  # of a process that was killed
    before = datetime.now(UTC) - timedelta(seconds=2)
    assert acquire(lock) == []
    text = path.read_text("utf-8")
    assert text.endswith("}\n")
    holder = json.loads(text)
    since = datetime.fromisoformat(holder.pop("since"))
    assert before <= since <= datetime.now(UTC)
    assert re.search(r'"since":"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"', text)
    user = holder.pop("user")
    assert holder == {"pid": os.getpid(), "host": os.uname().nodename, "command": "confsync apply"}
    assert user == getuser()


def test_only_its_owner_may_read_the_file(lock: MachineLock, path: Path) -> None:
    acquire(lock)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("error", [KeyError("getpwuid(): uid not found"), OSError("No username set")])
def test_a_user_without_a_name_is_named_by_number(
    error: Exception, lock: MachineLock, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody() -> str:
        raise error

    monkeypatch.setattr(machine_lock, "getuser", nobody)
    acquire(lock)
    assert json.loads(path.read_text("utf-8"))["user"] == str(os.getuid())


def test_a_second_lock_is_refused_and_names_the_holder(lock: MachineLock, path: Path) -> None:
    acquire(lock)
    holder = json.loads(path.read_text("utf-8"))
    before = open_files()
    with pytest.raises(Locked) as refused:
        acquire(MachineLock(path, "confsync adopt"))
    who = f"process {os.getpid()} of {holder['user']} on {os.uname().nodename}, since {holder['since']}"
    assert refused.value.happened == f"Another apply holds the lock {path}: `confsync apply`, {who}."
    assert refused.value.hint == HINT
    assert open_files() == before


HOLDER = '{"pid": 1, "host": "here", "user": "ann", "command": "confsync apply", "since": "now"}'


@pytest.mark.parametrize("content", ["", "{", '{"pid": 1}', HOLDER.replace("now", "now" * 2_000)])
def test_a_holder_that_cannot_be_read_is_another_process(content: str, lock: MachineLock, path: Path) -> None:
    acquire(lock)
    path.write_text(content, "utf-8")
    with pytest.raises(Locked, match=r"holds the lock .*ledger\.lock: another process\.$"):
        acquire(MachineLock(path, "confsync apply"))


def test_a_second_lock_waits_as_long_as_it_may(lock: MachineLock, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    acquire(lock)
    now = 100.0
    monkeypatch.setattr(machine_lock, "time", SimpleNamespace(monotonic=lambda: now))
    said: list[str] = []
    attempts = MachineLock(path, "confsync apply").attempts(0.5, said.append)
    pauses = []
    for pause in (next(attempts) for _ in range(3)):
        pauses.append(pause)
        now += pause
    with pytest.raises(Locked) as refused:
        next(attempts)
    assert pauses == pytest.approx([0.2, 0.2, 0.1])
    assert [each.partition(", held by `confsync apply`, process ")[0] for each in said] == [
        f"Waiting for the lock {path}"
    ]
    assert said[0].endswith("Z.")
    assert refused.value.happened.endswith("Z. confsync waited 0.5 seconds for it.")


def test_a_second_lock_gets_it_as_soon_as_the_first_is_released(lock: MachineLock, path: Path) -> None:
    acquire(lock)
    second = MachineLock(path, "confsync adopt")
    for _ in second.attempts(60.0, lambda _: None):
        lock.release()
    assert json.loads(path.read_text("utf-8"))["command"] == "confsync adopt"
    second.release()


def test_a_released_lock_leaves_nothing_behind(lock: MachineLock, path: Path) -> None:
    before = open_files()
    acquire(lock)
    acquire(lock)
    assert open_files() == before + 1
    lock.release()
    assert not path.parent.exists()
    assert path.parent.parent.is_dir()
    assert open_files() == before
    acquire(lock)
    assert path.exists()


def test_a_released_lock_keeps_the_directory_of_other_files(lock: MachineLock, path: Path) -> None:
    acquire(lock)
    journal = path.with_name("journal.jsonl")
    journal.touch()
    path.unlink()
    lock.release()
    assert list(path.parent.iterdir()) == [journal]


def test_a_released_lock_deletes_its_directory_even_if_somebody_deleted_its_file(lock: MachineLock, path: Path) -> None:
    acquire(lock)
    path.unlink()
    lock.release()
    assert not path.parent.exists()


def test_releasing_a_lock_that_was_never_acquired_deletes_nothing(lock: MachineLock, path: Path) -> None:
    acquire(lock)
    MachineLock(path, "confsync apply").release()
    assert path.exists()


def deleted(path: Path) -> None:
    path.unlink()


def replaced(path: Path) -> None:
    path.unlink()
    path.with_suffix(".new").write_text("of another process", "utf-8")
    path.with_suffix(".new").rename(path)


@pytest.mark.parametrize("change", [deleted, replaced])
def test_a_file_that_its_holder_deleted_before_it_was_locked_is_no_lock(
    change: Callable[[Path], None], lock: MachineLock, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flock = fcntl.flock
    changed: list[int] = []

    def change_first(file: int, operation: int) -> None:
        if not changed:
            changed.append(file)
            change(path)
        flock(file, operation)

    before = open_files()
    monkeypatch.setattr(fcntl, "flock", change_first)
    acquire(lock)
    assert json.loads(path.read_text("utf-8"))["pid"] == os.getpid()
    assert open_files() == before + 1
    with pytest.raises(Locked):
        acquire(MachineLock(path, "confsync apply"))


def test_a_directory_that_disappears_is_created_again(
    lock: MachineLock, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_file, missing = os.open, [path.parent]

    def remove_first(*arguments: object) -> int:
        if missing:
            missing.pop().rmdir()
        return open_file(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", remove_first)
    acquire(lock)
    assert path.exists()


def link(path: Path) -> None:
    path.symlink_to(path.with_name("elsewhere"))


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (Path.mkdir, "Is a directory"),
        (os.mkfifo, "it is not a file"),
        (link, "Too many levels of symbolic links"),
    ],
)
def test_what_is_not_a_file_cannot_be_locked(
    make: Callable[[Path], object], why: str, lock: MachineLock, path: Path
) -> None:
    path.parent.mkdir(parents=True)
    make(path)
    before = open_files()
    with pytest.raises(LocalFileError) as refused:
        acquire(lock)
    assert refused.value.happened == f"The lock {path} cannot be taken: {why}."
    assert refused.value.hint == f"Move {path}, which is not a file, to another place, then run it again."
    assert open_files() == before
    assert not path.with_name("elsewhere").exists()
