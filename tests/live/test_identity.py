"""Which live resource each configured one is, from one apply to the next."""

import json

import httpx
import pytest

from confsync.errors import InvalidConfiguration, Refused
from confsync.names import Address, Sid
from tests.harness import Harness, InterceptingTransport, change_lines, json_response, left_alone_lines, plan_lines

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


def test_a_role_under_another_key_is_the_same_role_if_its_name_is_declared(harness: Harness) -> None:
    harness.apply(roles(agent=f"{{friendly_name: Agent, {A_ROLE}}}"))
    sid = harness.path("/Services/support/Roles/Agent")
    assert plan_lines(harness.plan(roles(helper=f"{{friendly_name: Agent, {A_ROLE}}}"))) == [
        "move services/support/roles/helper"
    ]
    harness.apply()
    assert harness.writes == []
    assert plan_lines(harness.plan()) == []
    assert harness.path("/Services/support/Roles/Agent") == sid


def test_two_roles_that_swap_keys_keep_their_sids(harness: Harness) -> None:
    harness.apply(roles(a=f"{{friendly_name: X, {A_ROLE}}}", b=f"{{friendly_name: Y, {A_ROLE}}}"))
    exchanged = roles(a=f"{{friendly_name: Y, {A_ROLE}}}", b=f"{{friendly_name: X, {A_ROLE}}}")
    assert plan_lines(harness.plan(exchanged)) == ["move services/support/roles/a", "move services/support/roles/b"]
    harness.apply()
    assert harness.writes == []
    assert plan_lines(harness.plan()) == []


def test_a_role_follows_its_name_to_another_key(harness: Harness) -> None:
    harness.apply(roles(a=f"{{friendly_name: X, {A_ROLE}}}"))
    assert plan_lines(
        harness.plan(roles(a=f"{{friendly_name: Y, {A_ROLE}}}", b=f"{{friendly_name: X, {A_ROLE}}}"))
    ) == [
        "create services/support/roles/a friendly_name:None->Y type:None->conversation permissions:None->[sendMessage]",
        "move services/support/roles/b",
    ]


@pytest.mark.parametrize("old", ["a", "z"])
def test_a_move_supersedes_what_was_there_and_the_ledger_stays_readable(harness: Harness, old: str) -> None:
    harness.apply(roles(**{old: f"{{friendly_name: X, {A_ROLE}}}", "m": f"{{friendly_name: Y, {A_ROLE}}}"}))
    left = harness.path("/Services/support/Roles/Y").rpartition("/")[2]
    harness.apply(roles(m=f"{{friendly_name: X, {A_ROLE}}}"))
    assert harness.writes == []
    assert plan_lines(harness.plan()) == [f"orphaned services/support/roles/m {left}"]


def test_two_live_roles_with_one_key_are_refused_with_both_sids_and_without_a_write(harness: Harness) -> None:
    harness.client.made("/Services", {"FriendlyName": "support"})
    home = harness.path("/Services/support/Roles")
    form = {"FriendlyName": "agent", "Type": "conversation", "Permission": "sendMessage"}
    sids = [harness.client.made(home, form), harness.client.made(home, form)]
    with pytest.raises(Refused) as refused:
        harness.apply(AGENT)
    assert all(sid in refused.value.happened for sid in sids)
    assert harness.writes == []
    assert not harness.ledger_path.exists()
    plan = harness.plan()
    assert [guardrail.rule for guardrail in plan.guardrails] == ["ambiguous"]
    assert [str(each.address) for each in plan.changes if each.actions] == [
        "services/support",
        "services/support/configuration",
    ]


FORM = {"FriendlyName": "agent", "Type": "conversation", "Permission": "sendMessage"}


