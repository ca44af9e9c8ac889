"""Twilio's own SDK as the outside hand, over the network: it reads what we made, and we see what it changed."""

from collections.abc import Iterator
from typing import Any

import pytest
from twilio.rest import Client as Sdk  # type: ignore[import-untyped]

from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN
from confsync.emulator.server import running
from confsync.twilio.origin import Origin
from tests.harness import Harness, plan_lines

DESK = """
version: 1
credentials:
  phones: {type: apn, sandbox: true, certificate: "${{ env.KEY }}", private_key: "${{ env.KEY }}"}
services:
  support:
    friendly_name: Support Desk
    configuration:
      default_conversation_role: agent
      default_conversation_creator_role: channel admin
      reachability_enabled: true
    notifications:
      log_enabled: true
      new_message:
        {enabled: true, template: "${PARTICIPANT}: ${MESSAGE}", badge_count_enabled: true, with_media: {enabled: true}}
      added_to_conversation: {enabled: true, sound: bell}
    webhooks: {post_webhook_url: "https://example.com/hooks", method: post, filters: [onMessageAdded, onMessageAdd]}
    roles:
      agent: {type: conversation, permissions: [sendMessage, leaveConversation, editOwnMessage]}
      channel admin: {type: conversation, permissions: [deleteAnyMessage]}
"""


@pytest.fixture
def desk(harness: Harness) -> Iterator[tuple[Harness, Any]]:
    """The desk applied over the network, and the SDK on the same server."""
    with running(harness.emulator) as url:
        harness.origin = Origin(url)
        harness.environ = {"KEY": "canary"}
        harness.over_network = True
        harness.apply(DESK)
        sdk = Sdk(ACCOUNT_SID, AUTH_TOKEN)
        sdk.conversations.base_url = url
        yield harness, sdk.conversations.v1
        sdk.http_client.session.close()


Desk = tuple[Harness, Any]


def service(v1: Any) -> Any:  # noqa: ANN401 — the SDK comes without types
    (sid,) = (each.sid for each in v1.services.list() if each.friendly_name == "Support Desk")
    return v1.services(sid)


def role(v1: Any, name: str) -> Any:  # noqa: ANN401 — as above
    (found,) = (each for each in service(v1).roles.list() if each.friendly_name == name)
    return found


def test_what_we_make_the_sdk_reads_with_equal_values(desk: Desk) -> None:
    _, v1 = desk
    agent = role(v1, "agent")
    assert (agent.type, set(agent.permissions)) == (
        "conversation",
        {"sendMessage", "leaveConversation", "editOwnMessage"},
    )
    assert role(v1, "channel admin").permissions == ["deleteAnyMessage"]
    settings = service(v1).configuration().fetch()
    assert settings.default_conversation_role_sid == agent.sid
    assert settings.default_conversation_creator_role_sid == role(v1, "channel admin").sid
    assert settings.default_chat_service_role_sid == role(v1, "service user").sid
    assert settings.reachability_enabled is True
    pushes = service(v1).configuration.notifications().fetch()
    assert pushes.log_enabled is True
    assert pushes.new_message == {
        "enabled": True,
        "template": "${PARTICIPANT}: ${MESSAGE}",
        "badge_count_enabled": True,
        "with_media": {"enabled": True},
    }
    assert pushes.added_to_conversation == {"enabled": True, "sound": "bell"}
    hooks = service(v1).configuration.webhooks().fetch()
    assert (hooks.pre_webhook_url, hooks.post_webhook_url, hooks.method, set(hooks.filters)) == (
        None,
        "https://example.com/hooks",
        "POST",
        {"onMessageAdded", "onMessageAdd"},
    )
    (phones,) = v1.credentials.list()
    assert (phones.friendly_name, phones.type, phones.sandbox) == ("phones", "apn", "True")


def test_a_plan_after_an_apply_over_the_network_is_empty(desk: Desk) -> None:
    assert plan_lines(desk[0].plan()) == []


def a_permission(v1: Any) -> None:  # noqa: ANN401 — as above
    role(v1, "agent").update(permission=["sendMessage", "leaveConversation", "deleteAnyMessage"])


def a_webhook_url(v1: Any) -> None:  # noqa: ANN401 — as above
    service(v1).configuration.webhooks().update(post_webhook_url="https://evil.example", filters=["onMessageAdded"])


def a_template(v1: Any) -> None:  # noqa: ANN401 — as above
    service(v1).configuration.notifications().update(new_message_template="", added_to_conversation_sound="gong")


def a_deleted_role(v1: Any) -> None:  # noqa: ANN401 — as above
    service(v1).configuration().update(default_conversation_role_sid=role(v1, "channel user").sid)
    role(v1, "agent").delete()


def a_default_role(v1: Any) -> None:  # noqa: ANN401 — as above
    service(v1).configuration().update(
        default_conversation_role_sid=role(v1, "channel user").sid, reachability_enabled=False
    )


def a_credential(v1: Any) -> None:  # noqa: ANN401 — as above
    v1.credentials.list()[0].update(sandbox=False, friendly_name="tablets")


def things_of_nobodys(v1: Any) -> None:  # noqa: ANN401 — as above
    service(v1).roles.create(friendly_name="intern", type="conversation", permission=["sendMessage"])
    service(v1).configuration.webhooks().update(pre_webhook_url="https://example.com/pre")
    v1.services.create(friendly_name="theirs")


CHANGES_BY_HAND = [
    (a_permission, ["update services/support/roles/agent permissions:+editOwnMessage-deleteAnyMessage"]),
    (
        a_webhook_url,
        [
            (
                "update services/support/webhooks post_webhook_url:https://evil.example->https://example.com/hooks "
                "filters:+onMessageAdd"
            )
        ],
    ),
    (
        a_template,
        [
            (
                "update services/support/notifications new_message.template:None->${PARTICIPANT}: ${MESSAGE} "
                "added_to_conversation.sound:gong->bell"
            )
        ],
    ),
    (
        a_deleted_role,
        [
            (
                "create services/support/roles/agent friendly_name:None->agent type:None->conversation "
                "permissions:None->[editOwnMessage,leaveConversation,sendMessage]"
            ),
            (
                "update services/support/configuration default_conversation_role:"
                "services/support/roles/channel user->services/support/roles/agent"
            ),
        ],
    ),
    (
        a_default_role,
        [
            (
                "update services/support/configuration default_conversation_role:"
                "services/support/roles/channel user->services/support/roles/agent reachability_enabled:False->True"
            )
        ],
    ),
    (a_credential, ["update credentials/phones friendly_name:tablets->phones sandbox:False->True"]),
    (things_of_nobodys, ["unmanaged services/theirs", "unmanaged services/support/roles/intern"]),
]


@pytest.mark.parametrize(("by_hand", "expected"), CHANGES_BY_HAND)
def test_what_the_sdk_changes_a_plan_shows_exactly_and_an_apply_puts_right(
    desk: Desk,
    by_hand: Any,  # noqa: ANN401 — as above
    expected: list[str],
) -> None:
    harness, v1 = desk
    by_hand(v1)
    assert sorted(plan_lines(harness.plan())) == sorted(expected)
    harness.apply()
    assert [line for line in plan_lines(harness.plan()) if not line.startswith("unmanaged")] == []
    assert not any(each.startswith("DELETE") for each in harness.writes)
