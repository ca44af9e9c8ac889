"""What a reviewer sees first."""

from enum import StrEnum
from typing import cast

import pytest

from confsync.engine.change import Action, Change
from confsync.views.gravity import Gravity, gravest_first


class Other(StrEnum):
    """Actions that a later version may know."""

    DELETE = "delete"
    RECREATE = "recreate"
    NEWS = "news"


class Acting:
    """As much of a change as is judged."""

    def __init__(self, *actions: StrEnum) -> None:
        self.actions = actions


def acting(*actions: StrEnum) -> Change:
    return cast("Change", Acting(*actions))


@pytest.mark.parametrize(
    ("actions", "gravity"),
    [
        ((Action.REPLACE,), Gravity.LOSS),
        ((Other.DELETE,), Gravity.LOSS),
        ((Other.NEWS,), Gravity.LOSS),
        ((Action.MOVE, Action.UPDATE), Gravity.UPDATE),
        ((Action.CREATE,), Gravity.CREATE),
        ((Other.RECREATE,), Gravity.CREATE),
        ((Action.ADOPT,), Gravity.UNWRITTEN),
    ],
)
def test_the_gravest_action_counts_and_one_that_is_not_known_is_a_loss(
    actions: tuple[StrEnum, ...], gravity: Gravity
) -> None:
    assert Gravity.of(acting(*actions)) is gravity


def test_every_action_that_loses_nothing_is_known() -> None:
    assert [each for each in Action if Gravity.of(acting(each)) is Gravity.LOSS] == [
        each for each in Action if each in ("replace", "delete")
    ]


def test_losses_come_first_and_nothing_that_stays_as_it_is() -> None:
    changes = [acting(Action.CREATE), acting(), acting(Action.UPDATE), acting(Action.REPLACE)]
    assert [each.actions for each in gravest_first(changes)] == [(Action.REPLACE,), (Action.UPDATE,), (Action.CREATE,)]