@pytest.mark.parametrize(
    ("made_at", "apart"),
    [
        ("2026-01-01T00:03:10Z", "3 minutes after ours"),
        ("2026-01-01T01:00:00Z", "1 hour after ours"),
        ("2025-12-25T00:00:00Z", "7 days before ours"),
        ("2026-01-01T00:00:00Z", "at the same time as ours"),
        ("Thu, 01 Jan 2026 00:00:01 +0000", ""),
    ],
)
def test_a_second_role_with_the_name_of_an_owned_one_is_only_a_warning(
    harness: Harness, made_at: str, apart: str
) -> None:
    harness.apply(AGENT)
    ours = harness.path("/Services/support/Roles/agent").rpartition("/")[2]
    theirs = harness.client.made(harness.path("/Services/support/Roles"), {**FORM, "Permission": "editOwnMessage"})
    harness.transport = Dated(harness, {ours: "2026-01-01T00:00:00Z", theirs: made_at})
    plan = harness.plan(AGENT.replace("sendMessage", "leaveConversation"))
    assert plan_lines(plan) == [
        "update services/support/roles/agent permissions:+leaveConversation-sendMessage",
        "unmanaged services/support/roles/agent",
    ]
    (warning,) = plan.warnings
    created = f", created {apart}" if apart else ""
    assert warning.summary == f"services/support/roles/agent: another role of this name exists, {theirs}{created}"
    assert [each.found.sid for each in plan.unmanaged if each.found.name == "agent"] == [theirs]
    harness.apply()
    assert harness.live(f"/Services/support/Roles/{ours}")["permissions"] == ["leaveConversation"]
    assert harness.live(f"/Services/support/Roles/{theirs}")["permissions"] == ["editOwnMessage"]
    assert plan_lines(harness.plan()) == ["unmanaged services/support/roles/agent"]


def test_another_service_of_the_name_of_an_owned_one_blocks_nothing(harness: Harness) -> None:
    harness.apply(AGENT)
    ours = harness.path("/Services/support").rpartition("/")[2]
    harness.client.made("/Services", {"FriendlyName": "support"})
    harness.transport = Dated(harness, {ours: "2026-01-01T00:00:00Z"})
    plan = harness.plan()
    assert plan_lines(plan) == ["unmanaged services/support"]
    assert "another service of this name exists" in plan.warnings[0].summary


def test_a_renamed_key_finds_the_owned_one_of_two_roles_with_its_name(harness: Harness) -> None:
    harness.apply(AGENT)
    ours = harness.path("/Services/support/Roles/agent").rpartition("/")[2]
    harness.client.made(harness.path("/Services/support/Roles"), FORM)
    moved = AGENT.replace("default_conversation_role: agent", "default_conversation_role: helper")
    moved = moved.replace("agent: {", "helper: {friendly_name: agent, ")
    plan = harness.plan(moved)
    assert change_lines(plan) == ["move services/support/roles/helper"]
    assert [each.sid for each in plan.changes if each.address.key == "helper"] == [ours]
    assert plan.guardrails == ()


def test_without_a_ledger_nothing_decides_between_two_roles_of_one_name(harness: Harness) -> None:
    harness.apply(AGENT)
    harness.client.made(harness.path("/Services/support/Roles"), FORM)
    harness.ledger_path.unlink()
    assert [each.rule for each in harness.plan().guardrails] == ["ambiguous"]


def test_a_role_that_must_be_absent_is_chosen_by_the_ledger_only_at_its_own_address(harness: Harness) -> None:
    harness.apply(AGENT.replace("    configuration: {default_conversation_role: agent}\n", ""))
    harness.client.made(harness.path("/Services/support/Roles"), FORM)
    absent = "{friendly_name: agent, lifecycle: {absent: true}}"
    assert change_lines(harness.plan(roles(agent=absent))) == ["delete services/support/roles/agent"]
    plan = harness.plan(roles(other=absent))
    assert (change_lines(plan), [each.rule for each in plan.guardrails]) == ([], ["absent"])


TWINS = roles(a=f"{{friendly_name: X, {A_ROLE}}}", b=f"{{friendly_name: X, {A_ROLE}}}")


def twins(harness: Harness) -> tuple[str, str]:
    """Make two roles of one name by hand, and give the lines that adopt both."""
    harness.client.made("/Services", {"FriendlyName": "support"})
    form = {**FORM, "FriendlyName": "X"}
    sids = [harness.client.made(harness.path("/Services/support/Roles"), form) for _ in range(2)]
    a, b = (f"services/support/roles/{key}: {sid}" for key, sid in zip("ab", sids, strict=True))
    return a, b


def test_two_declared_roles_may_have_one_name_if_adopt_distinguishes_them(harness: Harness) -> None:
    a, b = twins(harness)
    text = f"{TWINS}adopt: {{{a}, {b}}}\n"
    assert change_lines(harness.plan(text)) == [
        "adopt services/support",
        "adopt services/support/roles/a",
        "adopt services/support/roles/b",
    ]
    assert harness.plan().warnings == ()
    harness.apply()
    changed = text.replace(
        "b: {friendly_name: X, type: conversation, permissions: [sendMessage]",
        "b: {friendly_name: X, type: conversation, permissions: [leaveConversation]",
    )
    assert change_lines(harness.plan(changed)) == [
        "update services/support/roles/b permissions:+leaveConversation-sendMessage"
    ]


