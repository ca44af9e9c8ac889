"""Permissions told by what to add and what to remove: every other one is left alone."""

import httpx
import pytest

from tests.harness import Between, Workshop, changes, told

ADMIN = "services/support/roles/channel admin"


def admin(permissions: str, name: str = "channel admin") -> str:
    return f"""version: 1
services:
  support:
    roles:
      {name}: {{type: conversation, permissions: {permissions}}}
"""


def permissions(workshop: Workshop, name: str = "channel admin") -> set[str]:
    return set(workshop.live(f"/Services/support/Roles/{name}")["permissions"])


def test_a_built_in_role_keeps_everything_else(workshop: Workshop) -> None:
    workshop.apply("version: 1\nservices: {support: {}}\n")
    before = permissions(workshop)
    text = admin("{add: [editOwnMessage], remove: [deleteAnyMessage]}")
    assert changes(workshop.plan(text)) == [f"adopt+update {ADMIN} permissions:+editOwnMessage-deleteAnyMessage"]
    workshop.apply()
    assert permissions(workshop) == (before | {"editOwnMessage"}) - {"deleteAnyMessage"}
    assert told(workshop.plan()) == []


def test_an_edit_reaches_a_built_in_role_of_a_service_that_is_only_being_made(workshop: Workshop) -> None:
    workshop.apply(admin("{remove: [deleteAnyMessage]}"))
    assert "deleteAnyMessage" not in permissions(workshop)
    assert len(permissions(workshop)) > 5
    assert told(workshop.plan()) == []


def test_what_another_hand_adds_is_left_alone_and_what_it_takes_is_put_back(workshop: Workshop) -> None:
    workshop.apply(admin("{add: [editOwnMessage]}"))
    path = workshop.path("/Services/support/Roles/channel admin")
    workshop.client.post(path, {"Permission": ["editOwnMessage", "sendMessage", "joinConversation"][:2]})
    assert told(workshop.plan()) == []
    workshop.client.post(path, {"Permission": ["sendMessage"]})
    assert told(workshop.plan()) == [f"update {ADMIN} permissions:+editOwnMessage"]


def test_a_new_role_has_what_is_added(workshop: Workshop) -> None:
    workshop.apply(admin("{add: [sendMessage], remove: [leaveConversation]}", "agent"))
    assert permissions(workshop, "agent") == {"sendMessage"}
    assert told(workshop.plan()) == []


@pytest.mark.parametrize("made_before", [False, True])
def test_an_edit_that_would_leave_nothing_is_refused(workshop: Workshop, *, made_before: bool) -> None:
    if made_before:
        workshop.apply(admin("[sendMessage]", "agent"))
    plan = workshop.plan(admin("{remove: [sendMessage]}", "agent"))
    assert told(plan)[-1] == "! edit services/support/roles/agent"


def test_an_edit_that_is_ignored_is_no_reason_to_refuse(workshop: Workshop) -> None:
    workshop.apply(admin("[sendMessage]", "agent"))
    text = admin("{remove: [sendMessage]}, lifecycle: {ignore: [permissions]}", "agent")
    assert told(workshop.plan(text)) == []


class Adding(Between):
    """Adds a permission by another hand, right before ours are read for the last time."""

    def __init__(self, workshop: Workshop) -> None:
        super().__init__(workshop.emulator)
        self.path = workshop.path("/Services/support/Roles/channel admin")
        self.client = workshop.client
        self.added = False

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if not self.added and request.method == "GET" and request.url.path.endswith(self.path):
            self.added = True
            live = self.client.get(self.path).body["permissions"]
            self.client.post(self.path, {"Permission": [*live, "editOwnMessageAttributes"]})
        return None


def test_what_another_hand_adds_between_plan_and_apply_is_left_alone(workshop: Workshop) -> None:
    workshop.apply("version: 1\nservices: {support: {}}\n")
    workshop.transport = Adding(workshop)
    workshop.apply(admin("{add: [editOwnMessage]}"))
    assert {"editOwnMessage", "editOwnMessageAttributes"} <= permissions(workshop)
