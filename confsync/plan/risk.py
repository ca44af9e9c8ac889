"""What a reviewer should think about before approving a change."""

from msgspec import Struct

from confsync.annotations import Level


class Risk(Struct, frozen=True):
    """One risk: the rule that found it, how severe it is, and a sentence for the reviewer."""

    rule: str
    level: Level
    text: str
