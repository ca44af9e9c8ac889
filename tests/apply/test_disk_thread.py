"""The thread of the recorder: calls that wait together share one fsync, and nothing is sent that is not on disk."""

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from confsync.apply.disk_thread import DiskThread
from confsync.emulator.emulator import ACCOUNT_SID
from confsync.errors import LocalFileError
from confsync.names import Address, Sid
from confsync.state.fingerprints import Fingerprinter
from confsync.state.journal import read_journal
from confsync.state.ledger import Entry, Ledger
from confsync.state.recorder import ApplyRecorder
from confsync.state.replay import Drop, ResourceId
from confsync.state.state_files import journal_path
from confsync.state.store import StateStore
from tests.harness import KEY

HOST = "127.0.0.1"
T = TypeVar("T")
SIDS = [Sid(f"IS{number:032x}") for number in range(20)]
OWNED = tuple(
    Entry(address=Address.parse(f"services/s{number}"), sid=sid, id=f"{number:016x}", origin="created")
    for number, sid in enumerate(SIDS)
)


class Disk:
    """A recorder of twenty services, and every fsync of its journal."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = folder / "confsync.ledger.json"
        ledger = Ledger(ACCOUNT_SID, HOST, entries=OWNED)
        self.recorder = ApplyRecorder(StateStore(self.path, ledger), ledger, Fingerprinter(KEY))
        self.fsyncs = 0
        self.broken = False
        self.in_fsync = threading.Event()
        self.may_continue = threading.Event()
        self.may_continue.set()
        monkeypatch.setattr(os, "fsync", self._fsync)

    def _fsync(self, _: int) -> None:
        self.fsyncs += 1
        self.in_fsync.set()
        if self.broken:
            raise OSError(28, "No space left on device")
        assert self.may_continue.wait(10)

    def dropped(self) -> set[ResourceId]:
        """What the journal on disk says that confsync no longer owns."""
        content = read_journal(journal_path(self.path), account_sid=ACCOUNT_SID, host=HOST)
        return {each.resource for each in content.events if isinstance(each, Drop)} if content else set()

    def run(self, work: Callable[[DiskThread], Awaitable[T]]) -> T:
        async def within() -> T:
            thread = DiskThread(self.recorder)
            try:
                return await work(thread)
            finally:
                await thread.finish(self.recorder.close)

        return asyncio.run(within())

    async def drop(self, thread: DiskThread, number: int) -> bool:
        """Record a deletion, and say whether it is on disk when the call returns."""
        await thread.run(self.recorder.record_delete, SIDS[number])
        return SIDS[number] in self.dropped()


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(tmp_path, monkeypatch)


def test_calls_that_wait_together_are_on_disk_with_one_fsync(disk: Disk) -> None:
    async def work(thread: DiskThread) -> object:
        await thread.run(disk.recorder.is_ready)
        before = disk.fsyncs
        disk.may_continue.clear()
        disk.in_fsync.clear()
        first = asyncio.create_task(disk.drop(thread, 0))
        assert await asyncio.to_thread(disk.in_fsync.wait, 10)
        others = [asyncio.create_task(disk.drop(thread, number)) for number in range(1, 20)]
        await asyncio.sleep(0)
        disk.may_continue.set()
        assert await asyncio.gather(first, *others) == [True] * 20
        assert disk.fsyncs == before + 2
        return None

    disk.run(work)


def test_what_is_noted_is_on_disk_before_a_later_call_returns(disk: Disk) -> None:
    async def work(thread: DiskThread) -> object:
        await thread.run(disk.recorder.is_ready)
        before = disk.fsyncs
        noted = SIDS[1]
        await thread.note(disk.recorder.record_delete, noted)
        assert noted not in disk.recorder.owned
        assert await disk.drop(thread, 2)
        assert noted in disk.dropped()
        assert disk.fsyncs <= before + 2
        return None

    disk.run(work)


def test_what_is_noted_gets_to_the_disk_although_nobody_waits(disk: Disk) -> None:
    async def work(thread: DiskThread) -> object:
        noted = SIDS[1]
        await thread.note(disk.recorder.record_delete, noted)
        for _ in range(1_000):
            if noted in disk.dropped():
                return True
            await asyncio.sleep(0.005)
        return False

    assert disk.run(work)


def test_a_call_returns_nothing_if_the_journal_cannot_be_written(disk: Disk) -> None:
    ready: list[bool | None] = []

    async def work(thread: DiskThread) -> object:
        ready.append(await thread.run(disk.recorder.is_ready))
        disk.broken = True
        await asyncio.gather(*(thread.run(disk.recorder.record_delete, each) for each in SIDS[:3]))
        ready.append(await thread.run(disk.recorder.is_ready))
        disk.broken = False
        return None

    with pytest.raises(LocalFileError, match="No space left on device"):
        disk.run(work)
    assert ready == [True, None]
    assert disk.dropped() == set()


def test_an_error_is_raised_only_in_the_call_that_caused_it(disk: Disk) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    async def work(thread: DiskThread) -> list[object]:
        return list(await asyncio.gather(thread.run(fail), disk.drop(thread, 3), return_exceptions=True))

    assert [*map(type, disk.run(work))] == [ZeroDivisionError, bool]


def test_a_call_whose_caller_is_cancelled_is_still_recorded(disk: Disk) -> None:
    async def work(thread: DiskThread) -> object:
        call = asyncio.create_task(disk.drop(thread, 4))
        await asyncio.sleep(0)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        await thread.run(disk.recorder.is_ready)
        return SIDS[4] in disk.dropped()

    assert disk.run(work) is True
