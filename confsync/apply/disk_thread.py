"""One thread for the recorder of an apply, so that fsync and scrypt do not block the event loop.

Calls that wait at the same time are committed together: what they record gets to the disk with one fsync.
"""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, TypeVar, TypeVarTuple

from confsync.state.recorder import ApplyRecorder
from confsync.twilio.limits import GROUP_SECONDS

_Arguments = TypeVarTuple("_Arguments")
_Result = TypeVar("_Result")


class DiskThread:
    """Runs one call at a time, in order of submission, and writes what a group of calls recorded to the disk."""

    def __init__(self, recorder: ApplyRecorder) -> None:
        self._recorder = recorder
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="confsync-disk")
        self._calls: SimpleQueue[_Call] = SimpleQueue()
        self._scheduled = False

    async def run(self, function: Callable[[*_Arguments], _Result], *arguments: *_Arguments) -> _Result | None:
        """Run a function in the thread, and return its result once what it recorded is on disk.

        Return None if the journal cannot be written.
        """
        return await self._submit(lambda: function(*arguments), durable=True)

    async def note(self, function: Callable[[*_Arguments], _Result], *arguments: *_Arguments) -> _Result | None:
        """Run a function in the thread, and return its result; what it recorded is on disk shortly afterwards.

        It is on disk before any later `run` returns.
        """
        return await self._submit(lambda: function(*arguments), durable=False)

    async def finish(self, function: Callable[[], None]) -> None:
        """Run the last function and end the thread; a cancellation is raised only after that."""
        last = asyncio.wrap_future(self._executor.submit(function))
        self._executor.shutdown(wait=False)
        await finish_before_cancelling(last)

    def _submit(self, function: Callable[[], _Result], *, durable: bool) -> "asyncio.Future[_Result | None]":
        # If the caller is cancelled, the function still runs: what was written to Twilio has to be recorded.
        call = _Call(function, durable=durable)
        self._calls.put(call)
        if not self._scheduled:
            self._scheduled = True
            self._executor.submit(self._run_group)
        return call.future

    def _run_group(self) -> None:
        """Run every call that waits, commit what they recorded, and return the results to those that wait for it."""
        self._scheduled = False  # before any call is taken, so that none is left behind
        durable: list[_Call] = []
        try:
            with self._recorder.one_commit():
                durable += self._run_waiting(0.0)
                if not durable:
                    durable += self._run_waiting(GROUP_SECONDS)
        except Exception as error:  # noqa: BLE001 — each caller raises it
            for each in durable:
                each.fail(error)
        _resolve(durable, committed=self._recorder.is_writable)

    def _run_waiting(self, seconds: float) -> "list[_Call]":
        """Run all calls, and wait for one that has to be durable; return those that have to be."""
        durable: list[_Call] = []
        until = monotonic() + seconds
        while call := self._next(0.0 if durable else until - monotonic()):
            call.run()
            if call.durable:
                durable.append(call)
            else:
                _resolve((call,), committed=True)
        return durable

    def _next(self, seconds: float) -> "_Call | None":
        try:
            return self._calls.get(timeout=seconds) if seconds > 0 else self._calls.get_nowait()
        except Empty:
            return None


class _Call:
    """One call, and the future for which its caller waits."""

    def __init__(self, function: Callable[[], Any], *, durable: bool) -> None:
        self.durable = durable
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()
        self._function = function
        self._result: object = None
        self._error: Exception | None = None

    def run(self) -> None:
        """Run the function."""
        try:
            self._result = self._function()
        except Exception as error:  # noqa: BLE001 — the caller raises it
            self.fail(error)

    def fail(self, error: Exception) -> None:
        """Raise an error in the caller."""
        self._error = self._error or error

    def resolve(self, *, committed: bool) -> None:
        """Return the result to the caller, unless it was cancelled."""
        if self.future.done():
            return
        if self._error:
            self.future.set_exception(self._error)
        else:
            self.future.set_result(self._result if committed else None)


def _resolve(calls: Iterable[_Call], *, committed: bool) -> None:
    """Return results in the event loop, which may have been closed in the meantime."""
    calls = tuple(calls)

    def resolve() -> None:
        for each in calls:
            each.resolve(committed=committed)

    if calls:
        with suppress(RuntimeError):
            calls[0].loop.call_soon_threadsafe(resolve)


async def finish_before_cancelling(future: asyncio.Future[_Result]) -> _Result:
    """Wait for a result even if this task is cancelled meanwhile; the cancellation is raised afterwards."""
    cancelled: asyncio.CancelledError | None = None
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled:
        raise cancelled
    return future.result()
