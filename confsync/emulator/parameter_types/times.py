"""Timestamps, and ISO 8601 durations in the format of java.time.Duration."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

from confsync.emulator.account import format_timestamp
from confsync.emulator.api_error import invalid_parameter
from confsync.emulator.parameter_types.base import PlainType, StoredValue

MINUTE: Final = 60

_TIMESTAMP = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)(?P<time>[T ]\d\d:\d\d:\d\d)?(?:\.\d{1,9})?(?P<zone>Z|[+-]\d\d:?\d\d)?",
    re.ASCII | re.IGNORECASE,
)
_DURATION = re.compile(
    r"P(?=.)(?:(\d{1,9})D)?(?:T(?=.)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?", re.ASCII | re.IGNORECASE
)
_SECONDS_PER_UNIT = (86_400, 3_600, 60, 1)
_MAX_SECONDS = 999_999_999 * 3_600  # the pattern must be able to parse the result, which is written in hours


class Timestamp(PlainType, frozen=True):
    """A date with or without a time. A date alone means the start of the day, or its end."""

    without_time: Literal["start", "end"] = "start"

    def parse(self, name: str, sent: Sequence[str]) -> StoredValue:
        """Convert it to UTC in Twilio's format."""
        match = _TIMESTAMP.fullmatch(sent[0])
        if match is None:
            raise invalid_parameter(name, why="not an ISO 8601 date")
        time = match["time"] or ("T00:00:00" if self.without_time == "start" else "T23:59:59")
        try:
            moment = datetime.fromisoformat(match["day"] + time.upper() + (match["zone"] or "Z").upper())
            return format_timestamp(moment)
        except (ValueError, OverflowError):
            raise invalid_parameter(name, why="there is no such date") from None


class DurationString(PlainType, frozen=True):
    """An ISO 8601 duration with a minimum in seconds."""

    at_least: int
    too_short: int
    malformed: int
    when_empty: Literal["clear", "reject"] = "clear"
    stored: Literal["normalised", "as_sent", "seconds"] = "normalised"

    def parse(self, name: str, sent: Sequence[str]) -> StoredValue:
        """Convert it to the text that responses show, or to seconds."""
        if sent[0] == "" and self.when_empty == "clear":
            return None
        try:
            seconds = parse_duration(sent[0])
        except ValueError:
            raise invalid_parameter(name, self.malformed, "not an ISO 8601 duration") from None
        if seconds < self.at_least:
            raise invalid_parameter(name, self.too_short, f"shorter than {format_duration(self.at_least)}")
        if self.stored == "seconds":
            return seconds
        return sent[0] if self.stored == "as_sent" else format_duration(seconds)


def parse_duration(text: str) -> int:
    """Convert a duration in days, hours, minutes and seconds to seconds; raise ValueError for anything else."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(text)
    seconds = sum(int(count) * unit for count, unit in zip(match.groups(default="0"), _SECONDS_PER_UNIT, strict=True))
    if seconds > _MAX_SECONDS:
        raise ValueError(text)
    return seconds


def format_duration(seconds: int) -> str:
    """Format a duration as java.time.Duration does: in hours, minutes and seconds."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = (f"{count}{unit}" for count, unit in ((hours, "H"), (minutes, "M"), (rest, "S")) if count)
    return "PT" + ("".join(parts) or "0S")
