"""Which live thing each configured resource is, from one apply to the next."""

import json

import httpx
import pytest

from confsync.errors import Refused
from tests.harness import Between, Workshop, changes, left_alone, says, told

AGENT = """
version: 1
services:
  support:
    configuration: {default_conversation_role: agent}
    roles:
      agent: {type: conversation, permissions: [sendMessage]}
"""


def roles(**written: str) -> str:
    """A service with these roles, each written in flow style."""
    lines = "".join(f"      {key}: {text}\n" for key, text in written.items())
    return f"version: 1\nservices:\n  support:\n    roles:\n{lines}"


A_ROLE = "type: conversation, permissions: [sendMessage]"


def test_a_role_under_another_key_is_the_same_role_where_its_name_is_written(workshop: Workshop) -> None:
    workshop.apply(roles(agent=f"{{friendly_name: Agent, {A_ROLE}}}"))
    sid = workshop.path("/Services/support/Roles/Agent")
    assert told(workshop.plan(roles(helper=f"{{friendly_name: Agent, {A_ROLE}}}"))) == [
        "move services/support/roles/helper"
    ]
    workshop.apply()
    assert workshop.writes == []
    assert told(workshop.plan()) == []
    assert workshop.path("/Services/support/Roles/Agent") == sid


def test_two_roles_that_exchange_their_keys_stay_the_roles_they_are(workshop: Workshop) -> None:
    workshop.apply(roles(a=f"{{friendly_name: X, {A_ROLE}}}", b=f"{{friendly_name: Y, {A_ROLE}}}"))
    exchanged = roles(a=f"{{friendly_name: Y, {A_ROLE}}}", b=f"{{friendly_name: X, {A_ROLE}}}")
    assert told(workshop.plan(exchanged)) == ["move services/support/roles/a", "move services/support/roles/b"]
    workshop.apply()
    assert workshop.writes == []
    assert told(workshop.plan()) == []


def test_a_name_that_goes_from_one_key_to_another_takes_its_role_along(workshop: Workshop) -> None:
    workshop.apply(roles(a=f"{{friendly_name: X, {A_ROLE}}}"))
    assert told(workshop.plan(roles(a=f"{{friendly_name: Y, {A_ROLE}}}", b=f"{{friendly_name: X, {A_ROLE}}}"))) == [
        "create services/support/roles/a friendly_name:None->Y type:None->conversation permissions:None->[sendMessage]",
        "move services/support/roles/b",
    ]


@pytest.mark.parametrize("old", ["a", "z"])
def test_what_moves_to_an_address_supersedes_what_was_there_and_the_ledger_stays_readable(
    workshop: Workshop, old: str
) -> None:
    workshop.apply(roles(**{old: f"{{friendly_name: X, {A_ROLE}}}", "m": f"{{friendly_name: Y, {A_ROLE}}}"}))
    left = workshop.path("/Services/support/Roles/Y").rpartition("/")[2]
    workshop.apply(roles(m=f"{{friendly_name: X, {A_ROLE}}}"))
    assert workshop.writes == []
    assert told(workshop.plan()) == [f"orphaned services/support/roles/m {left}"]


def test_two_live_roles_alike_are_refused_with_both_sids_and_without_a_write(workshop: Workshop) -> None:
    workshop.client.made("/Services", {"FriendlyName": "support"})
    home = workshop.path("/Services/support/Roles")
    form = {"FriendlyName": "agent", "Type": "conversation", "Permission": "sendMessage"}
    sids = [workshop.client.made(home, form), workshop.client.made(home, form)]
    with pytest.raises(Refused) as refused:
        workshop.apply(AGENT)
    assert all(sid in refused.value.happened for sid in sids)
    assert workshop.writes == []
    assert not workshop.ledger_path.exists()
    plan = workshop.plan()
    assert [guardrail.rule for guardrail in plan.guardrails] == ["ambiguous"]
    assert [str(each.address) for each in plan.changes if each.actions] == [
        "services/support",
        "services/support/configuration",
    ]


