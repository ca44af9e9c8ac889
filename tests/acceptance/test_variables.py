"""Lists and mappings in variables arrive at Twilio like literal ones, and a second plan is empty."""

from tests.harness import Harness, change_lines, plan_lines

TEXT = """version: 1
variables:
  permissions: {default: [sendMessage, leaveConversation]}
  edit: {type: mapping, default: {remove: [deleteConversation]}}
  labels: {default: {team: night, shifts: [1, {from: PT1H, to: null}]}}
  timers: {default: {inactive: P1D, closed: P30D}}
services:
  support:
    roles:
      agent: {type: conversation, permissions: "${{ var.permissions }}"}
      channel admin: {type: conversation, permissions: "${{ var.edit }}"}
    users:
      alice: {attributes: "${{ var.labels }}"}
    conversations:
      lounge: {timers: "${{ var.timers }}", attributes: {of: ["${{ var.labels }}", x]}}
"""


def test_a_second_plan_is_empty_after_lists_and_mappings_are_applied(harness: Harness) -> None:
    harness.apply(TEXT)
    assert set(harness.live("/Services/support/Roles/agent")["permissions"]) == {"sendMessage", "leaveConversation"}
    assert plan_lines(harness.plan()) == []


def test_a_value_from_outside_replaces_the_default_as_a_whole(harness: Harness) -> None:
    harness.apply(TEXT)
    harness.environ["CONFSYNC_VAR_permissions"] = "[sendMessage, editOwnMessage]"
    harness.environ["CONFSYNC_VAR_timers"] = '{"inactive": "P2D"}'
    assert change_lines(harness.plan()) == [
        "update services/support/roles/agent permissions:+editOwnMessage-leaveConversation",
        "update services/support/conversations/lounge",
    ]
