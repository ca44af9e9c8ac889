"""What each guardrail says: what it blocks, where that is declared, and how to allow it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from confsync.names import Address, Sid
from confsync.plan.intent import Intent, Overrides
from confsync.plan.plan import Guardrail
from confsync.state.ledger import PendingReplace
from confsync.state.ledger_file import write_ledger
from tests.harness import Harness
from tests.planning import shared_account

Scenario = Callable[[Harness], str]
"""Prepares an account and a ledger, and returns the configuration that a guardrail blocks."""

A_ROLE = "type: conversation, permissions: [sendMessage]"


def desk(*roles: str, more: str = "", below: str = "") -> str:
    """Declare a service with roles, each on a line of its own."""
    lines = "".join(f"      {each}\n" for each in roles)
    return f"version: 1\nservices:\n  desk:\n{below}    roles:\n{lines or '      {}'}\n{more}"


def agent(name: str = "agent", more: str = "") -> str:
    return f"{name}: {{{A_ROLE}{more}}}"


def made_desk(harness: Harness) -> str:
    """Create the service by hand."""
    return harness.client.made("/Services", {"FriendlyName": "desk"})


def made_role(harness: Harness, name: str = "agent", type_: str = "conversation") -> str:
    """Create a role by hand, in the service that exists."""
    permission = "sendMessage" if type_ == "conversation" else "joinConversation"
    fields = {"FriendlyName": name, "Type": type_, "Permission": permission}
    return harness.client.made(harness.path("/Services/desk/Roles"), fields)


def two_live_ones(harness: Harness) -> str:
    made_desk(harness)
    made_role(harness)
    made_role(harness)
    return desk(agent())


def two_live_ones_of_which_one_is_owned(harness: Harness) -> str:
    harness.apply(desk(agent()))
    made_role(harness)
    return desk("other: {type: conversation, friendly_name: agent, lifecycle: {lookup: true}}")


def one_that_must_be_absent_of_the_name_of_one_that_is_owned(harness: Harness) -> str:
    harness.apply(desk(agent()))
    made_role(harness)
    return desk("other: {friendly_name: agent, lifecycle: {absent: true}}")


ROOM = "version: 1\nservices: {desk: {conversations: {lounge: {unique_name: %s}}}}\n"


def a_key_that_another_one_has(harness: Harness) -> str:
    harness.apply(ROOM % "lounge")
    harness.client.post(harness.path("/Services/desk/Conversations"), {"UniqueName": "hall"})
    return ROOM % "hall"


def an_adoption_of_nothing(harness: Harness) -> str:
    made_desk(harness)
    return f"version: 1\nservices: {{desk: {{}}}}\nadopt: {{services/desk: IS{'0' * 32}}}\n"


def an_adoption_of_another_type(harness: Harness) -> str:
    made_desk(harness)
    sid = made_role(harness, type_="service")
    return desk(agent(), more=f"adopt: {{services/desk/roles/agent: {sid}}}\n")


def a_lookup_of_nothing(_: Harness) -> str:
    return "version: 1\nservices: {desk: {lifecycle: {lookup: true}}}\n"


def a_lookup_of_an_address_that_is_a_label(harness: Harness) -> str:
    made_desk(harness)
    return (
        "version: 1\nservices: {desk: {conversations: {lounge: {participants: "
        "{ann: {identity: ann@example.com, lifecycle: {lookup: true}}}}}}}\n"
    )


def another_name_of_a_service(harness: Harness) -> str:
    harness.apply("version: 1\nservices: {desk: {friendly_name: Desk}}\n")
    return "version: 1\nservices: {desk: {friendly_name: Help Desk}}\n"


def a_service_that_is_gone(harness: Harness) -> str:
    harness.apply(desk(agent()))
    harness.client.delete(harness.path("/Services/desk"))
    return desk(agent())


def a_service_that_is_gone_and_made_again(harness: Harness) -> str:
    text = a_service_that_is_gone(harness)
    made_desk(harness)
    return text


HOTLINE = 'version: 1\naccount: {addresses: {"+15551230000": {type: %s}}}\n'


def a_replacement_of_something_adopted(harness: Harness) -> str:
    harness.client.made("/Configuration/Addresses", {"Type": "sms", "Address": "+15551230000"})
    harness.apply(HOTLINE % "sms")
    return HOTLINE % "rcs"


def a_replacement_of_something_unowned(harness: Harness) -> str:
    harness.client.made("/Configuration/Addresses", {"Type": "sms", "Address": "+15551230000"})
    return HOTLINE % "rcs"


def a_create_that_would_lose_values(harness: Harness) -> str:
    harness.apply("version: 1\nservices: {desk: {}}\n")
    assert harness.ledger
    deleted = PendingReplace(
        address=Address.parse("account/addresses/+15551230000"),
        sid=Sid("IG" + "1" * 32),
        fields=("friendly_name", "auto_creation.webhook_url", "unknown", "auto_creation.type"),
    )
    write_ledger(harness.ledger_path, replace(harness.ledger, pending_replaces=(deleted,)))
    return (HOTLINE % "sms").replace("sms", "sms, friendly_name: Hotline")


def a_loss_that_is_allowed(harness: Harness) -> str:
    allowed = frozenset({Address.parse("account/addresses/+15551230000")})
    text = a_create_that_would_lose_values(harness)
    harness.intent = Intent(overrides=Overrides(allow_loss=allowed))
    return text


def one_update_too_many(harness: Harness) -> str:
    harness.apply(desk(agent()))
    return desk(agent().replace("sendMessage", "leaveConversation"), more="guardrails: {max_updates: 0}\n")


def two_updates_too_many(harness: Harness) -> str:
    both = desk(agent(), agent("clerk"))
    harness.apply(both)
    return both.replace("sendMessage", "leaveConversation") + "guardrails: {max_updates: 1}\n"


def an_edit_that_leaves_nothing(harness: Harness) -> str:
    harness.apply(desk(agent()))
    return desk(agent().replace("[sendMessage]", "{remove: [sendMessage]}"))


def hooks(*names: str) -> str:
    one = "{target: webhook, configuration: {url: 'https://example.com/x', filters: [onMessageAdded]}}"
    written = ", ".join(f"{name}: {one.replace('/x', f'/{name}')}" for name in names)
    return f"version: 1\nservices: {{desk: {{conversations: {{lounge: {{webhooks: {{{written}}}}}}}}}}}\n"


def no_room_for_two_webhooks(harness: Harness) -> str:
    harness.apply(hooks("a"))
    fields = {"Target": "webhook", "Configuration.Filters": "onMessageAdded"}
    for number in range(3):
        home = harness.path("/Services/desk/Conversations/lounge/Webhooks")
        harness.client.made(home, {**fields, "Configuration.Url": f"https://example.com/{number}"})
    return hooks("a", "b", "c")


def a_notification_level_without_a_participant(_: Harness) -> str:
    return (
        "version: 1\nservices: {desk: {users: {ann: {notification_levels: {lounge: muted}}}, "
        "conversations: {lounge: {}}}}\n"
    )


def an_absence_of_something_unowned(harness: Harness) -> str:
    made_desk(harness)
    made_role(harness)
    return desk("agent: {type: conversation, lifecycle: {absent: true}}")


def a_deletion_of_a_service(harness: Harness) -> str:
    harness.apply("version: 1\nservices: {desk: {}}\n")
    return "version: 1\nservices: {desk: {lifecycle: {absent: true}}}\n"


PRUNED = "    lifecycle: {prune: [roles]}\n"


def a_deletion_of_many(harness: Harness) -> str:
    harness.apply(desk(*(agent(f"agent{number}") for number in range(8)), below=PRUNED))
    return desk(agent("agent0"), agent("agent1"), below=PRUNED)


def protected(*names: str) -> str:
    return desk(*(agent(name, ", lifecycle: {protect: true}") for name in names))


ABSENT = "version: 1\nservices: {desk: {lifecycle: {absent: true}}}\n"


def a_deletion_of_something_protected(harness: Harness) -> str:
    harness.apply(protected("agent"))
    return desk("agent: {type: conversation, lifecycle: {absent: true}}")


def a_deletion_of_what_contains_something_protected(harness: Harness) -> str:
    harness.apply(protected("agent"))
    return ABSENT


def a_deletion_of_what_contains_several_protected(harness: Harness) -> str:
    harness.apply(protected("agent", "clerk"))
    return ABSENT


def a_deletion_of_something_protected_that_contains_another(harness: Harness) -> str:
    harness.apply(protected("agent").replace("  desk:\n", "  desk:\n    lifecycle: {protect: true}\n"))
    return ABSENT


def a_deletion_of_something_protected_that_contains_several(harness: Harness) -> str:
    harness.apply(protected("agent", "clerk").replace("  desk:\n", "  desk:\n    lifecycle: {protect: true}\n"))
    return ABSENT


def forgetting_something_protected(harness: Harness) -> str:
    harness.apply(protected("agent"))
    return desk(more="forget: [services/desk/roles/agent]\n")


def looking_up_something_protected(harness: Harness) -> str:
    harness.apply(protected("agent"))
    return desk("agent: {type: conversation, lifecycle: {lookup: true}}")


def adopting_something_protected_elsewhere(harness: Harness) -> str:
    harness.apply(protected("agent"))
    sid = harness.path("/Services/desk/Roles/agent").rpartition("/")[2]
    return desk(
        agent("clerk", ", friendly_name: agent"),
        more=f"adopt: {{services/desk/roles/clerk: {sid}}}\n",
    )


def a_key_that_is_free(harness: Harness) -> str:
    harness.apply(ROOM % "lounge")
    harness.client.post(harness.path("/Services/desk/Conversations"), {"UniqueName": "hall"})
    return ROOM % "roof"


MEMBER = "version: 1\nservices: {desk: {conversations: {lounge: {participants: {ann: {%s}}}}}}\n"
BINDING = "messaging_binding: {address: '+1555123000%s', proxy_address: '+15551230000'}"


def a_key_of_two_fields_that_another_one_has(harness: Harness) -> str:
    harness.apply(MEMBER % (BINDING % 1))
    fields = {"MessagingBinding.Address": "+15551230002", "MessagingBinding.ProxyAddress": "+15551230000"}
    harness.client.made(harness.path("/Services/desk/Conversations/lounge/Participants"), fields)
    return MEMBER % (BINDING % 2)


def a_lookup_of_a_key_of_two_fields(harness: Harness) -> str:
    harness.apply(MEMBER % "identity: ann")
    return MEMBER % f"{BINDING % 1}, lifecycle: {{lookup: true}}"


def adoptions_of_nothing_and_of_another_name_and_type(harness: Harness) -> str:
    made_desk(harness)
    sid = made_role(harness, "other", "service")
    lines = f"services/desk/roles/aide: RL{'0' * 32}, services/desk/roles/agent: {sid}"
    return desk(agent(), agent("aide"), more=f"adopt: {{{lines}}}\n")


def an_adoption_in_a_service_that_does_not_exist(harness: Harness) -> str:
    del harness
    return desk(agent(), more=f"adopt: {{services/desk/roles/agent: RL{'0' * 32}}}\n")


def an_adoption_of_another_type_that_must_be_absent(harness: Harness) -> str:
    made_desk(harness)
    sid = made_role(harness, type_="service")
    absent = "agent: {type: conversation, lifecycle: {absent: true}}"
    return desk(absent, more=f"adopt: {{services/desk/roles/agent: {sid}}}\n")


def an_adoption_that_is_done(harness: Harness) -> str:
    made_desk(harness)
    text = desk(agent(), more=f"adopt: {{services/desk/roles/agent: {made_role(harness)}}}\n")
    harness.apply(text)
    return text


def a_lookup_in_one_of_two_live_ones(harness: Harness) -> str:
    made_desk(harness)
    made_desk(harness)
    return desk("agent: {type: conversation, lifecycle: {lookup: true}}")


def a_lookup_of_what_comes_with_a_new_service(_: Harness) -> str:
    return desk("channel user: {type: conversation, lifecycle: {lookup: true}}")


LEVELS = (
    "version: 1\nservices: {desk: {users: {ann: {notification_levels: {lounge: muted}}}, "
    "conversations: {lounge: {participants: {%s}}}}}\n"
)


def a_notification_level_whose_participant_becomes_another(harness: Harness) -> str:
    harness.apply(LEVELS % "member: {identity: ann}, other: {identity: cid}")
    return LEVELS % "other: {identity: cid}, member: {identity: bob}"


def a_notification_level_whose_participant_is_no_longer_declared(harness: Harness) -> str:
    harness.apply(LEVELS % "member: {identity: ann}, other: {identity: cid}")
    return LEVELS % "other: {identity: dan}"


def a_notification_level_of_a_conversation_that_declares_no_participants(harness: Harness) -> str:
    harness.apply(LEVELS % "member: {identity: ann}")
    return LEVELS.replace("{participants: {%s}}", "{}")


def a_role_that_gets_another_name(harness: Harness) -> str:
    harness.apply(desk(agent()))
    return desk(agent("agent", ", friendly_name: other"))


def a_service_whose_name_is_ignored(harness: Harness) -> str:
    text = "version: 1\nservices: {desk: {friendly_name: Desk, lifecycle: {ignore: [friendly_name]}}}\n"
    harness.apply(text)
    return text.replace("Desk", "Help")


def a_service_of_another_name_that_must_be_absent(harness: Harness) -> str:
    harness.apply("version: 1\nservices: {desk: {friendly_name: Desk}}\n")
    return "version: 1\nservices: {desk: {friendly_name: Help, lifecycle: {absent: true}}}\n"


def a_service_that_is_gone_and_must_be_absent(harness: Harness) -> str:
    a_service_that_is_gone(harness)
    return ABSENT


def a_role_that_is_gone(harness: Harness) -> str:
    harness.apply(desk(agent(), agent("clerk")))
    harness.client.delete(harness.path("/Services/desk/Roles/agent"))
    return desk(agent(), agent("clerk"))


def a_replacement_of_something_created(harness: Harness) -> str:
    harness.apply(HOTLINE % "sms")
    return HOTLINE % "rcs"


def as_many_updates_as_there_may_be(harness: Harness) -> str:
    harness.apply(desk(agent()))
    return desk(agent().replace("sendMessage", "leaveConversation"), more="guardrails: {max_updates: 1}\n")


def an_edit_of_something_new_that_leaves_nothing(_: Harness) -> str:
    return desk(agent().replace("[sendMessage]", "{remove: [sendMessage]}"))


def an_edit_that_leaves_something(harness: Harness) -> str:
    harness.apply(desk(agent().replace("[sendMessage]", "[sendMessage, leaveConversation]"), agent("clerk")))
    return desk(
        agent().replace("[sendMessage]", "{remove: [sendMessage]}"),
        agent("clerk").replace("[sendMessage]", "{remove: [sendMessage]}"),
    )


def an_edit_that_is_ignored(harness: Harness) -> str:
    harness.apply(desk(agent()))
    return desk(
        agent("agent", ", lifecycle: {ignore: [permissions]}").replace("[sendMessage]", "{remove: [sendMessage]}")
    )


def room_for_one_more_webhook(harness: Harness) -> str:
    no_room_for_two_webhooks(harness)
    return hooks("a", "b")


def room_after_one_webhook_is_deleted(harness: Harness) -> str:
    no_room_for_two_webhooks(harness)
    return hooks("a", "b", "c").replace("a: {", "a: {lifecycle: {absent: true}, ")


def another_name_of_the_second_service(harness: Harness) -> str:
    text = "version: 1\nservices: {desk: {friendly_name: Desk, lifecycle: {ignore: [friendly_name]}}, shop: {}}\n"
    harness.apply(text)
    return text.replace("Desk", "Help").replace("shop: {}", "shop: {friendly_name: Mall}")


def a_replacement_of_the_second_address(harness: Harness) -> str:
    addresses = '{"+15551220000": {type: sms}, "+15551230000": {type: %s}}'
    text = f"version: 1\nservices: {{desk: {{}}}}\naccount: {{addresses: {addresses}}}\n"
    for phone in ("+15551220000", "+15551230000"):
        harness.client.made("/Configuration/Addresses", {"Type": "sms", "Address": phone})
    harness.apply(text % "sms")
    return text % "rcs"


def a_notification_level_after_one_that_stays(harness: Harness) -> str:
    harness.apply(LEVELS % "member: {identity: ann}")
    more = LEVELS.replace("lounge: muted", "lounge: muted, roof: muted").replace("{lounge: {p", "{roof: {}, lounge: {p")
    return more % "other: {identity: dan}"


def a_replacement_because_of_two_fields(harness: Harness) -> str:
    harness.apply("version: 1\nservices: {desk: {conversations: {lounge: {}}}}\n")
    fields = {"MessagingBinding.Address": "+15551230001", "MessagingBinding.ProxyAddress": "+15551230000"}
    harness.client.made(harness.path("/Services/desk/Conversations/lounge/Participants"), fields)
    harness.apply(MEMBER % (BINDING % 1))
    return MEMBER % (BINDING % 2).replace("+15551230000", "+15551230009")


def an_empty_set_that_is_no_edit(harness: Harness) -> str:
    text = "version: 1\nservices: {desk: {webhooks: {method: POST, filters: [%s]}}}\n"
    harness.apply(text % "onMessageAdded")
    return text % ""


SCENARIOS: tuple[Scenario, ...] = (
    *shared_account.SCENARIOS,
    a_replacement_because_of_two_fields,
    an_empty_set_that_is_no_edit,
    another_name_of_the_second_service,
    a_replacement_of_the_second_address,
    a_notification_level_after_one_that_stays,
    a_key_that_is_free,
    a_key_of_two_fields_that_another_one_has,
    a_lookup_of_a_key_of_two_fields,
    adoptions_of_nothing_and_of_another_name_and_type,
    an_adoption_in_a_service_that_does_not_exist,
    an_adoption_of_another_type_that_must_be_absent,
    an_adoption_that_is_done,
    a_lookup_in_one_of_two_live_ones,
    a_lookup_of_what_comes_with_a_new_service,
    a_notification_level_whose_participant_becomes_another,
    a_notification_level_whose_participant_is_no_longer_declared,
    a_notification_level_of_a_conversation_that_declares_no_participants,
    a_role_that_gets_another_name,
    a_service_whose_name_is_ignored,
    a_service_of_another_name_that_must_be_absent,
    a_service_that_is_gone_and_must_be_absent,
    a_role_that_is_gone,
    a_create_that_would_lose_values,
    a_loss_that_is_allowed,
    a_replacement_of_something_created,
    as_many_updates_as_there_may_be,
    an_edit_of_something_new_that_leaves_nothing,
    an_edit_that_leaves_something,
    an_edit_that_is_ignored,
    room_for_one_more_webhook,
    room_after_one_webhook_is_deleted,
    two_live_ones,
    two_live_ones_of_which_one_is_owned,
    one_that_must_be_absent_of_the_name_of_one_that_is_owned,
    a_key_that_another_one_has,
    an_adoption_of_nothing,
    an_adoption_of_another_type,
    a_lookup_of_nothing,
    a_lookup_of_an_address_that_is_a_label,
    another_name_of_a_service,
    a_service_that_is_gone,
    a_service_that_is_gone_and_made_again,
    a_replacement_of_something_adopted,
    a_replacement_of_something_unowned,
    one_update_too_many,
    two_updates_too_many,
    an_edit_that_leaves_nothing,
    no_room_for_two_webhooks,
    a_notification_level_without_a_participant,
    an_absence_of_something_unowned,
    a_deletion_of_a_service,
    a_deletion_of_many,
    a_deletion_of_something_protected,
    a_deletion_of_what_contains_something_protected,
    a_deletion_of_what_contains_several_protected,
    a_deletion_of_something_protected_that_contains_another,
    a_deletion_of_something_protected_that_contains_several,
    forgetting_something_protected,
    looking_up_something_protected,
    adopting_something_protected_elsewhere,
)
TEXTS = dict(
    f"{section}\n".split("\n", 1)
    for section in Path(__file__).with_name("guardrail_texts.txt").read_text("utf-8").removeprefix("# ").split("\n\n# ")
)
"""What the guardrails of each scenario say, without SIDs."""


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.__name__)
def test_a_guardrail_says_what_it_blocks_and_how_to_allow_it(scenario: Scenario, harness: Harness) -> None:
    plan = harness.plan(scenario(harness))
    assert "\n".join(map(shown, plan.guardrails)) == TEXTS[scenario.__name__].rstrip("\n")


def shown(guardrail: Guardrail) -> str:
    line = f"line {guardrail.source.line}" if guardrail.source else "no line"
    addresses = " ".join(map(str, guardrail.addresses))
    text = f"{guardrail.rule}, {line}, {addresses}\n{guardrail.text}\n{guardrail.override}"
    return re.sub(r"\b([A-Z]{2})[0-9a-f]{32}\b", r"\1…", text)
