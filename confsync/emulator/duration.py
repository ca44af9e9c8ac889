"""ISO 8601 durations, read and written the way Java does."""

import re

_FORM = re.compile(
    r"P(?=.)(?:(\d{1,9})D)?(?:T(?=.)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?", re.ASCII | re.IGNORECASE
)
_SECONDS = (86_400, 3_600, 60, 1)
_LONGEST = 999_999_999 * 3_600  # so that what is written in hours can be read again


class Malformed(Exception):
    """The text is not a duration."""


def seconds_in(text: str) -> int:
    """Count the seconds of a duration in days, hours, minutes and seconds; raise Malformed for anything else."""
    form = _FORM.fullmatch(text)
    if form is None:
        raise Malformed
    seconds = sum(int(count) * each for count, each in zip(form.groups(default="0"), _SECONDS, strict=True))
    if seconds > _LONGEST:
        raise Malformed
    return seconds


def as_java(seconds: int) -> str:
    """Write a duration as java.time.Duration does: in hours, minutes and seconds."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = (f"{count}{unit}" for count, unit in ((hours, "H"), (minutes, "M"), (rest, "S")) if count)
    return "PT" + ("".join(parts) or "0S")
