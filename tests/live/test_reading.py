"""How many requests a plan sends."""

from math import ceil

import pytest

from confsync.names import Address
from confsync.plan.intent import Intent, Selection
from tests.harness import Harness, plan_lines

ROLES = "roles: {agent: {type: conversation, permissions: [sendMessage]}}"
ALL = f"configuration: {{}}, notifications: {{log_enabled: true}}, webhooks: {{method: POST}}, {ROLES}"


UNWRITTEN = 1
"""A page of each list at the top, by which a plan counts what nobody manages; the addresses are never written here."""


def reads(services: int, below: int, live: int, live_credentials: int = 0) -> int:
    """The account check, the pages of services and of credentials, and what is declared below each service."""
    pages = max(1, ceil(live / 100)) + max(1, ceil(live_credentials / 100)) + UNWRITTEN
    return 1 + pages + services * below


@pytest.mark.parametrize(
    ("body", "services", "below"),
    [
        ("services: {}", 0, 0),
        ("services: {a: {}}", 1, 0),
        ("services: {a: {configuration: {}}}", 1, 1),
        (f"services: {{a: {{{ROLES}}}}}", 1, 1),
        (f"services: {{a: {{{ALL}}}}}", 1, 4),
        (f"services: {{a: {{{ALL}}}, b: {{{ALL}}}, c: {{{ALL}}}}}", 3, 4),
    ],
)
def test_a_plan_without_changes_reads_each_declared_resource_once(
    harness: Harness, body: str, services: int, below: int
) -> None:
    harness.apply(f"version: 1\n{body}\n")
    plan = harness.plan()
    assert plan_lines(plan) == []
    asked = [str(each) for each in harness.emulator.log]
    assert len(asked) == len(set(asked))
    expected = reads(services, below, live=services + 1)
    assert (len(asked), plan.reads) == (expected, expected)


def test_credentials_are_read_if_any_is_declared(harness: Harness) -> None:
    harness.apply('version: 1\ncredentials: {push: {type: fcm, secret: "${{ env.PUSH_KEY }}"}}\n')
    plan = harness.plan()
    assert next(iter(harness.emulator.log)).path == "/v1/Configuration"
    assert {each.path for each in harness.emulator.log} == {
        *("/v1/Configuration", "/v1/Credentials", "/v1/Services", "/v1/Configuration/Addresses")
    }
    assert plan.reads == reads(0, 0, live=1, live_credentials=1)


def test_a_partial_plan_counts_nothing(harness: Harness) -> None:
    harness.apply("version: 1\nservices: {a: {}}\n")
    harness.intent = Intent(selection=Selection(kinds=("services",)))
    assert harness.plan().reads == 2


@pytest.mark.parametrize(("live", "pages"), [(99, 1), (100, 1), (101, 2), (250, 3)])
def test_services_come_by_the_hundred(harness: Harness, live: int, pages: int) -> None:
    for number in range(live - 1):  # the account's default service is there
        harness.client.made("/Services", {"FriendlyName": f"s{number}"})
    harness.apply("version: 1\nservices: {s0: {configuration: {}}}\n")
    plan = harness.plan()
    assert plan.reads == reads(1, 1, live=live) == 1 + pages + 1 + 2


@pytest.mark.parametrize(("more", "pages"), [(45, 1), (46, 2), (95, 2), (96, 3)])
def test_roles_come_by_fifty(harness: Harness, more: int, pages: int) -> None:
    harness.apply(f"version: 1\nservices: {{a: {{{ROLES}}}}}\n")
    home = harness.path("/Services/a/Roles")
    for number in range(more):
        harness.client.made(home, {"FriendlyName": f"r{number}", "Type": "service", "Permission": "addParticipant"})
    assert ceil((5 + more) / 50) == pages
    assert harness.plan().reads == 2 + pages + 2


def test_a_first_apply_writes_each_resource_once_and_lists_built_in_roles_once_per_service(
    harness: Harness,
) -> None:
    harness.apply("""
        version: 1
        services:
          a:
            configuration: {default_conversation_role: agent, reachability_enabled: true}
            roles:
              agent: {type: conversation, permissions: [sendMessage]}
              channel user: {type: conversation, permissions: [sendMessage]}
              channel admin: {type: conversation, permissions: [sendMessage]}
        """)
    methods = [each.method for each in harness.emulator.log]
    assert methods.count("POST") == 5
    # the account, the services, and the roles of the new service; two lists, to count what nobody manages; the services
    # and the roles again, to read back what was written and to find duplicates; and the singleton, to read it back
    assert methods.count("GET") == 3 + 2 + 2 + 1


def test_resources_share_the_values_that_are_equal(harness: Harness) -> None:
    harness.apply(f"version: 1\nservices: {{a: {{{ROLES}}}, b: {{{ROLES}}}}}\n")
    matches = harness.plan().snapshot.matches
    first, second = (matches[Address.of("services", each, "roles", "agent")].found for each in ("a", "b"))
    assert first.fields["permissions"] is second.fields["permissions"]
    assert first.fields["friendly_name"] is second.fields["friendly_name"]
    assert first.fields == second.fields
