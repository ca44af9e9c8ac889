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

    def close(self) -> None:
        """End the thread after the last call."""
        self._executor.shutdown(wait=False)
