"""How grave a change is: what a reviewer must see first, and what may be counted where there is little room."""

from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import Literal

from confsync.annotations import Level
from confsync.plan.change import Change
from confsync.plan.risk import Risk


class Severity(IntEnum):
    """The gravest first. Whatever an action is that is not known to be milder, it is a loss."""

    LOSS = 0
    UPDATE = 1
    CREATE = 2
    UNWRITTEN = 3

    @classmethod
    def of(cls, change: Change) -> "Severity":
        """Judge a change by the gravest of its actions."""
        return min(_MILDER.get(action.value, cls.LOSS) for action in change.actions)


LevelWord = Literal["high", "medium", "low"]


def most_severe_first(changes: Iterable[Change]) -> list[Change]:
    """Sort the changes that do something, those of one gravity by what is at stake, else as they stand in the plan."""
    return sorted((each for each in changes if each.actions), key=_severity)


def destroys_first(changes: Iterable[Change]) -> list[Change]:
    """Put what is lost before all else, which stays as it stands in the plan: one reads what is in what."""
    acting = [each for each in changes if each.actions]
    lost = [each for each in acting if Severity.of(each) is Severity.LOSS]
    return [*most_severe_first(lost), *(each for each in acting if Severity.of(each) is not Severity.LOSS)]


def most_severe_risks(change: Change) -> list[Risk]:
    """Sort the risks of a change."""
    return sorted(change.risks, key=lambda risk: risk.level)


def risks_of(changes: Iterable[Change]) -> list[tuple[Change, Risk]]:
    """Give every risk of some changes with the change that it is about, the gravest first."""
    return sorted(_risks(changes), key=lambda told: (told[1].level, Severity.of(told[0])))


def level_word(level: Level) -> LevelWord:
    """Name a level as documents do."""
    return _LEVELS[level]


def _risks(changes: Iterable[Change]) -> Iterator[tuple[Change, Risk]]:
    return ((change, risk) for change in changes if change.actions for risk in change.risks)


def _severity(change: Change) -> tuple[Severity, int]:
    return Severity.of(change), min((risk.level for risk in change.risks), default=len(Level))


_LEVELS: dict[Level, LevelWord] = {Level.HIGH: "high", Level.MEDIUM: "medium", Level.LOW: "low"}

_MILDER = {
    "update": Severity.UPDATE,
    "create": Severity.CREATE,
    "recreate": Severity.CREATE,
    "move": Severity.UNWRITTEN,
    "adopt": Severity.UNWRITTEN,
}
