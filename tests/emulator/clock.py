"""A clock that stands still until a test moves it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass(slots=True)
class Clock:
    """Tells the time; starts at a moment with a fraction of a second, which Twilio does not show."""

    now: datetime = field(default=datetime(2026, 3, 1, 12, 0, 0, 750_000, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: int) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)
