"""One thread for the recorder of an apply, so that fsync and scrypt do not block the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, TypeVarTuple

_Arguments = TypeVarTuple("_Arguments")
_Result = TypeVar("_Result")


class DiskThread:
    """Runs one call at a time, in order of submission."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="confsync-disk")

    async def run(self, function: Callable[[*_Arguments], _Result], *arguments: *_Arguments) -> _Result:
        """Run a function in the thread and wait for its result."""
        # a cancellation must not stop it: what was written to Twilio has to be recorded
        return await asyncio.shield(asyncio.wrap_future(self._executor.submit(function, *arguments)))

    async def finish(self, function: Callable[[], None]) -> None:
        """Run the last function and end the thread; a cancellation is raised only after that."""
        last = asyncio.wrap_future(self._executor.submit(function))
        self._executor.shutdown(wait=False)
        await finish_before_cancelling(last)


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
