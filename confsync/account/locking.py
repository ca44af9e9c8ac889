"""One apply at a time: holds the lock of a ledger while a program plans and applies."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from pathlib import Path

from confsync.account.connection import Settings
from confsync.state.machine_lock import MachineLock
from confsync.state.store import lock_path

_held: ContextVar[frozenset[Path]] = ContextVar("held", default=frozenset())
"""The locks of this task, so that an apply within a block that holds the lock does not wait for itself."""


@asynccontextmanager
async def hold_lock(ledger: Path, settings: Settings) -> AsyncIterator[None]:
    """Hold the lock of a ledger; a second block within the first one does nothing. Raises Locked, LocalFileError."""
    lock = MachineLock(lock_path(ledger), settings.command)
    if lock.path in _held.get():
        yield
        return
    for pause in lock.attempts(settings.lock_timeout, settings.waiting):
        await asyncio.sleep(pause)
    with _releasing(lock):
        yield


@contextmanager
def hold_lock_blocking(ledger: Path, settings: Settings) -> Iterator[None]:
    """Hold the lock of a ledger as `hold_lock` does, without an event loop."""
    lock = MachineLock(lock_path(ledger), settings.command)
    if lock.path in _held.get():
        yield
        return
    for pause in lock.attempts(settings.lock_timeout, settings.waiting):
        time.sleep(pause)
    with _releasing(lock):
        yield


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
