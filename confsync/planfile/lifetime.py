"""How long a saved plan is good for, as a person writes it."""

import re
from datetime import timedelta


def lifetime(text: str) -> timedelta:
    """Read how long a plan is good for: `30m`, `72h` or `7d`. Raises ValueError for anything else."""
    found = _LIFETIME.fullmatch(text)
    if found is None or int(found[1]) == 0:
        raise ValueError("a number and m, h or d, such as 30m, 72h or 7d")
    return int(found[1]) * _UNITS[found[2]]


_LIFETIME = re.compile(r"([0-9]{1,6})([mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
