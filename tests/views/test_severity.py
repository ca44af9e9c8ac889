"""What a reviewer sees first."""

import pytest

from confsync.plan.change import Action
from confsync.views.plan_document import ChangePart, LevelWord
from confsync.views.severity import Severity, destroys_first, most_severe_first, sorted_risks
from tests.views import sample_plans


def change(*actions: str, risks: tuple[LevelWord, ...] = ()) -> ChangePart:
    return sample_plans.change("services/a", *actions, risk=[sample_plans.risk(each, each) for each in risks])


@pytest.mark.parametrize(
    ("actions", "severity"),
    [
        (("replace",), Severity.LOSS),
        (("delete",), Severity.LOSS),
        (("unknown",), Severity.LOSS),
        (("move", "update"), Severity.UPDATE),
        (("create",), Severity.CREATE),
        (("recreate",), Severity.CREATE),
        (("adopt",), Severity.UNWRITTEN),
    ],
)
def test_the_most_severe_action_counts_and_an_unknown_one_is_a_loss(
    actions: tuple[str, ...], severity: Severity
) -> None:
    assert Severity.of(change(*actions)) is severity


def test_every_action_that_loses_nothing_is_known() -> None:
    assert [each for each in Action if Severity.of(change(each.value)) is Severity.LOSS] == [
        each for each in Action if each in ("replace", "delete")
    ]


def test_losses_come_first() -> None:
    changes = [change("create"), change("update"), change("replace")]
    assert [each.actions for each in most_severe_first(changes)] == [["replace"], ["update"], ["create"]]


def test_within_one_severity_the_worst_risks_come_first_and_otherwise_the_order_stays() -> None:
    plain, mild, risky = (change("update", risks=each) for each in ((), ("low",), ("low", "high")))
    lost, missed = change("delete"), change("replace", risks=("medium",))
    assert most_severe_first([plain, mild, lost, risky, missed]) == [missed, lost, risky, mild, plain]


def test_losses_come_before_the_rest_which_keeps_the_order_of_the_plan() -> None:
    created, lost, updated = change("create"), change("delete"), change("update", risks=("high",))
    assert destroys_first([created, updated, lost]) == [lost, created, updated]


def test_risks_are_sorted_by_level_and_those_of_losses_come_first() -> None:
    updated, lost = change("update", risks=("low", "high")), change("delete", risks=("high",))
    assert [(each.actions, risk.level) for each, risk in sorted_risks([updated, lost])] == [
        *((["delete"], "high"), (["update"], "high"), (["update"], "low"))
    ]
