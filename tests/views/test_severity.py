"""What a reviewer sees first."""

from enum import StrEnum
from typing import cast

import pytest

from confsync.annotations import Level
from confsync.plan.change import Action, Change
from confsync.plan.risk import Risk
from confsync.views.severity import Severity, destroys_first, level_word, most_severe_first, most_severe_risks, risks_of


class Other(StrEnum):
    """Actions that a later version may know."""

    DELETE = "delete"
    RECREATE = "recreate"
    NEWS = "news"


class Acting:
    """As much of a change as is judged."""

    def __init__(self, actions: tuple[StrEnum, ...], levels: tuple[Level, ...]) -> None:
        self.actions = actions
        self.risks = tuple(Risk("made-up", level, level.name) for level in levels)


def acting(*actions: StrEnum, risks: tuple[Level, ...] = ()) -> Change:
    return cast("Change", Acting(actions, risks))


@pytest.mark.parametrize(
    ("actions", "severity"),
    [
        ((Action.REPLACE,), Severity.LOSS),
        ((Other.DELETE,), Severity.LOSS),
        ((Other.NEWS,), Severity.LOSS),
        ((Action.MOVE, Action.UPDATE), Severity.UPDATE),
        ((Action.CREATE,), Severity.CREATE),
        ((Other.RECREATE,), Severity.CREATE),
        ((Action.ADOPT,), Severity.UNWRITTEN),
    ],
)
def test_the_gravest_action_counts_and_one_that_is_not_known_is_a_loss(
    actions: tuple[StrEnum, ...], severity: Severity
) -> None:
    assert Severity.of(acting(*actions)) is severity


def test_every_action_that_loses_nothing_is_known() -> None:
    assert [each for each in Action if Severity.of(acting(each)) is Severity.LOSS] == [
        each for each in Action if each in ("replace", "delete")
    ]


def test_losses_come_first_and_nothing_that_stays_as_it_is() -> None:
    changes = [acting(Action.CREATE), acting(), acting(Action.UPDATE), acting(Action.REPLACE)]
    assert [each.actions for each in most_severe_first(changes)] == [
        (Action.REPLACE,),
        (Action.UPDATE,),
        (Action.CREATE,),
    ]


def test_of_one_gravity_those_with_the_most_at_stake_come_first_and_else_the_order_stays() -> None:
    plain, mild, risky = (acting(Action.UPDATE, risks=each) for each in ((), (Level.LOW,), (Level.LOW, Level.HIGH)))
    lost, missed = acting(Action.DELETE), acting(Action.REPLACE, risks=(Level.MEDIUM,))
    assert most_severe_first([plain, mild, lost, risky, missed]) == [missed, lost, risky, mild, plain]


def test_what_is_lost_comes_before_the_rest_which_stays_as_planned() -> None:
    created, lost, updated = acting(Action.CREATE), acting(Action.DELETE), acting(Action.UPDATE, risks=(Level.HIGH,))
    assert destroys_first([created, acting(), updated, lost]) == [lost, created, updated]


def test_risks_are_told_the_gravest_first_and_those_of_losses_before_their_like() -> None:
    updated = acting(Action.UPDATE, risks=(Level.LOW, Level.HIGH))
    lost = acting(Action.DELETE, risks=(Level.HIGH,))
    assert [risk.level for risk in most_severe_risks(updated)] == [Level.HIGH, Level.LOW]
    assert [(change, level_word(risk.level)) for change, risk in risks_of([updated, acting(), lost])] == [
        *((lost, "high"), (updated, "high"), (updated, "low"))
    ]
