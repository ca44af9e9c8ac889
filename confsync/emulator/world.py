"""Whose account this is, what time it is, and where new SIDs come from."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class World:
    """What an operation needs from outside the database; tests choose the clock and the digits of SIDs."""

    account_sid: str
    now: Callable[[], datetime]
    new_hex: Callable[[], str]

    def new_sid(self, prefix: str) -> str:
        """Make a SID: the prefix and 32 hexadecimal digits."""
        return prefix + self.new_hex()

    def today(self) -> str:
        """Write the time as Twilio does: ISO 8601 in UTC, without a fraction."""
        return self.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def dates(self) -> dict[str, str]:
        """Date something that is made now."""
        now = self.today()
        return {"date_created": now, "date_updated": now}