def test_a_twin_made_by_hand_beside_our_own_role_is_refused_with_both_sids(workshop: Workshop) -> None:
    workshop.apply(AGENT)
    ours = workshop.path("/Services/support/Roles/agent").rpartition("/")[2]
    form = {"FriendlyName": "agent", "Type": "conversation", "Permission": "sendMessage"}
    twin = workshop.client.made(workshop.path("/Services/support/Roles"), form)
    before = workshop.ledger
    with pytest.raises(Refused) as refused:
        workshop.apply()
    assert all(sid in refused.value.happened for sid in (ours, twin))
    assert workshop.writes == []
    assert workshop.ledger == before


def test_a_role_of_the_same_name_and_another_type_is_no_twin(workshop: Workshop) -> None:
    workshop.apply(AGENT)
    form = {"FriendlyName": "agent", "Type": "service", "Permission": "joinConversation"}
    workshop.client.made(workshop.path("/Services/support/Roles"), form)
    assert told(workshop.plan()) == ["unmanaged services/support/roles/agent"]


def test_the_four_built_in_roles_are_adopted_with_their_new_service(workshop: Workshop) -> None:
    workshop.apply("""
        version: 1
        services:
          support:
            configuration: {default_conversation_role: channel admin}
            roles:
              channel user: {type: conversation, permissions: [sendMessage]}
              channel admin: {type: conversation, permissions: [sendMessage, leaveConversation]}
              service user: {type: service, permissions: [createConversation, joinConversation, editOwnUserInfo]}
        """)
    assert workshop.writes == [
        "POST Services FriendlyName",
        "POST Services/…/Roles/… Permission",
        "POST Services/…/Roles/… Permission",
        "POST Services/…/Configuration DefaultConversationRoleSid",
    ]
    assert len(workshop.live("/Services/support/Roles")["roles"]) == 4
    plan = workshop.plan()
    assert told(plan) == []
    assert "services/support/roles/service admin" in {str(each.address) for each in plan.unmanaged}
    assert workshop.ledger
    assert {entry.origin for entry in workshop.ledger.entries if entry.sid} == {"adopted", "created"}


def test_the_built_in_roles_of_a_service_that_exists_are_adopted(workshop: Workshop) -> None:
    workshop.client.made("/Services", {"FriendlyName": "support"})
    text = roles(**{"service user": "{type: service, permissions: [joinConversation]}"})
    assert told(workshop.plan(text)) == [
        "adopt services/support",
        "adopt+update services/support/roles/service user permissions:-createConversation-editOwnUserInfo",
    ]
    workshop.apply()
    assert workshop.writes == ["POST Services/…/Roles/… Permission"]
    assert told(workshop.plan()) == []


def test_a_built_in_role_whose_every_field_is_ignored_can_still_be_referred_to(workshop: Workshop) -> None:
    workshop.apply("""
        version: 1
        services:
          support:
            configuration: {default_conversation_creator_role: channel user}
            roles:
              channel user: {type: conversation, permissions: [sendMessage], lifecycle: {ignore: [permissions]}}
        """)
    assert workshop.writes == [
        "POST Services FriendlyName",
        "POST Services/…/Configuration DefaultConversationCreatorRoleSid",
    ]
    assert told(workshop.plan()) == []


LOOKED_UP = """
version: 1
services:
  support:
    lifecycle: {lookup: true}
    configuration: {reachability_enabled: true}
    roles:
      agent: {type: conversation, lifecycle: {lookup: true}}
      helper: {type: conversation, permissions: [sendMessage]}
"""


def test_what_is_looked_up_and_missing_is_refused(workshop: Workshop) -> None:
    assert [guardrail.rule for guardrail in workshop.plan(LOOKED_UP).guardrails] == ["lookup", "lookup"]
    with pytest.raises(Refused, match="looked up"):
        workshop.apply()
    assert workshop.writes == []


