"""How grave a change is: what a reviewer must see first, and what may be counted where there is little room."""

from collections.abc import Iterable
from enum import IntEnum

from confsync.engine.change import Change


class Gravity(IntEnum):
    """The gravest first. Whatever an action is that is not known to be milder, it is a loss."""

    LOSS = 0
    UPDATE = 1
    CREATE = 2
    UNWRITTEN = 3

    @classmethod
    def of(cls, change: Change) -> "Gravity":
        """Judge a change by the gravest of its actions."""
        return min(_MILDER.get(action.value, cls.LOSS) for action in change.actions)


def gravest_first(changes: Iterable[Change]) -> list[Change]:
    """Sort the changes that do something; those of one gravity stay in the plan's order."""
    return sorted((each for each in changes if each.actions), key=Gravity.of)


_MILDER = {
    "update": Gravity.UPDATE,
    "create": Gravity.CREATE,
    "recreate": Gravity.CREATE,
    "move": Gravity.UNWRITTEN,
    "adopt": Gravity.UNWRITTEN,
}
