"""A run that is asked to stop: it starts nothing new, its waits end, and what it has sent gets a last deadline."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from confsync.errors import RunStopped
from confsync.twilio.clock import Clock


class StoppableClock:
    """A clock whose waits end when the run is stopped, and which limits what is in flight then."""

    def __init__(self, clock: Clock) -> None:
        self.stopped = False
        self._clock = clock
        self._running: dict[asyncio.Timeout, float] = {}

    def now(self) -> datetime:
        """Return the time of day, with its time zone."""
        return self._clock.now()

    def monotonic(self) -> float:
        """Return seconds that only increase."""
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait. Raises RunStopped as soon as the run is stopped."""
        self.check()
        try:
            async with self.limit(None, grace=0.0):
                await self._clock.sleep(seconds)
        except TimeoutError:
            raise RunStopped from None

    def check(self) -> None:
        """Raise RunStopped if the run is stopped."""
        if self.stopped:
            raise RunStopped

    @asynccontextmanager
    async def limit(self, seconds: float | None, *, grace: float) -> AsyncIterator[None]:
        """Raise TimeoutError in a block that lasts longer, or that ends too late after the run is stopped."""
        async with asyncio.timeout(seconds) as deadline:
            self._running[deadline] = grace
            try:
                yield
            finally:
                del self._running[deadline]

    def stop(self) -> None:
        """Stop the run: shorten the deadline of each block to its grace."""
        if self.stopped:
            return
        self.stopped = True
        now = asyncio.get_running_loop().time()
        for deadline, grace in self._running.items():
            if deadline.expired():  # its block is about to end
                continue
            before = deadline.when()
            deadline.reschedule(now + grace if before is None else min(before, now + grace))