def test_the_ledger_distinguishes_them_once_they_are_adopted_even_when_their_service_moves(harness: Harness) -> None:
    a, b = twins(harness)
    harness.apply(f"{TWINS}adopt: {{{a}, {b}}}\n")
    assert plan_lines(harness.plan(TWINS)) == []
    moved = TWINS.replace("  support:\n", "  help:\n    friendly_name: support\n")
    assert plan_lines(harness.plan(moved)) == ["move services/help"]
    renamed = TWINS.replace("b: {", "c: {lifecycle: {previously: [services/support/roles/b]}, ")
    assert plan_lines(harness.plan(renamed)) == ["move services/support/roles/c"]


@pytest.mark.parametrize("adopted", [0, 1])
def test_two_declared_roles_of_one_name_that_nothing_distinguishes_are_an_error(harness: Harness, adopted: int) -> None:
    twins_of_a, twins_of_b = twins(harness)
    text = f"{TWINS}adopt: {{{twins_of_a if adopted else ''}}}\n"
    with pytest.raises(InvalidConfiguration) as wrong:
        harness.plan(text)
    (error,) = wrong.value.diagnostics
    assert (error.code, error.severity) == ("CS2011", "error")
    assert "name the SID of each under `adopt`" in error.detail
    # `confsync adopt` writes one line after the other
    address, _, sid = twins_of_b.partition(": ")
    harness.account().check_adoptions({Address.parse(address): Sid(sid)})


def test_a_copied_role_that_kept_its_name_creates_no_second_one(harness: Harness) -> None:
    harness.apply(roles(a=f"{{friendly_name: X, {A_ROLE}}}"))
    with pytest.raises(InvalidConfiguration):
        harness.plan(TWINS)


def test_a_role_of_the_same_name_and_another_type_is_not_ambiguous(harness: Harness) -> None:
    harness.apply(AGENT)
    form = {"FriendlyName": "agent", "Type": "service", "Permission": "joinConversation"}
    harness.client.made(harness.path("/Services/support/Roles"), form)
    assert plan_lines(harness.plan()) == ["unmanaged services/support/roles/agent"]


def test_the_four_built_in_roles_are_adopted_with_their_new_service(harness: Harness) -> None:
    harness.apply("""
        version: 1
        services:
          support:
            configuration: {default_conversation_role: channel admin}
            roles:
              channel user: {type: conversation, permissions: [sendMessage]}
              channel admin: {type: conversation, permissions: [sendMessage, leaveConversation]}
              service user: {type: service, permissions: [createConversation, joinConversation, editOwnUserInfo]}
        """)
    assert harness.writes == [
        "POST Services FriendlyName",
        "POST Services/…/Roles/… Permission",
        "POST Services/…/Roles/… Permission",
        "POST Services/…/Configuration DefaultConversationRoleSid",
    ]
    assert len(harness.live("/Services/support/Roles")["roles"]) == 4
    plan = harness.plan()
    assert plan_lines(plan) == []
    assert "services/support/roles/service admin" in {str(each.address) for each in plan.unmanaged}
    assert harness.ledger
    assert {entry.origin for entry in harness.ledger.entries if entry.sid} == {"adopted", "created"}


def test_the_built_in_roles_of_a_service_that_exists_are_adopted(harness: Harness) -> None:
    harness.client.made("/Services", {"FriendlyName": "support"})
    text = roles(**{"service user": "{type: service, permissions: [joinConversation]}"})
    assert plan_lines(harness.plan(text)) == [
        "adopt services/support",
        "adopt+update services/support/roles/service user permissions:-createConversation-editOwnUserInfo",
    ]
    harness.apply()
    assert harness.writes == ["POST Services/…/Roles/… Permission"]
    assert plan_lines(harness.plan()) == []


