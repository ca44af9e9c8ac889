"""What a reviewer should consider before approving a change: its risks, and what depends on what it deletes."""

from msgspec import Struct

from confsync.annotations import Level


class Risk(Struct, frozen=True):
    """One risk: the rule that found it, how severe it is, and a sentence for the reviewer."""

    rule: str
    level: Level
    text: str


class Noun(Struct, frozen=True):
    """The singular and the plural of what is counted."""

    one: str
    many: str


class Count(Struct, frozen=True):
    """How many dependents of one sort there are. `complete` is false where counting stopped at the cap."""

    noun: Noun
    number: int
    complete: bool


class BlastRadius(Struct, frozen=True):
    """What a deletion takes with it or leaves with a dangling reference. `facts` are sentences that carry no count."""

    counts: tuple[Count, ...] = ()
    facts: tuple[str, ...] = ()
