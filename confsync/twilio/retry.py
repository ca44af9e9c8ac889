"""Tries a request until its outcome is settled: how often, how long apart, and how much of it in one run."""

import email.utils
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from confsync.twilio.clock import Clock
from confsync.twilio.outcomes import LOST, Move, Operation, Outcome, classify, next_move
from confsync.twilio.response import Response

MOST_TRIES = 5
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 8.0
LONGEST_WAIT = 60.0
LATEST = 1e9  # thirty years: a date can still be said

SECONDS = re.compile(r"[0-9]+")

RETRIES_OF_A_RUN = 100.0
EARNED_BY_AN_ANSWER = 0.2


class Settled(Struct, frozen=True):
    """How a request ended after its last try.

    `doubtful`: some try may have been done at Twilio, whatever the last one says. `retry_at`: when Twilio wants to be
    asked again, where that is too late for this run.
    """

    happened: Response | Exception
    outcome: Outcome
    tries: int
    linted: bool
    retry_at: datetime | None = None


class Budget:
    """How many retries a run may still make: each costs one, each good answer earns a fifth of one."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = RETRIES_OF_A_RUN

    def earn(self) -> None:
        """Note a good answer."""
        self.left = min(RETRIES_OF_A_RUN, self.left + EARNED_BY_AN_ANSWER)

    def spend(self) -> bool:
        """Take one retry, and say whether there was one."""
        if self.left < 1:
            return False
        self.left -= 1
        return True


class Retry(Struct, frozen=True):
    """The one retry loop, for all verbs and the whole run; `random` gives numbers from 0 up to 1."""

    clock: Clock
    random: Callable[[], float]
    budget: Budget

    async def until_settled(self, verb: Operation, attempt: Callable[[], Awaitable[Response]]) -> Settled:
        """Try until it is done, refused, doubtful beyond repeating, or no longer worth it."""
        doubtful = False
        tries = 1
        while True:
            happened = await _tried(attempt)
            outcome = classify(happened, verb, tries)
            doubtful = doubtful or outcome is Outcome.AMBIGUOUS
            wish = self._wish(happened)
            if not self._goes_on(next_move(outcome, verb), tries, wish):
                return Settled(happened, outcome, tries, doubtful, self._retry_at(wish))
            await self.clock.sleep(wish + pause(tries, self.random()))
            tries += 1

    def _wish(self, happened: Response | Exception) -> float:
        return asked_wait(happened.headers, self.clock.now()) if isinstance(happened, Response) else 0.0

    def _goes_on(self, move: Move, tries: int, wish: float) -> bool:
        if move is Move.FINISH:
            self.budget.earn()
        return move is Move.AGAIN and wish <= LONGEST_WAIT and tries < MOST_TRIES and self.budget.spend()

    def _retry_at(self, wish: float) -> datetime | None:
        return self.clock.now() + timedelta(seconds=min(wish, LATEST)) if wish > LONGEST_WAIT else None


async def _tried(attempt: Callable[[], Awaitable[Response]]) -> Response | Exception:
    try:
        return await attempt()
    except LOST as trouble:
        return trouble


def pause(tries: int, chance: float) -> float:
    """Give the seconds to wait after so many tries: full jitter below 0.5 s, doubled each time, up to 8 s."""
    return chance * min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(tries - 1, 16))


def asked_wait(headers: Mapping[str, str], now: datetime) -> float:
    """Give the seconds that `Retry-After` asks for; 0 where it is absent, past, or makes no sense.

    A date is measured against the answer's own `Date`, so that a clock that is wrong here does not matter.
    """
    wish = headers.get("retry-after", "").strip()
    if not wish:
        return 0.0
    if SECONDS.fullmatch(wish):
        return float(wish)
    wanted = moment_of(wish)
    if wanted is None:
        return 0.0
    return max(0.0, (wanted - (moment_of(headers.get("date", "")) or now)).total_seconds())


def moment_of(text: str) -> datetime | None:
    """Read a date of HTTP's; none where it is not one."""
    try:
        moment = email.utils.parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
