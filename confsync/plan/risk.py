"""What a reviewer should think about before approving a change."""

from enum import IntEnum

from msgspec import Struct


class Level(IntEnum):
    """How much is at stake, most severe first."""

    HIGH = 0
    MEDIUM = 1
    LOW = 2


class Risk(Struct, frozen=True):
    """One risk: the rule that found it, how severe it is, and a sentence for the reviewer."""

    rule: str
    level: Level
    text: str
