"""What is risky about a change: a few rules, written by hand, each with a sentence that a reviewer reads."""

from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """How much is at stake; the gravest first."""

    HIGH = 0
    MEDIUM = 1
    LOW = 2


@dataclass(frozen=True, slots=True)
class Risk:
    """One thing that a reviewer should think about: which rule says so, and what it says."""

    rule: str
    level: Level
    text: str
