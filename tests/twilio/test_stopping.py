"""A stopped run gives what it has sent a last deadline, at whatever moment it is stopped."""

import asyncio

import pytest

from confsync.errors import RunStopped
from confsync.twilio.stopping import StoppableClock
from tests.twilio.still_clock import StillClock


def test_a_run_can_be_stopped_in_the_moment_in_which_a_deadline_passes() -> None:
    async def stop_then() -> None:
        clock = StoppableClock(StillClock())

        async def expire_at_once() -> None:
            async with clock.limit(0.0, grace=1.0):
                await asyncio.Event().wait()

        expiring = asyncio.create_task(expire_at_once())
        await asyncio.sleep(0)  # the deadline begins
        await asyncio.sleep(0)  # it passes, and its block ends next
        clock.stop()
        with pytest.raises(TimeoutError):
            await expiring
        with pytest.raises(RunStopped):
            clock.check()

    asyncio.run(stop_then())
