"""What changes of keys, names and types do to roles and services: nothing is ever deleted, nothing made twice."""

import pytest

from confsync.errors import Refused
from tests.harness import Workshop, changes, left_alone, told

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
def test_a_role_that_must_become_another_is_made_and_the_old_one_listed_and_found_again(
    workshop: Workshop, way: str
) -> None:
    workshop.apply(DESK)
    old = workshop.path("/Services/support/Roles/agent").rpartition("/")[2]
    orphaned = [f"orphaned services/support/roles/agent {old}"]

    plan = workshop.plan(WAYS[way])
    assert [line.replace(old, "{old}") for line in changes(plan)] == [
        line.replace("{old}", "services/support/roles/agent") if way == "key" else line for line in PLANNED[way]
    ]
    assert left_alone(plan) == orphaned
    report = workshop.apply()
    assert set(report.counts) == {"done"}
    assert not any(each.startswith("DELETE") for each in workshop.writes)
    assert roles(workshop) == 6

    after = workshop.plan()
    assert (changes(after), left_alone(after)) == ([], orphaned)
    workshop.apply()
    assert left_alone(workshop.plan()) == orphaned

    back = workshop.plan(DESK)
    assert sum("create" in each.actions for each in back.changes) == 0
    workshop.apply()
    assert roles(workshop) == 6
    again = workshop.plan()
    assert changes(again) == []
    assert workshop.path("/Services/support/Roles/agent").endswith(old) or way == "type"
    (left,) = left_alone(again)
    assert old not in left


def roles(workshop: Workshop) -> int:
    return len(workshop.live("/Services/support/Roles")["roles"])


def test_a_services_key_without_a_name_makes_another_service_and_says_why(workshop: Workshop) -> None:
    workshop.apply(DESK)
    old = workshop.path("/Services/support").rpartition("/")[2]
    plan = workshop.plan(DESK.replace("support:", "help:"))
    assert changes(plan)[0] == "create services/help friendly_name:None->help"
    (reason,) = (each.reason for each in plan.changes if str(each.address) == "services/help")
    assert "v1 cannot rename a service" in reason
    assert "services/support" in reason
    assert f"orphaned services/support {old}" in left_alone(plan)
    assert plan.guardrails == ()
    workshop.apply()
    assert not any(each.startswith("DELETE") for each in workshop.writes)
    assert workshop.path("/Services/support").endswith(old)
    assert changes(workshop.plan()) == []


def test_a_services_key_with_a_name_is_the_same_service_with_everything_in_it(workshop: Workshop) -> None:
    named = DESK.replace("support:", "support:\n    friendly_name: Desk")
    workshop.apply(named)
    plan = workshop.plan(named.replace("support:", "help:"))
    assert told(plan) == ["move services/help"]
    assert [str(each.previous) for each in plan.changes if each.actions] == ["services/support"]
    workshop.apply()
    assert workshop.writes == []
    assert told(workshop.plan()) == []


@pytest.mark.parametrize("ledger", ["kept", "lost"])
def test_a_changed_name_of_a_service(workshop: Workshop, ledger: str) -> None:
    workshop.apply(DESK)
    if ledger == "lost":
        workshop.ledger_path.unlink()
        assert changes(workshop.plan(DESK.replace("support:", "support:\n    friendly_name: Desk")))[0] == (
            "create services/support friendly_name:None->Desk"
        )
        return
    with pytest.raises(Refused, match="v1 cannot rename a service"):
        workshop.apply(DESK.replace("support:", "support:\n    friendly_name: Desk"))
    assert workshop.writes == []
    assert [guardrail.rule for guardrail in workshop.plan().guardrails] == ["rename"]
