"""A clock in which waiting takes no time, and is remembered."""

import asyncio
from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)


class StillClock:
    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        return NOON + timedelta(seconds=sum(self.slept))

    def monotonic(self) -> float:
        return sum(self.slept)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)
