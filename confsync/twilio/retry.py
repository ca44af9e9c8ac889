"""Retries of requests: which ones confsync sends again, and when. `retry_policy.py` has the numbers."""

import email.utils
import math
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum, auto

import httpx
from msgspec import Struct

from confsync.errors import RunStopped
from confsync.twilio.clock import Clock
from confsync.twilio.messages import Operation, Response
from confsync.twilio.outcomes import TRANSPORT_ERRORS, AttemptOutcome, classify, is_unknown_host
from confsync.twilio.retry_policy import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    LONGEST_RETRY_AFTER,
    MAX_ATTEMPTS,
    MAX_HOST_LOOKUPS,
    RETRIES_EARNED_BY_SUCCESS,
    RETRIES_PER_RUN,
)

LATEST_RETRY = 1e9
"""Seconds (thirty years) beyond which a date could not be expressed."""


class RetryDecision(Enum):
    """What to do after an attempt."""

    FINISH = auto()  # it is done
    RETRY = auto()  # send it again
    STOP = auto()  # report why not
    RECOVER = auto()  # the caller must look at Twilio before anything is sent


def decide_retry(outcome: AttemptOutcome, operation: Operation) -> RetryDecision:
    """Decide what to do after an attempt, as far as attempts, time and budget allow."""
    match outcome:
        case AttemptOutcome.DONE:
            return RetryDecision.FINISH
        case AttemptOutcome.NOT_SENT | AttemptOutcome.REJECTED:
            return RetryDecision.RETRY
        case AttemptOutcome.AMBIGUOUS:
            repeatable = operation in {Operation.READ, Operation.DELETE}
            return RetryDecision.RETRY if repeatable else RetryDecision.RECOVER
        case AttemptOutcome.UNSENDABLE | AttemptOutcome.FINAL:
            return RetryDecision.STOP


class Settled(Struct, frozen=True):
    """The result of a request after its last attempt.

    `ambiguous`: any attempt may have taken effect in Twilio, whatever the last one says. `retry_at`: when Twilio
    accepts the request again, if that is too late for this run.
    """

    result: Response | Exception
    outcome: AttemptOutcome
    attempts: int
    ambiguous: bool
    retry_at: datetime | None = None


class RetryBudget:
    """How many retries a run has left: a retry costs one, a success earns a part of one."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = RETRIES_PER_RUN

    def earn(self) -> None:
        """Count a success."""
        self.left = min(RETRIES_PER_RUN, self.left + RETRIES_EARNED_BY_SUCCESS)

    def exhaust(self) -> None:
        """Allow no retry any more, whatever succeeds."""
        self.left = -math.inf

    def spend(self) -> bool:
        """Take one retry, if there is one, and report whether there was."""
        if self.left < 1:
            return False
        self.left -= 1
        return True


class Retrier(Struct, frozen=True):
    """Repeats single HTTP requests, for all operations of a run; `random` returns numbers from 0 up to 1.

    `recovery.py` repeats a write whose effect must be looked for before it is sent again.
    """

    clock: Clock
    random: Callable[[], float]
    budget: RetryBudget

    async def until_settled(
        self,
        operation: Operation,
        attempt: Callable[[], Awaitable[Response]],
        recheck: Callable[[], Awaitable[None]] | None = None,
    ) -> Settled:
        """Repeat an attempt until it is done, is refused, may not be repeated, or is no longer worth it.

        `recheck` is called after the pause that follows a rejection, and raises if the request must not be repeated.

        Raises RunStopped if the run is stopped, and the request had no effect.
        """
        settled: Settled | None = None
        try:
            while True:
                result: Response | Exception
                try:
                    result = await attempt()
                except TRANSPORT_ERRORS as error:
                    result = error
                wait = retry_after(result.headers, self.clock.now()) if isinstance(result, Response) else 0.0
                settled = _settled(settled, result, classify(result, operation), self._retry_at(wait))
                if not self._may_retry(decide_retry(settled.outcome, operation), result, settled.attempts, wait):
                    return settled
                await self.clock.sleep(wait + pause_after(settled.attempts, self.random()))
                if recheck and settled.outcome is AttemptOutcome.REJECTED:
                    await recheck()
        except RunStopped:
            if settled and settled.ambiguous and operation is not Operation.READ:
                return settled
            raise

    def _may_retry(self, decision: RetryDecision, result: Response | Exception, attempts: int, wait: float) -> bool:
        if decision is RetryDecision.FINISH:
            self.budget.earn()
        if decision is not RetryDecision.RETRY or wait > LONGEST_RETRY_AFTER:
            return False
        return attempts < _max_attempts(result) and self.budget.spend()

    def _retry_at(self, wait: float) -> datetime | None:
        if wait <= LONGEST_RETRY_AFTER:
            return None
        return self.clock.now() + timedelta(seconds=min(wait, LATEST_RETRY))


def _settled(
    before: Settled | None, result: Response | Exception, outcome: AttemptOutcome, retry_at: datetime | None
) -> Settled:
    """Add an attempt to those before."""
    return Settled(
        result=result,
        outcome=outcome,
        attempts=before.attempts + 1 if before else 1,
        ambiguous=outcome is AttemptOutcome.AMBIGUOUS or bool(before and before.ambiguous),
        retry_at=retry_at,
    )


def _max_attempts(result: Response | Exception) -> int:
    unknown_host = isinstance(result, httpx.ConnectError) and is_unknown_host(result)
    return MAX_HOST_LOOKUPS if unknown_host else MAX_ATTEMPTS


def pause_after(attempts: int, chance: float) -> float:
    """Return the seconds to wait after some attempts: full jitter up to a limit that doubles each time."""
    return chance * min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(attempts - 1, 16))


_SECONDS = re.compile(r"[0-9]+")


def retry_after(headers: Mapping[str, str], now: datetime) -> float:
    """Return the seconds that `Retry-After` asks for, or 0 if it is missing, in the past or invalid.

    A date is compared with the response's own `Date`, so a wrong clock on this machine has no effect.
    """
    value = headers.get("retry-after", "").strip()
    if not value:
        return 0.0
    if _SECONDS.fullmatch(value):
        return float(value)
    date = parse_http_date(value)
    if date is None:
        return 0.0
    return max(0.0, (date - (parse_http_date(headers.get("date", "")) or now)).total_seconds())


def parse_http_date(text: str) -> datetime | None:
    """Parse a date in an HTTP header; None if it is not one."""
    try:
        date = email.utils.parsedate_to_datetime(text)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