def test_what_is_looked_up_and_there_twice_is_refused(workshop: Workshop) -> None:
    for _ in range(2):
        workshop.client.made("/Services", {"FriendlyName": "support"})
    with pytest.raises(Refused, match="more than one live service could be services/support, by its friendly_name"):
        workshop.apply(LOOKED_UP)
    assert workshop.writes == []


def test_below_what_is_looked_up_everything_may_be_managed_and_it_never_enters_the_ledger(workshop: Workshop) -> None:
    workshop.client.made("/Services", {"FriendlyName": "support"})
    form = {"FriendlyName": "agent", "Type": "conversation", "Permission": "sendMessage"}
    workshop.client.made(workshop.path("/Services/support/Roles"), form)
    workshop.apply(LOOKED_UP)
    assert workshop.writes == [
        "POST Services/…/Configuration ReachabilityEnabled",
        "POST Services/…/Roles FriendlyName Type Permission",
    ]
    assert workshop.ledger
    assert [str(each.address) for each in workshop.ledger.entries] == [
        "services/support/configuration",
        "services/support/roles/helper",
    ]
    assert told(workshop.plan()) == []


def test_what_was_ours_and_is_now_only_looked_up_leaves_the_ledger(workshop: Workshop) -> None:
    workshop.apply(roles(agent=f"{{{A_ROLE}}}"))
    workshop.apply(roles(agent="{type: conversation, lifecycle: {lookup: true}}"))
    assert workshop.writes == []
    assert workshop.ledger
    assert [str(each.address) for each in workshop.ledger.entries] == ["services/support"]


def test_an_ignored_field_is_sent_on_create_and_never_again(workshop: Workshop) -> None:
    text = """
        version: 1
        services:
          support:
            webhooks: {method: POST, filters: [onMessageAdded], lifecycle: {ignore: [filters]}}
            notifications: {new_message: {enabled: true, sound: bell}, lifecycle: {ignore: [new_message]}}
            roles:
              agent: {type: conversation, permissions: [sendMessage], lifecycle: {ignore: [permissions, type]}}
        """
    workshop.apply(text)
    assert workshop.live("/Services/support/Roles/agent")["permissions"] == ["sendMessage"]
    assert workshop.live("/Services/support/Configuration/Webhooks")["filters"] == ["onMessageAdded"]
    assert workshop.live("/Services/support/Configuration/Notifications")["new_message"]["sound"] == "bell"
    workshop.client.post(workshop.path("/Services/support/Roles/agent"), {"Permission": "leaveConversation"})
    workshop.client.post(workshop.path("/Services/support/Configuration/Webhooks"), {"Filters": "onMessageAdd"})
    workshop.client.post(workshop.path("/Services/support/Configuration/Notifications"), {"NewMessage.Sound": "gong"})
    assert told(workshop.plan()) == []
    assert told(workshop.plan(text.replace("type: conversation", "type: service"))) == []


def test_a_new_type_of_an_ignored_type_is_no_new_role_and_a_new_name_of_an_ignored_name_no_rename(
    workshop: Workshop,
) -> None:
    text = """
        version: 1
        services:
          support:
            friendly_name: Desk
            lifecycle: {ignore: [friendly_name]}
        """
    workshop.apply(text)
    assert told(workshop.plan(text.replace("Desk", "Help"))) == []


PROTECTED = "version: 1\nservices:\n  support: {lifecycle: {protect: true}}\n"


def test_protection_is_remembered_until_it_is_lifted_in_words(workshop: Workshop) -> None:
    def protected() -> list[bool]:
        return [each.protect for each in workshop.ledger.entries] if workshop.ledger else []

    workshop.apply(PROTECTED)
    assert protected() == [True]
    workshop.apply(PROTECTED.replace("{protect: true}", "{}"))
    assert protected() == [True]
    workshop.apply("version: 1\nservices: {}\n")
    assert protected() == [True]
    workshop.apply(PROTECTED.replace("true", "false"))
    assert protected() == [False]


