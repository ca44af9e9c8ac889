"""Which live resources a list shows, where, and what it says of each."""

from collections.abc import Callable

import pytest

from confsync.plan.intent import Selection
from tests.harness import Harness

DESK = """
version: 1
credentials:
  push: {type: fcm, secret: "${{ env.PUSH_KEY }}"}
services:
  desk:
    roles: {agent: {type: conversation, permissions: [sendMessage]}}
    users: {alice: {}}
"""
BUILT_IN = ("channel admin", "channel user", "service admin", "service user")


def listed(harness: Harness, *targets: str, kinds: tuple[str, ...] = (), excludes: tuple[str, ...] = ()) -> list[str]:
    """Show the state and the address of each resource, without singletons."""
    account = harness.account()
    harness.emulator.log.clear()
    found = account.list_resources(Selection(targets=targets, kinds=kinds, excludes=excludes))
    assert {each.method for each in harness.emulator.log} == {"GET"}
    return [f"{each.state} {each.address}" for each in found if each.found.sid]


ROLE = {"Type": "conversation", "Permission": "sendMessage"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda text: text, "managed services/desk/roles/agent"),
        (lambda text: text.replace("{agent: {type: conversation, permissions: [sendMessage]}}", "{}"), "orphaned"),
        (lambda text: text.replace("agent: {", "intern: {"), "to adopt services/desk/roles/intern"),
        (
            lambda text: text.replace("{agent:", "{intern: {lifecycle: {absent: true}}, agent:"),
            "unmanaged services/desk/roles/intern",
        ),
    ],
)
def test_the_configuration_and_the_ledger_decide_the_state(
    harness: Harness, change: Callable[[str], str], expected: str
) -> None:
    harness.apply(DESK)
    harness.client.made(harness.path("/Services/desk/Roles"), ROLE | {"FriendlyName": "intern"})
    harness.write(change(DESK))
    assert any(each.startswith(expected) for each in listed(harness, "services/desk/roles"))


def test_a_list_reads_each_collection_once(harness: Harness) -> None:
    harness.apply(DESK)
    listed(harness)
    asked = [str(each) for each in harness.emulator.log]
    assert len(asked) == len(set(asked))


def test_declared_users_are_listed_and_all_users_only_if_they_are_named(harness: Harness) -> None:
    harness.apply(DESK)
    harness.client.made(harness.path("/Services/desk/Users"), {"Identity": "bob"})
    everyone = ["managed services/desk/users/alice", "unmanaged services/desk/users/bob"]
    assert [each for each in listed(harness) if "users" in each] == everyone[:1]
    assert [each for each in listed(harness, "**") if "users" in each] == everyone[:1]
    assert listed(harness, kinds=("users",)) == everyone
    assert listed(harness, "services/*/users") == everyone
    assert listed(harness, "services/desk/users/b*") == everyone[1:]


def test_what_is_in_a_named_conversation_is_listed_too(harness: Harness) -> None:
    harness.apply("version: 1\n")
    service = harness.client.made("/Services", {"FriendlyName": "desk"})
    lounge = harness.client.made(f"/Services/{service}/Conversations", {"UniqueName": "lounge"})
    harness.client.made(f"/Services/{service}/Conversations/{lounge}/Participants", {"Identity": "alice"})
    found = listed(harness, "services/desk/conversations/lounge")
    assert [each.rpartition("/")[0] for each in found] == [
        "unmanaged services/desk/conversations",
        "unmanaged services/desk/conversations/lounge/participants",
    ]


def test_a_list_reads_only_what_it_may_show(harness: Harness) -> None:
    harness.apply("version: 1\n")
    harness.client.made("/Services", {"FriendlyName": "desk"})
    assert [each for each in listed(harness, "services/desk") if "roles" in each] == [
        f"unmanaged services/desk/roles/{name}" for name in BUILT_IN
    ]
    assert [each for each in harness.emulator.log if each.path.endswith("Addresses")] == []
    assert listed(harness, excludes=("services",)) == []
    assert listed(harness, kinds=("credentials",)) == []
    assert len(harness.emulator.log) == len(("the account", "the credentials"))


def test_two_resources_of_one_name_have_two_addresses(harness: Harness) -> None:
    harness.apply("version: 1\n")
    sids = sorted(harness.client.made("/Services", {"FriendlyName": "desk"}) for _ in range(2))
    found = listed(harness, kinds=("services",), excludes=("services/Default*",))
    assert sorted(found) == sorted(("unmanaged services/desk", f"unmanaged services/{sids[1]}"))


def test_services_are_listed_beyond_one_page(harness: Harness) -> None:
    harness.apply("version: 1\n")
    for number in range(120):
        harness.client.made("/Services", {"FriendlyName": f"s{number}"})
    assert len(listed(harness, kinds=("services",))) == 121
