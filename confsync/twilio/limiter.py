"""How many requests run at once, and how many start per second."""

import asyncio
import math
from collections import deque
from http import HTTPStatus

from msgspec import Struct

from confsync.twilio.clock import Clock
from confsync.twilio.limits import FIRST_LIMIT, SLOW_FACTOR, SLOW_SECONDS, WRITES_PER_SECOND


class Concurrency(Struct, frozen=True):
    """How many requests ran at once: the `limit` at the end, the `peak`, and how often Twilio `rejected` one (429)."""

    limit: int
    peak: int
    rejected: int


class ConcurrencyLimiter:
    """Admits requests up to a limit that grows while Twilio responds in time, and halves when Twilio sends 429.

    The limit doubles with each round of responses until the first 429, and then grows by one per round. It does not
    grow after a response that took much longer than the fastest one.
    """

    def __init__(self, maximum: int, first: int = FIRST_LIMIT) -> None:
        self.limit = min(first, maximum)
        self._peak = 0
        self._rejected = 0
        self._maximum = maximum
        self._running = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._generation = 0  # counts how often the limit was halved
        self._fastest = math.inf
        self._credit = 0.0

    @property
    def state(self) -> Concurrency:
        """What happened so far."""
        return Concurrency(self.limit, self._peak, self._rejected)

    def start_at(self, limit: int) -> None:
        """Begin with the limit that was reached before."""
        self.limit = min(limit, self._maximum)

    async def acquire(self, *, ahead: bool = False) -> int:
        """Wait until a request may start; pass the generation that this returns to `release`.

        A request that is `ahead` starts before those that wait.
        """
        if self._running < self.limit and not self._waiting:
            self._admit_one()
        else:
            await self._wait(ahead=ahead)
        return self._generation

    def release(self, generation: int, status: int | None, seconds: float = 0.0, concurrent: int | None = None) -> None:
        """Report that a request has ended.

        `status` is that of its response, if there was one, and `seconds` is how long that took. `concurrent` is how
        many requests ran at once in the account, others included, if Twilio says so.
        """
        self._running -= 1
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            self._rejected += 1
            self._shrink(generation, concurrent)
        elif status is not None:
            self._fastest = min(self._fastest, seconds)
            if self.limit < self._maximum and seconds <= SLOW_FACTOR * self._fastest + SLOW_SECONDS:
                self._grow()
        self._admit()

    def _shrink(self, generation: int, concurrent: int | None) -> None:
        # Requests that started before the limit was halved do not halve it again.
        if generation == self._generation:
            self._generation += 1
            self.limit = max(1, min(self.limit, concurrent or self.limit) // 2)

    def _grow(self) -> None:
        self._credit += 1.0 if self._generation == 0 else 1.0 / self.limit
        if self._credit >= 1.0:
            self._credit -= 1.0
            self.limit += 1

    async def _wait(self, *, ahead: bool) -> None:
        admitted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if ahead:
            self._waiting.appendleft(admitted)
        else:
            self._waiting.append(admitted)
        try:
            await admitted
        except asyncio.CancelledError:
            if admitted.done() and not admitted.cancelled():
                self._running -= 1
                self._admit()
            raise

    def _admit(self) -> None:
        while self._waiting and self._running < self.limit:
            admitted = self._waiting.popleft()
            if not admitted.done():
                self._admit_one()
                admitted.set_result(None)

    def _admit_one(self) -> None:
        self._running += 1
        self._peak = max(self._peak, self._running)


class Rates(Struct, frozen=True):
    """How many requests may start per second: of all kinds, and writes in one service."""

    requests: float | None = None
    writes_per_service: int | None = WRITES_PER_SECOND


class RateLimiter:
    """Limits how many requests start per second: evenly if the user limits them, and writes within any second.

    Twilio documents a limit on writes only for what is in a service. Everything else, such as the services themselves,
    is limited once Twilio has refused a write of it.
    """

    def __init__(self, rates: Rates, clock: Clock) -> None:
        self._interval = 1.0 / rates.requests if rates.requests else 0.0
        self._most_writes = rates.writes_per_service
        self._clock = clock
        self._next = 0.0
        self._writes: dict[str, deque[float]] = {}
        self._refused_outside = False

    async def wait(self) -> None:
        """Wait until the next request may start."""
        if not self._interval:
            return
        start = max(self._clock.monotonic(), self._next)
        self._next = start + self._interval
        await self._wait_until(start)

    def refuse(self, service: str) -> None:
        """Note that Twilio refused a write because there were too many; `service` is empty outside a service."""
        self._refused_outside = self._refused_outside or not service

    async def wait_for_write(self, service: str) -> None:
        """Wait until the next write in a service may start; `service` is empty outside a service."""
        if not self._most_writes:
            return
        starts = self._writes.setdefault(service, deque(maxlen=self._most_writes))
        start = self._clock.monotonic()
        if len(starts) == self._most_writes and (service or self._refused_outside):
            start = max(start, starts[0] + 1.0)
        starts.append(start)
        await self._wait_until(start)

    async def _wait_until(self, start: float) -> None:
        pause = start - self._clock.monotonic()
        if pause > 0:
            await self._clock.sleep(pause)
