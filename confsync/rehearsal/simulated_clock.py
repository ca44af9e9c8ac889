"""A clock whose waits take no time, so that a rehearsal can wait for hours."""

import asyncio
from datetime import UTC, datetime, timedelta


class SimulatedClock:
    """Starts at the time of day. Sleepers wake in the order of their times, and the clock then moves to that time."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Go back to the time of day, with nobody asleep."""
        self.waited = 0.0
        self._start = datetime.now(UTC)
        self._wake_times: list[float] = []
        self._woken = asyncio.Condition()

    def now(self) -> datetime:
        """Return the time of day."""
        return self._start + timedelta(seconds=self.waited)

    def monotonic(self) -> float:
        """Return the seconds since the start."""
        return self.waited

    async def sleep(self, seconds: float) -> None:
        """Let everybody else run, wait until nobody is to wake earlier, then move the clock to the end of the wait."""
        wake = self.waited + seconds
        self._wake_times.append(wake)
        try:
            await asyncio.sleep(0)
            async with self._woken:
                await self._woken.wait_for(lambda: min(self._wake_times) >= wake)
                self.waited = max(self.waited, wake)
        finally:
            self._wake_times.remove(wake)
            await self._wake_next()

    async def _wake_next(self) -> None:
        async with self._woken:
            self._woken.notify_all()