def test_a_built_in_role_whose_every_field_is_ignored_can_still_be_referred_to(harness: Harness) -> None:
    harness.apply("""
        version: 1
        services:
          support:
            configuration: {default_conversation_creator_role: channel user}
            roles:
              channel user: {type: conversation, permissions: [sendMessage], lifecycle: {ignore: [permissions]}}
        """)
    assert harness.writes == [
        "POST Services FriendlyName",
        "POST Services/…/Configuration DefaultConversationCreatorRoleSid",
    ]
    assert plan_lines(harness.plan()) == []


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


def test_a_missing_lookup_is_refused(harness: Harness) -> None:
    assert [guardrail.rule for guardrail in harness.plan(LOOKED_UP).guardrails] == ["lookup", "lookup"]
    with pytest.raises(Refused, match=r"lifecycle\.lookup"):
        harness.apply()
    assert harness.writes == []


def test_an_ambiguous_lookup_is_refused(harness: Harness) -> None:
    for _ in range(2):
        harness.client.made("/Services", {"FriendlyName": "support"})
    with pytest.raises(Refused, match="more than one live service has the friendly_name of services/support"):
        harness.apply(LOOKED_UP)
    assert harness.writes == []


def test_a_looked_up_resource_may_have_managed_children_and_never_enters_the_ledger(harness: Harness) -> None:
    harness.client.made("/Services", {"FriendlyName": "support"})
    form = {"FriendlyName": "agent", "Type": "conversation", "Permission": "sendMessage"}
    harness.client.made(harness.path("/Services/support/Roles"), form)
    harness.apply(LOOKED_UP)
    assert harness.writes == [
        "POST Services/…/Configuration ReachabilityEnabled",
        "POST Services/…/Roles FriendlyName Type Permission",
    ]
    assert harness.ledger
    assert [str(each.address) for each in harness.ledger.entries] == [
        "services/support/configuration",
        "services/support/roles/helper",
    ]
    assert plan_lines(harness.plan()) == []


def test_an_owned_resource_that_is_now_looked_up_leaves_the_ledger(harness: Harness) -> None:
    harness.apply(roles(agent=f"{{{A_ROLE}}}"))
    harness.apply(roles(agent="{type: conversation, lifecycle: {lookup: true}}"))
    assert harness.writes == []
    assert harness.ledger
    assert [str(each.address) for each in harness.ledger.entries] == ["services/support"]


def test_an_ignored_field_is_sent_on_create_and_never_again(harness: Harness) -> None:
    text = """
        version: 1
        services:
          support:
            webhooks: {method: POST, filters: [onMessageAdded], lifecycle: {ignore: [filters]}}
            notifications: {new_message: {enabled: true, sound: bell}, lifecycle: {ignore: [new_message]}}
            roles:
              agent: {type: conversation, permissions: [sendMessage], lifecycle: {ignore: [permissions, type]}}
        """
    harness.apply(text)
    assert harness.live("/Services/support/Roles/agent")["permissions"] == ["sendMessage"]
    assert harness.live("/Services/support/Configuration/Webhooks")["filters"] == ["onMessageAdded"]
    assert harness.live("/Services/support/Configuration/Notifications")["new_message"]["sound"] == "bell"
    harness.client.post(harness.path("/Services/support/Roles/agent"), {"Permission": "leaveConversation"})
    harness.client.post(harness.path("/Services/support/Configuration/Webhooks"), {"Filters": "onMessageAdd"})
    harness.client.post(harness.path("/Services/support/Configuration/Notifications"), {"NewMessage.Sound": "gong"})
    assert plan_lines(harness.plan()) == []
    assert plan_lines(harness.plan(text.replace("type: conversation", "type: service"))) == []


def test_a_change_of_an_ignored_type_or_name_creates_and_renames_nothing(
    harness: Harness,
) -> None:
    text = """
        version: 1
        services:
          support:
            friendly_name: Desk
            lifecycle: {ignore: [friendly_name]}
        """
    harness.apply(text)
    assert plan_lines(harness.plan(text.replace("Desk", "Help"))) == []


PROTECTED = "version: 1\nservices:\n  support: {lifecycle: {protect: true}}\n"


def test_protection_is_remembered_until_the_configuration_says_otherwise(harness: Harness) -> None:
    def protected() -> list[bool]:
        return [each.protect for each in harness.ledger.entries] if harness.ledger else []

    harness.apply(PROTECTED)
    assert protected() == [True]
    harness.apply(PROTECTED.replace("{protect: true}", "{}"))
    assert protected() == [True]
    harness.apply("version: 1\nservices: {}\n")
    assert protected() == [True]
    harness.apply(PROTECTED.replace("true", "false"))
    assert protected() == [False]


