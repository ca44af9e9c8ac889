"""Twilio's own Python client drives services and the account's settings, over the network."""

from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException  # type: ignore[import-untyped]

from confsync.emulator.emulator import Emulator
from confsync.emulator.router import Router
from confsync.emulator.settings import Settings
from confsync.emulator.tables import offered

Sdk = Any  # the client comes without types

DRIVEN = {
    "service",
    "role",
    "credential",
    "account_configuration",
    "account_webhook",
    "service_configuration",
    "service_notification",
    "service_webhook",
}


@pytest.fixture
def v1(sdk: Sdk) -> Sdk:
    return sdk.conversations.v1


@pytest.fixture
def support(v1: Sdk) -> Sdk:
    """A new service, ready for calls about it."""
    return v1.services(v1.services.create(friendly_name="support").sid)


def drive_services(v1: Sdk) -> None:
    made = v1.services.create(friendly_name="support")
    assert v1.services(made.sid).fetch().friendly_name == "support"
    assert made.sid in [each.sid for each in v1.services.stream(page_size=1)]
    assert v1.services(made.sid).delete()
    assert made.sid not in [each.sid for each in v1.services.list()]


def drive_roles(roles: Sdk, role: Sdk) -> None:
    made = roles.create(friendly_name="agent", type="conversation", permission=["sendMessage", "leaveConversation"])
    assert (made.friendly_name, made.type, made.permissions) == (
        "agent",
        "conversation",
        ["sendMessage", "leaveConversation"],
    )
    assert role(made.sid).update(permission=["sendMediaMessage"]).permissions == ["sendMediaMessage"]
    assert role(made.sid).fetch().permissions == ["sendMediaMessage"]
    assert len(roles.list(page_size=2)) == 5
    assert role(made.sid).delete()
    assert len(roles.list(page_size=2)) == 4


def drive_credentials(v1: Sdk) -> None:
    made = v1.credentials.create(type="apn", friendly_name="ios", certificate="c", private_key="k", sandbox=True)
    assert (made.type, made.friendly_name, made.sandbox) == ("apn", "ios", "True")
    assert v1.credentials(made.sid).update(sandbox=False, friendly_name="iphone").sandbox == "False"
    assert v1.credentials(made.sid).fetch().friendly_name == "iphone"
    v1.credentials.create(type="fcm", secret="s")
    assert [each.type for each in v1.credentials.list(page_size=1)] == ["apn", "fcm"]
    assert v1.credentials(made.sid).delete()


def drive_account(v1: Sdk) -> None:
    service = v1.services.create(friendly_name="support").sid
    changed = v1.configuration().update(
        default_chat_service_sid=service, default_inactive_timer="PT1M", default_closed_timer="PT10M"
    )
    assert (changed.default_chat_service_sid, changed.default_inactive_timer) == (service, "PT1M")
    assert v1.configuration().fetch().default_closed_timer == "PT10M"
    hooks = v1.configuration.webhooks()
    assert hooks.update(filters=["onMessageAdd", "onMessageAdded"], method="GET", target="flex").target == "flex"
    assert hooks.fetch().filters == ["onMessageAdd", "onMessageAdded"]


def drive_service_settings(service: Sdk) -> None:
    agent = service.roles.create(friendly_name="agent", type="conversation", permission=["sendMessage"]).sid
    changed = service.configuration().update(default_conversation_role_sid=agent, reachability_enabled=True)
    assert (changed.default_conversation_role_sid, changed.reachability_enabled) == (agent, True)
    assert service.configuration().fetch().default_conversation_role_sid == agent
    notifications = service.configuration.notifications()
    told = notifications.update(new_message_enabled=True, new_message_with_media_template="${MEDIA}", log_enabled=True)
    assert told.new_message == {"enabled": True, "with_media": {"template": "${MEDIA}"}}
    assert notifications.fetch().log_enabled is True
    hooks = service.configuration.webhooks()
    assert hooks.fetch().method is None
    assert hooks.update(post_webhook_url="https://example.com", filters=["onMessageAdded"], method="POST").filters == [
        "onMessageAdded"
    ]


def test_the_client_drives_every_operation_of_these_kinds(emulator: Emulator, v1: Sdk, support: Sdk) -> None:
    drive_services(v1)
    drive_roles(support.roles, support.roles)
    drive_roles(v1.roles, v1.roles)
    drive_credentials(v1)
    drive_service_settings(support)
    drive_account(v1)
    assert driven(emulator) == {
        (route.path, method)
        for route in Router(offered(Settings())).routes
        for method in route.verbs
        if route.kind.name in DRIVEN
    }


def test_the_client_reads_our_refusals(v1: Sdk, support: Sdk) -> None:
    with pytest.raises(TwilioRestException) as refused:
        support.roles.create(friendly_name="agent", type="conversation", permission=["fly"])
    assert (refused.value.status, refused.value.code) == (400, 50104)
    with pytest.raises(TwilioRestException) as lost:
        v1.services("IS" + "0" * 32).fetch()
    assert (lost.value.status, lost.value.code) == (404, 20404)


def test_the_client_turns_pages_in_both_directions(v1: Sdk) -> None:
    for number in range(4):
        v1.services.create(friendly_name=str(number))
    first = v1.services.page(page_size=2)
    second = first.next_page()
    names = [[each.friendly_name for each in page] for page in (second, second.previous_page(), second.next_page())]
    assert names == [["1", "2"], ["Default Conversations Service", "0"], ["3"]]


def driven(emulator: Emulator) -> set[tuple[str, str]]:
    """Say which operations were answered well."""
    router = Router(offered(Settings()))
    matches = ((router.find(each.path), each) for each in emulator.log if each.status < 300)
    return {(match.route.path, each.method) for match, each in matches if match}
