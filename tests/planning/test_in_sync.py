"""A resource that is in sync is planned without a detailed comparison, with the same result."""

import pytest

from confsync.plan.change import Change
from confsync.planning.planner import Planner
from tests.harness import Harness

SUPPORT = """
version: 1
account: {webhooks: {method: POST}}
credentials: {push: {type: fcm, secret: "${{ env.PUSH_KEY }}"}}
services:
  support:
    configuration: {default_conversation_role: agent, reachability_enabled: true}
    notifications: {new_message: {enabled: true, template: hello}, log_enabled: true}
    webhooks: {post_webhook_url: https://hooks.example.com/secret, filters: [onMessageAdded]}
    roles:
      agent: {type: conversation, permissions: [sendMessage, leaveConversation]}
      lead: {type: service, permissions: {add: [createConversation], remove: [joinConversation]}}
    users: {alice: {friendly_name: Alice, role: lead}}
    conversations:
      closed: {state: closed}
      open: {friendly_name: Open, participants: {alice: {identity: alice}}}
"""
ADOPTED = "version: 1\nservices: {a: {roles: {agent: {type: conversation, permissions: [sendMessage]}}}}\n"


def compared(harness: Harness) -> list[tuple[Change, Change]]:
    """Return each planned change of a live resource, next to the one that a detailed comparison finds."""
    plan = harness.plan()
    planner = Planner(plan.config, plan.snapshot, plan.fingerprinter)
    matched = [(each, each.match) for each in plan.changes if each.match]
    return [(each, planner.plan_in_detail(each.desired, match, each.before)) for each, match in matched]


def test_a_resource_in_sync_is_planned_as_a_detailed_comparison_would(harness: Harness) -> None:
    harness.apply(SUPPORT)
    pairs = compared(harness)
    assert len(pairs) == len(harness.plan().config.declared)
    assert [planned for planned, _ in pairs] == [detailed for _, detailed in pairs]
    assert not any(planned.actions for planned, _ in pairs)


def test_an_adoption_in_sync_is_planned_as_a_detailed_comparison_would(harness: Harness) -> None:
    harness.apply(ADOPTED)
    harness.ledger_path.unlink()
    pairs = compared(harness)
    assert [planned for planned, _ in pairs] == [detailed for _, detailed in pairs]
    assert [[str(action) for action in planned.actions] for planned, _ in pairs] == [["adopt"], ["adopt"]]


@pytest.mark.parametrize(
    ("written", "changed"),
    [
        ("template: hello", "template: good bye"),
        ("sendMessage, leaveConversation", "sendMessage"),
        ("reachability_enabled: true", "reachability_enabled: false"),
        ("log_enabled: true", "log_enabled: false"),
        ("com/secret", "com/other"),
    ],
)
def test_a_single_difference_is_found(written: str, changed: str, harness: Harness) -> None:
    harness.apply(SUPPORT)
    harness.write(SUPPORT.replace(written, changed))
    assert sum(bool(each.actions) for each in harness.plan().changes) == 1
