"""A clock that only moves when a test moves it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass(slots=True)
class Clock:
    """A manual clock. It starts with a fraction of a second, which Twilio does not return."""

    now: datetime = field(default=datetime(2026, 3, 1, 12, 0, 0, 750_000, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: int) -> None:
        """Move the time forward."""
        self.now += timedelta(seconds=seconds)
