"""The emulated account: its SID, its clock and its source of new SIDs."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct

LAST_MOMENT: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


class AdjustableClock(Struct):
    """A clock that follows its source and can be moved ahead of it."""

    source: Callable[[], datetime]
    offset: timedelta = timedelta()

    def __call__(self) -> datetime:
        """Return the current time in UTC."""
        return self.source().astimezone(UTC) + self.offset

    def advance(self, by: timedelta) -> None:
        """Move the clock ahead. Timers that expire take effect before the next request is answered."""
        self.offset += by


class EmulatedAccount(Struct, frozen=True):
    """What a request needs from outside the database. Tests choose the clock and the digits of SIDs."""

    sid: str
    now: Callable[[], datetime]
    new_hex: Callable[[], str]

    def new_sid(self, prefix: str) -> str:
        """Generate a SID: the prefix and 32 hexadecimal digits."""
        return prefix + self.new_hex()

    def timestamp(self) -> str:
        """Return the current time in Twilio's format."""
        return format_timestamp(self.now())

    def timestamp_in(self, seconds: int) -> str:
        """Return the time that many seconds from now, or the last representable moment if that overflows."""
        try:
            return format_timestamp(self.now() + timedelta(seconds=seconds))
        except OverflowError:
            return format_timestamp(LAST_MOMENT)

    def creation_dates(self) -> dict[str, str]:
        """Return the date columns of a resource that is created now."""
        now = self.timestamp()
        return {"date_created": now, "date_updated": now}


def format_timestamp(moment: datetime) -> str:
    """Format a moment as Twilio does: ISO 8601 in UTC without a fraction, so that text order is time order."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