def test_everything_below_a_service_moves_with_it(workshop: Workshop) -> None:
    text = """
        version: 1
        services:
          support:
            friendly_name: Desk
            configuration: {default_conversation_role: agent}
            roles:
              agent: {friendly_name: Agent, type: conversation, permissions: [sendMessage]}
        """
    workshop.apply(text)
    before = {each.sid: each for each in workshop.ledger.entries} if workshop.ledger else {}
    moved = text.replace("support:", "help:").replace("agent", "clerk")
    assert told(workshop.plan(moved)) == ["move services/help", "move services/help/roles/clerk"]
    workshop.apply()
    assert workshop.writes == []
    assert workshop.ledger
    assert {each.sid: each.id for each in workshop.ledger.entries} == {sid: each.id for sid, each in before.items()}
    assert told(workshop.plan()) == []


def test_what_is_no_longer_declared_is_listed_and_left_alone(workshop: Workshop) -> None:
    workshop.apply(AGENT)
    role = workshop.path("/Services/support/Roles/agent").rpartition("/")[2]
    plan = workshop.plan("version: 1\nservices: {support: {roles: {}}}\n")
    assert changes(plan) == []
    assert left_alone(plan) == [f"orphaned services/support/roles/agent {role}"]
    workshop.apply()
    assert workshop.writes == []
    assert left_alone(workshop.plan()) == [f"orphaned services/support/roles/agent {role}"]


def test_the_way_out_of_a_refusal_keeps_names_as_they_are_written(workshop: Workshop) -> None:
    workshop.apply("version: 1\nservices: {Support: {friendly_name: Help Desk}}\n")
    with pytest.raises(Refused) as refused:
        workshop.apply("version: 1\nservices: {Support: {friendly_name: Desk}}\n")
    assert refused.value.hint == "To lift it: keep `friendly_name: Help Desk`."
    assert "v1 cannot rename a service" in refused.value.happened
    assert workshop.writes == []


TWO_SERVICES = """
version: 1
services:
  a: {friendly_name: A, roles: {x: {type: conversation, permissions: [sendMessage]}}}
  b: {friendly_name: B, webhooks: {method: POST}}
"""


def test_services_whose_keys_changed_places_are_refused_and_nothing_is_written(workshop: Workshop) -> None:
    workshop.apply(TWO_SERVICES)
    swapped = TWO_SERVICES.replace("  a:", "  z:").replace("  b:", "  a:").replace("  z:", "  b:")
    assert [guardrail.rule for guardrail in workshop.plan(swapped).guardrails] == ["rename", "rename"]
    with pytest.raises(Refused):
        workshop.apply()
    assert workshop.writes == []


def test_a_namesake_does_not_silently_take_the_place_of_a_service_that_vanished(workshop: Workshop) -> None:
    workshop.apply(TWO_SERVICES)
    workshop.client.delete(workshop.path("/Services/B"))
    workshop.client.post("/Services", {"FriendlyName": "B"})
    plan = workshop.plan()
    assert [guardrail.rule for guardrail in plan.guardrails] == ["recreate"]
    assert "has its name now" in plan.guardrails[0].text


class Vague(Between):
    """Tells the type of a role in a word that we do not know, or not at all."""

    def __init__(self, workshop: Workshop, word: str | None) -> None:
        super().__init__(workshop.emulator)
        self.word = word

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.method != "GET" or not request.url.path.endswith("/Roles"):
            return response
        body = json.loads(await response.aread())
        return says(request, 200, {**body, "roles": [{**role, "type": self.word} for role in body["roles"]]})


@pytest.mark.parametrize("word", [None, "galactic"])
def test_a_type_that_is_not_known_makes_no_second_role(workshop: Workshop, word: str | None) -> None:
    workshop.apply(TWO_SERVICES)
    workshop.transport = Vague(workshop, word)
    assert workshop.plan().empty