def test_everything_below_a_service_moves_with_it(harness: Harness) -> None:
    text = """
        version: 1
        services:
          support:
            friendly_name: Desk
            configuration: {default_conversation_role: agent}
            roles:
              agent: {friendly_name: Agent, type: conversation, permissions: [sendMessage]}
        """
    harness.apply(text)
    before = {each.sid: each for each in harness.ledger.entries} if harness.ledger else {}
    moved = text.replace("support:", "help:").replace("agent", "clerk")
    assert plan_lines(harness.plan(moved)) == ["move services/help", "move services/help/roles/clerk"]
    harness.apply()
    assert harness.writes == []
    assert harness.ledger
    assert {each.sid: each.id for each in harness.ledger.entries} == {sid: each.id for sid, each in before.items()}
    assert plan_lines(harness.plan()) == []


def test_an_orphan_is_listed_and_left_alone(harness: Harness) -> None:
    harness.apply(AGENT)
    role = harness.path("/Services/support/Roles/agent").rpartition("/")[2]
    plan = harness.plan("version: 1\nservices: {support: {roles: {}}}\n")
    assert change_lines(plan) == []
    assert left_alone_lines(plan) == [f"orphaned services/support/roles/agent {role}"]
    harness.apply()
    assert harness.writes == []
    assert left_alone_lines(harness.plan()) == [f"orphaned services/support/roles/agent {role}"]


def test_the_hint_quotes_names_as_they_are_written(harness: Harness) -> None:
    harness.apply("version: 1\nservices: {Support: {friendly_name: Help Desk}}\n")
    with pytest.raises(Refused) as refused:
        harness.apply("version: 1\nservices: {Support: {friendly_name: Desk}}\n")
    assert refused.value.hint == "Instead: keep `friendly_name: Help Desk`."
    assert "v1 cannot rename a service" in refused.value.happened
    assert harness.writes == []


TWO_SERVICES = """
version: 1
services:
  a: {friendly_name: A, roles: {x: {type: conversation, permissions: [sendMessage]}}}
  b: {friendly_name: B, webhooks: {method: POST}}
"""


def test_services_that_swapped_keys_are_refused_and_nothing_is_written(harness: Harness) -> None:
    harness.apply(TWO_SERVICES)
    swapped = TWO_SERVICES.replace("  a:", "  z:").replace("  b:", "  a:").replace("  z:", "  b:")
    assert [guardrail.rule for guardrail in harness.plan(swapped).guardrails] == ["rename", "rename"]
    with pytest.raises(Refused):
        harness.apply()
    assert harness.writes == []


def test_a_service_of_the_same_name_does_not_silently_replace_a_vanished_one(harness: Harness) -> None:
    harness.apply(TWO_SERVICES)
    harness.client.delete(harness.path("/Services/B"))
    harness.client.post("/Services", {"FriendlyName": "B"})
    plan = harness.plan()
    assert [guardrail.rule for guardrail in plan.guardrails] == ["recreate"]
    assert "has its name now" in plan.guardrails[0].text


class Dated(InterceptingTransport):
    """Tells other times at which roles and services were created."""

    def __init__(self, harness: Harness, created: dict[str, str]) -> None:
        super().__init__(harness.emulator)
        self.created = created

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        section = request.url.path.rpartition("/")[2].lower()
        if request.method != "GET" or section not in ("roles", "services"):
            return response
        body = json.loads(await response.aread())
        dated = [
            {**each, "date_created": self.created.get(each["sid"], each["date_created"])} for each in body[section]
        ]
        return json_response(request, 200, {**body, section: dated})


class Vague(InterceptingTransport):
    """Tells the type of a role in a word that we do not know, or not at all."""

    def __init__(self, harness: Harness, word: str | None) -> None:
        super().__init__(harness.emulator)
        self.word = word

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.method != "GET" or not request.url.path.endswith("/Roles"):
            return response
        body = json.loads(await response.aread())
        return json_response(request, 200, {**body, "roles": [{**role, "type": self.word} for role in body["roles"]]})


@pytest.mark.parametrize("word", [None, "galactic"])
def test_an_unknown_type_creates_no_second_role(harness: Harness, word: str | None) -> None:
    harness.apply(TWO_SERVICES)
    harness.transport = Vague(harness, word)
    assert harness.plan().empty
