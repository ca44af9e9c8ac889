"""One apply at a time: holds the locks of a ledger while a program plans and applies."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TypeVar, TypeVarTuple

from confsync.account.connection import Settings
from confsync.errors import ConfsyncError
from confsync.state.git_lock import GitLock
from confsync.state.machine_lock import MachineLock
from confsync.state.state_files import lock_path

_held: ContextVar[frozenset[Path]] = ContextVar("held", default=frozenset())
"""The locks of this task, so that an apply within a block that holds the lock does not wait for itself."""

_Arguments = TypeVarTuple("_Arguments")
_Result = TypeVar("_Result")


@asynccontextmanager
async def hold_lock(ledger: Path, settings: Settings, shared: GitLock | None = None) -> AsyncIterator[None]:
    """Hold the lock of a ledger, and the one that other machines share; a second block within the first does nothing.

    Raises Locked, LocalFileError.
    """
    lock, begun = MachineLock(lock_path(ledger), settings.command), time.monotonic()
    if lock.path in _held.get():
        yield
        return
    for pause in lock.attempts(settings.lock_timeout, settings.waiting):
        await asyncio.sleep(pause)
    with _releasing(lock):
        if shared is None:
            yield
            return
        try:
            async for pause in _pauses(shared.attempts(_left(settings, begun), settings.waiting)):
                await asyncio.sleep(pause)
            yield
        except BaseException:
            await _to_the_end(_release_and_note, shared, settings)
            raise
        await _to_the_end(shared.release)


@contextmanager
def hold_lock_blocking(ledger: Path, settings: Settings, shared: GitLock | None = None) -> Iterator[None]:
    """Hold the lock of a ledger as `hold_lock` does, without an event loop."""
    lock, begun = MachineLock(lock_path(ledger), settings.command), time.monotonic()
    if lock.path in _held.get():
        yield
        return
    for pause in lock.attempts(settings.lock_timeout, settings.waiting):
        time.sleep(pause)
    with _releasing(lock):
        if shared is None:
            yield
            return
        try:
            for pause in shared.attempts(_left(settings, begun), settings.waiting):
                time.sleep(pause)
            yield
        except BaseException:
            _release_and_note(shared, settings)
            raise
        shared.release()


@contextmanager
def _releasing(lock: MachineLock) -> Iterator[None]:
    """Release an acquired lock at the end."""
    before = _held.get()
    _held.set(before | {lock.path})
    try:
        yield
    finally:
        _held.set(before)
        lock.release()


def _left(settings: Settings, begun: float) -> float:
    return max(0.0, settings.lock_timeout - (time.monotonic() - begun))


def _release_and_note(shared: GitLock, settings: Settings) -> None:
    """Release a lock after an error, which is what the run reports; another error of the release is only printed."""
    try:
        shared.release()
    except ConfsyncError as error:
        settings.waiting(f"{error.happened} {error.hint}")


async def _pauses(attempts: Iterator[float]) -> AsyncIterator[float]:
    """Make each attempt in a thread, because it waits for the remote."""
    while (pause := await _to_the_end(next, attempts, None)) is not None:
        yield pause


async def _to_the_end(function: Callable[[*_Arguments], _Result], *arguments: *_Arguments) -> _Result:
    """Run a function in a thread, and wait for its end even when cancelled: it may have pushed the lock."""
    task = asyncio.ensure_future(asyncio.to_thread(function, *arguments))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # the cancellation is what the run reports
        raise
