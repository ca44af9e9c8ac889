"""References to the roles that every service has, without a declaration."""

import pytest

from tests.harness import Harness, change_lines, left_alone_lines, plan_lines

CONFIGURATION = "services/support/configuration"


def desk(role: str = "channel admin", more: str = "") -> str:
    """A service whose default conversation role is a built-in one."""
    return f"version: 1\nservices:\n  support:\n    configuration: {{default_conversation_role: {role}}}\n{more}"


PEOPLE = """\
    users: {alice: {role: service admin}}
    conversations: {lounge: {participants: {first: {identity: alice, role: channel admin}}}}
"""
EMPTY = "version: 1\nservices: {support: {}}\n"


def role_sid(harness: Harness, name: str) -> str:
    return str(harness.live(f"/Services/support/Roles/{name}")["sid"])


@pytest.mark.parametrize("exists", [False, True])
def test_a_built_in_role_is_found_in_a_new_service_and_in_an_old_one(harness: Harness, *, exists: bool) -> None:
    if exists:
        harness.apply(EMPTY)
    harness.apply(desk(more=PEOPLE))
    live = harness.live("/Services/support/Configuration")
    assert live["default_conversation_creator_role_sid"] != live["default_chat_service_role_sid"]
    assert live["default_conversation_role_sid"] == role_sid(harness, "channel admin")
    assert harness.live("/Services/support/Users/alice")["role_sid"] == role_sid(harness, "service admin")
    plan = harness.plan()
    assert (plan_lines(plan), left_alone_lines(plan)) == ([], [])
    ledger = harness.ledger
    assert ledger is not None
    assert not [each for each in ledger.entries if "roles" in each.address]


def test_only_the_reference_is_a_change(harness: Harness) -> None:
    harness.apply(EMPTY)
    (line,) = change_lines(harness.plan(desk()))
    assert line.startswith(f"update {CONFIGURATION} default_conversation_role:")
    assert line.endswith("->services/support/roles/channel admin")


def test_roles_are_read_only_if_something_refers_to_one(harness: Harness) -> None:
    harness.apply(EMPTY)
    harness.plan(EMPTY)
    assert not [each for each in harness.emulator.log if "Roles" in each.path]


def test_another_role_is_not_shown_because_of_the_reference(harness: Harness) -> None:
    harness.apply(desk())
    harness.client.post(
        harness.path("/Services/support/Roles"),
        {"FriendlyName": "mine", "Type": "conversation", "Permission": ["sendMessage"]},
    )
    assert left_alone_lines(harness.plan()) == []


def test_a_change_outside_is_put_back(harness: Harness) -> None:
    harness.apply(desk())
    harness.client.post(
        harness.path("/Services/support/Configuration"),
        {"DefaultConversationRoleSid": role_sid(harness, "channel user")},
    )
    (line,) = change_lines(harness.plan())
    assert line.startswith(f"update {CONFIGURATION} default_conversation_role:")


def test_a_built_in_role_that_is_gone_blocks_and_names_the_reference(harness: Harness) -> None:
    harness.apply(EMPTY)
    harness.client.delete(harness.path("/Services/support/Roles/service admin"))
    plan = harness.plan("version: 1\nservices: {support: {users: {alice: {role: service admin}}}}\n")
    (guardrail,) = plan.guardrails
    assert guardrail.text == "the service has no role named 'service admin' any more, and this refers to it"
    assert str(guardrail.source) == "confsync.yaml:2:44"


def test_a_role_that_was_declared_and_still_is_referred_to_is_orphaned(harness: Harness) -> None:
    harness.apply(desk(more="    roles: {channel admin: {type: conversation, permissions: {add: [sendMessage]}}}\n"))
    sid = role_sid(harness, "channel admin")
    plan = harness.plan(desk())
    assert change_lines(plan) == []
    assert left_alone_lines(plan) == [f"orphaned services/support/roles/channel admin {sid}"]


def test_a_declaration_takes_precedence(harness: Harness) -> None:
    declared = "    roles: {channel admin: {type: conversation, permissions: [sendMessage]}}\n"
    harness.apply(desk(more=declared))
    assert harness.live("/Services/support/Roles/channel admin")["permissions"] == ["sendMessage"]
    assert plan_lines(harness.plan()) == []


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        (desk("service admin"), "confsync.yaml:4:48 CS2008 role 'service admin' has type 'service'"),
        (desk("chanel admin"), "confsync.yaml:4:48 CS2007 no role 'chanel admin' is declared in services/support"),
        (
            desk(
                more="    roles: {b: {friendly_name: channel admin, type: conversation, permissions: [sendMessage]}}\n"
            ),
            "confsync.yaml:4:48 CS2007 no role 'channel admin' is declared in services/support",
        ),
        (
            desk(more="    roles: {channel admin: {lifecycle: {absent: true}}}\n"),
            "confsync.yaml:4:48 CS2013 role 'channel admin' must not exist, but is needed here",
        ),
    ],
)
def test_a_reference_that_cannot_work_is_an_error(harness: Harness, text: str, reported: str) -> None:
    assert harness.mistakes(text) == [reported]


def test_what_is_not_declared_is_not_counted(harness: Harness) -> None:
    config = harness.config(desk())
    assert [str(each) for each in config.declared] == ["services/support", CONFIGURATION]
    assert config.digest == harness.config(desk()).digest
