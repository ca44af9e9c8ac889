"""What changes of keys, names and types do to roles and services: nothing is ever deleted, nothing made twice."""

import pytest

from confsync.errors import Refused
from tests.harness import Harness, change_lines, left_alone_lines, plan_lines

DESK = """
version: 1
services:
  support:
    configuration: {default_conversation_creator_role: agent}
    roles:
      agent: {type: conversation, permissions: [addParticipant]}
"""
WAYS = {
    "type": DESK.replace("type: conversation", "type: service").replace(
        "default_conversation_creator_role", "default_chat_service_role"
    ),
    "key": DESK.replace("agent", "clerk"),
    "name": DESK.replace("agent: {", "agent: {friendly_name: Agent, "),
}
PLANNED = {
    "type": [
        (
            "create services/support/roles/agent friendly_name:None->agent type:None->service "
            "permissions:None->[addParticipant]"
        ),
        (
            "update services/support/configuration default_chat_service_role:services/support/roles/service user"
            "->services/support/roles/agent"
        ),
    ],
    "key": [
        (
            "create services/support/roles/clerk friendly_name:None->clerk type:None->conversation "
            "permissions:None->[addParticipant]"
        ),
        "update services/support/configuration default_conversation_creator_role:{old}->services/support/roles/clerk",
    ],
    "name": [
        (
            "create services/support/roles/agent friendly_name:None->Agent type:None->conversation "
            "permissions:None->[addParticipant]"
        ),
        "update services/support/configuration default_conversation_creator_role:{old}->services/support/roles/agent",
    ],
}


@pytest.mark.parametrize("way", WAYS)
def test_a_changed_name_or_type_of_a_role_creates_a_second_role_and_keeps_the_old_one(
    harness: Harness, way: str
) -> None:
    harness.apply(DESK)
    old = harness.path("/Services/support/Roles/agent").rpartition("/")[2]
    orphaned = [f"orphaned services/support/roles/agent {old}"]

    plan = harness.plan(WAYS[way])
    assert [line.replace(old, "{old}") for line in change_lines(plan)] == [
        line.replace("{old}", "services/support/roles/agent") if way == "key" else line for line in PLANNED[way]
    ]
    assert left_alone_lines(plan) == orphaned
    report = harness.apply()
    assert set(report.counts) == {"done"}
    assert not any(each.startswith("DELETE") for each in harness.writes)
    assert roles(harness) == 6

    after = harness.plan()
    assert (change_lines(after), left_alone_lines(after)) == ([], orphaned)
    harness.apply()
    assert left_alone_lines(harness.plan()) == orphaned

    back = harness.plan(DESK)
    assert sum("create" in each.actions for each in back.changes) == 0
    harness.apply()
    assert roles(harness) == 6
    again = harness.plan()
    assert change_lines(again) == []
    assert harness.path("/Services/support/Roles/agent").endswith(old) or way == "type"
    (left,) = left_alone_lines(again)
    assert old not in left


def roles(harness: Harness) -> int:
    return len(harness.live("/Services/support/Roles")["roles"])


def test_a_services_key_without_a_name_makes_another_service_and_says_why(harness: Harness) -> None:
    harness.apply(DESK)
    old = harness.path("/Services/support").rpartition("/")[2]
    plan = harness.plan(DESK.replace("support:", "help:"))
    assert change_lines(plan)[0] == "create services/help friendly_name:None->help"
    (reason,) = (each.reason for each in plan.changes if str(each.address) == "services/help")
    assert "v1 cannot rename a service" in reason
    assert "services/support" in reason
    assert f"orphaned services/support {old}" in left_alone_lines(plan)
    assert plan.guardrails == ()
    harness.apply()
    assert not any(each.startswith("DELETE") for each in harness.writes)
    assert harness.path("/Services/support").endswith(old)
    assert change_lines(harness.plan()) == []


def test_a_services_key_with_a_name_is_the_same_service_with_everything_in_it(harness: Harness) -> None:
    named = DESK.replace("support:", "support:\n    friendly_name: Desk")
    harness.apply(named)
    plan = harness.plan(named.replace("support:", "help:"))
    assert plan_lines(plan) == ["move services/help"]
    assert [str(each.previous) for each in plan.changes if each.actions] == ["services/support"]
    harness.apply()
    assert harness.writes == []
    assert plan_lines(harness.plan()) == []


@pytest.mark.parametrize("ledger", ["kept", "lost"])
def test_a_changed_name_of_a_service(harness: Harness, ledger: str) -> None:
    harness.apply(DESK)
    if ledger == "lost":
        harness.ledger_path.unlink()
        assert change_lines(harness.plan(DESK.replace("support:", "support:\n    friendly_name: Desk")))[0] == (
            "create services/support friendly_name:None->Desk"
        )
        return
    with pytest.raises(Refused, match="v1 cannot rename a service"):
        harness.apply(DESK.replace("support:", "support:\n    friendly_name: Desk"))
    assert harness.writes == []
    assert [guardrail.rule for guardrail in harness.plan().guardrails] == ["rename"]
