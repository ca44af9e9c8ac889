"""What a reviewer should consider before approving a change: its risks, and what depends on what it deletes."""

from msgspec import Struct

from confsync.risk_rules import Level


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
    """How many dependents of one type there are. `complete` is false where counting stopped at the cap."""

    noun: Noun
    number: int
    complete: bool

    @property
    def text(self) -> str:
        """Write it: `at least 1,000 conversations`."""
        # A zero would read as none, although counting may have stopped before the first one.
        if not self.number and not self.complete:
            return f"an unknown number of {self.noun.many}"
        noun = self.noun.one if self.number == 1 else self.noun.many
        return f"{'' if self.complete else 'at least '}{self.number:,} {noun}"


class BlastRadius(Struct, frozen=True):
    """What a deletion takes with it or leaves with a dangling reference. `facts` are sentences that carry no count."""

    counts: tuple[Count, ...] = ()
    facts: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether a deletion takes nothing with it and leaves nothing with a dangling reference."""
        return not self.facts and all(each.complete and not each.number for each in self.counts)
