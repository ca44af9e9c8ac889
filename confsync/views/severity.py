"""How severe a change is: what a reviewer must see first, and what may be counted where there is little room."""

from collections.abc import Iterable
from enum import IntEnum

from confsync.views.plan_document import ChangePart, RiskPart

LEVELS = ("high", "medium", "low")
"""The levels of a risk, most severe first."""


class Severity(IntEnum):
    """Most severe first. An unknown action counts as a loss."""

    LOSS = 0
    UPDATE = 1
    CREATE = 2
    UNWRITTEN = 3

    @classmethod
    def of(cls, change: ChangePart) -> "Severity":
        """Return the severity of the most severe action of a change."""
        return min(_MILDER.get(action, cls.LOSS) for action in change.actions)


_MILDER = {
    "update": Severity.UPDATE,
    "create": Severity.CREATE,
    "recreate": Severity.CREATE,
    "move": Severity.UNWRITTEN,
    "adopt": Severity.UNWRITTEN,
}


def most_severe_first(changes: Iterable[ChangePart]) -> list[ChangePart]:
    """Sort changes by severity, then by their worst risk; otherwise they keep the order of the plan."""
    return sorted(changes, key=_rank)


def destroys_first(changes: Iterable[ChangePart]) -> list[ChangePart]:
    """Put losses first. The rest keeps the order of the plan, in which parents come before what they contain."""
    known = list(changes)
    losses = [each for each in known if Severity.of(each) is Severity.LOSS]
    return [*most_severe_first(losses), *(each for each in known if Severity.of(each) is not Severity.LOSS)]


def sorted_risks(changes: Iterable[ChangePart]) -> list[tuple[ChangePart, RiskPart]]:
    """Return every risk with its change, most severe first."""
    found = [(change, risk) for change in changes for risk in change.risk]
    return sorted(found, key=lambda pair: (LEVELS.index(pair[1].level), Severity.of(pair[0])))


def _rank(change: ChangePart) -> tuple[Severity, int]:
    return Severity.of(change), min((LEVELS.index(risk.level) for risk in change.risk), default=len(LEVELS))
