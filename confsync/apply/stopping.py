"""Ends writes in order when a run is stopped: what was sent has some time left, and nothing more is sent."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from confsync.twilio.api import Api


async def run_until_stopped(writes: Coroutine[Any, Any, None], api: Api, complete: Callable[[], bool]) -> None:
    """Run all writes. The first cancellation stops them in order, a second one at once.

    If they are complete by then, the first cancellation is not raised.
    """
    work = asyncio.create_task(writes)
    try:
        await asyncio.wait([work])
    except asyncio.CancelledError:
        api.clock.stop()
        await _end_of(work)
        if not complete():
            raise
    await work


async def _end_of(work: asyncio.Task[None]) -> None:
    """Wait until a task ends, however it ends; cancel it if this task is cancelled."""
    try:
        await asyncio.wait([work])
    except asyncio.CancelledError:
        work.cancel()
        await asyncio.wait([work])
        raise
    finally:
        if work.done() and not work.cancelled():
            work.exception()  # RunStopped: the cancellation is raised instead
