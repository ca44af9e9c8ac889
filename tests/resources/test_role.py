"""Permissions told by what to add and what to remove: every other one is left alone."""

import httpx
import pytest

from tests.harness import Harness, InterceptingTransport, change_lines, plan_lines

ADMIN = "services/support/roles/channel admin"


def admin(permissions: str, name: str = "channel admin") -> str:
    return f"""version: 1
services:
  support:
    roles:
      {name}: {{type: conversation, permissions: {permissions}}}
"""


def permissions(harness: Harness, name: str = "channel admin") -> set[str]:
    return set(harness.live(f"/Services/support/Roles/{name}")["permissions"])


def test_a_built_in_role_keeps_everything_else(harness: Harness) -> None:
    harness.apply("version: 1\nservices: {support: {}}\n")
    before = permissions(harness)
    text = admin("{add: [editOwnMessage], remove: [deleteAnyMessage]}")
    assert change_lines(harness.plan(text)) == [f"adopt+update {ADMIN} permissions:+editOwnMessage-deleteAnyMessage"]
    harness.apply()
    assert permissions(harness) == (before | {"editOwnMessage"}) - {"deleteAnyMessage"}
    assert plan_lines(harness.plan()) == []


def test_an_edit_reaches_a_built_in_role_of_a_service_that_is_only_being_made(harness: Harness) -> None:
    harness.apply(admin("{remove: [deleteAnyMessage]}"))
    assert "deleteAnyMessage" not in permissions(harness)
    assert len(permissions(harness)) > 5
    assert plan_lines(harness.plan()) == []


def test_what_another_hand_adds_is_left_alone_and_what_it_takes_is_put_back(harness: Harness) -> None:
    harness.apply(admin("{add: [editOwnMessage]}"))
    path = harness.path("/Services/support/Roles/channel admin")
    harness.client.post(path, {"Permission": ["editOwnMessage", "sendMessage", "joinConversation"][:2]})
    assert plan_lines(harness.plan()) == []
    harness.client.post(path, {"Permission": ["sendMessage"]})
    assert plan_lines(harness.plan()) == [f"update {ADMIN} permissions:+editOwnMessage"]


def test_a_new_role_has_what_is_added(harness: Harness) -> None:
    harness.apply(admin("{add: [sendMessage], remove: [leaveConversation]}", "agent"))
    assert permissions(harness, "agent") == {"sendMessage"}
    assert plan_lines(harness.plan()) == []


@pytest.mark.parametrize("made_before", [False, True])
def test_an_edit_that_would_leave_nothing_is_refused(harness: Harness, *, made_before: bool) -> None:
    if made_before:
        harness.apply(admin("[sendMessage]", "agent"))
    plan = harness.plan(admin("{remove: [sendMessage]}", "agent"))
    assert plan_lines(plan)[-1] == "! edit services/support/roles/agent"


def test_an_edit_that_is_ignored_is_no_reason_to_refuse(harness: Harness) -> None:
    harness.apply(admin("[sendMessage]", "agent"))
    text = admin("{remove: [sendMessage]}, lifecycle: {ignore: [permissions]}", "agent")
    assert plan_lines(harness.plan(text)) == []


class Adding(InterceptingTransport):
    """Adds a permission by another hand, right before ours are read for the last time."""

    def __init__(self, harness: Harness) -> None:
        super().__init__(harness.emulator)
        self.path = harness.path("/Services/support/Roles/channel admin")
        self.client = harness.client
        self.added = False

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if not self.added and request.method == "GET" and request.url.path.endswith(self.path):
            self.added = True
            live = self.client.get(self.path).body["permissions"]
            self.client.post(self.path, {"Permission": [*live, "editOwnMessageAttributes"]})
        return None


def test_what_another_hand_adds_between_plan_and_apply_is_left_alone(harness: Harness) -> None:
    harness.apply("version: 1\nservices: {support: {}}\n")
    harness.transport = Adding(harness)
    harness.apply(admin("{add: [editOwnMessage]}"))
    assert {"editOwnMessage", "editOwnMessageAttributes"} <= permissions(harness)
