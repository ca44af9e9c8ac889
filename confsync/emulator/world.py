"""Whose account this is, what time it is, and where new SIDs come from."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

LAST_DAY: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


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
        """Write the time as Twilio does."""
        return written(self.now())

    def later(self, seconds: int) -> str:
        """Write the time that many seconds from now; the last day of all where that is too far away."""
        try:
            return written(self.now() + timedelta(seconds=seconds))
        except OverflowError:
            return written(LAST_DAY)

    def dates(self) -> dict[str, str]:
        """Date something that is made now."""
        now = self.today()
        return {"date_created": now, "date_updated": now}


def written(moment: datetime) -> str:
    """Write a moment as Twilio does: ISO 8601 in UTC, without a fraction; such texts sort as the moments do."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
