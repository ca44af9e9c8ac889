"""How many requests are under way at once, and how fast they start."""

import asyncio
from collections import deque
from http import HTTPStatus

from confsync.twilio.clock import Clock

FIRST_LIMIT = 8


class Limiter:
    """Lets requests in up to a limit that grows while Twilio answers, and halves when it says "too many".

    It doubles with every round of answers until the first "too many", and afterwards grows by one with each round.
    Requests that were already under way when it was halved do not halve it again.
    """

    def __init__(self, most: int) -> None:
        self.limit = min(FIRST_LIMIT, most)
        self._most = most
        self._inside = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._era = 0
        self._credit = 0.0

    async def enter(self) -> int:
        """Wait for a place; the number that comes back is handed to `leave`."""
        if self._inside < self.limit and not self._waiting:
            self._inside += 1
        else:
            await self._queue()
        return self._era

    def leave(self, era: int, status: int | None) -> None:
        """Give the place back, with the status of the answer, if one came."""
        self._inside -= 1
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            self._shrink(era)
        elif status is not None and self.limit < self._most:
            self._grow()
        self._let_in()

    def _shrink(self, era: int) -> None:
        if era == self._era:
            self._era += 1
            self.limit = max(1, self.limit // 2)

    def _grow(self) -> None:
        self._credit += 1.0 if self._era == 0 else 1.0 / self.limit
        if self._credit >= 1.0:
            self._credit -= 1.0
            self.limit += 1

    async def _queue(self) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._inside -= 1
                self._let_in()
            raise

    def _let_in(self) -> None:
        while self._waiting and self._inside < self.limit:
            turn = self._waiting.popleft()
            if not turn.done():
                self._inside += 1
                turn.set_result(None)


class RateLimiter:
    """Spaces out the starts of requests, where somebody wants no more than so many a second."""

    def __init__(self, most_a_second: float | None, clock: Clock) -> None:
        self._gap = 1.0 / most_a_second if most_a_second else 0.0
        self._clock = clock
        self._next = 0.0

    async def turn(self) -> None:
        """Wait until the next request may start."""
        if not self._gap:
            return
        now = self._clock.monotonic()
        start = max(now, self._next)
        self._next = start + self._gap
        if start > now:
            await self._clock.sleep(start - now)
