"""What time it is for the emulator: that of a clock it was given, and what a test added to it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(slots=True)
class Clock:
    """Tells the time. It runs like its source, ahead of it by as much as it was advanced."""

    source: Callable[[], datetime]
    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        """Tell the time in UTC."""
        return self.source().astimezone(UTC) + self.ahead

    def advance(self, by: timedelta) -> None:
        """Let time pass at once; timers that have run out act before the next request is answered."""
        self.ahead += by
