"""How a write whose outcome is unknown is recovered: look for its effect, and send it again only if there is none."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from typing import TypeVar

from confsync.errors import OutcomeUnknown
from confsync.twilio.clock import Clock
from confsync.twilio.retry_policy import LONGEST_SEND_SECONDS, LOOKS, MAX_SENDS

_Result = TypeVar("_Result")


async def send_or_find(
    send: Callable[[], Awaitable[_Result]], find: Callable[[OutcomeUnknown], Awaitable[_Result | None]]
) -> _Result:
    """Send a write, and return its result, or what it did if its outcome was unknown.

    `find` returns the effect of the write, or None if it had none; then the write is sent again. Raises OutcomeUnknown
    after the last time, and what the two functions raise.
    """
    unknown: OutcomeUnknown | None = None
    for _ in range(MAX_SENDS):
        try:
            return await send()
        except OutcomeUnknown as error:
            unknown = error
        found = await find(unknown)
        if found is not None:
            return found
    raise unknown or AssertionError("a write is sent at least once")


def pauses_between_looks(clock: Clock, begun: datetime | None = None) -> Iterator[float]:
    """Yield the seconds to wait before each look at what a write did, which just ended, or which another run began.

    The first look is at once. A later one whose time has passed is left out.
    """
    # A run that was killed may have waited for the response until just now. The time may be that of another machine,
    # whose clock is ahead.
    age = (clock.now() - begun).total_seconds() - LONGEST_SEND_SECONDS if begun else 0.0
    elapsed = max(0.0, age)
    start = clock.monotonic() - elapsed
    for look in LOOKS:
        pause = start + look - clock.monotonic()
        if pause > 0 or not look:
            yield max(0.0, pause)
