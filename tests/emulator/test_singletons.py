"""Singletons: configuration, notifications and webhooks of a service and of the account."""

from typing import Any, Literal

import pytest

from confsync.emulator.emulator import Emulator
from confsync.emulator.settings import EmulatorSettings
from tests.emulator.client import Client, Fields

ACCOUNT = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"


def test_new_notifications_have_no_template_sound_or_badge_count(client: Client, service: str) -> None:
    assert client.get(f"{service}/Configuration/Notifications").body == {
        "account_sid": ACCOUNT,
        "chat_service_sid": service.removeprefix("/Services/"),
        "new_message": {"enabled": False},
        "added_to_conversation": {"enabled": False},
        "removed_from_conversation": {"enabled": False},
        "log_enabled": False,
        "url": f"http://127.0.0.1/v1{service}/Configuration/Notifications",
    }


def test_notifications_keep_what_an_update_leaves_out(client: Client, service: str) -> None:
    path = f"{service}/Configuration/Notifications"
    client.post(path, {"NewMessage.Enabled": "true", "NewMessage.Template": "${PARTICIPANT}: ${MESSAGE}"})
    client.post(path, {"NewMessage.WithMedia.Enabled": "true", "NewMessage.BadgeCountEnabled": "false"})
    assert client.get(path).body["new_message"] == {
        "enabled": True,
        "template": "${PARTICIPANT}: ${MESSAGE}",
        "badge_count_enabled": False,
        "with_media": {"enabled": True},
    }


@pytest.mark.parametrize(
    ("choice", "shown"),
    [
        ("absent", {"enabled": False}),
        ("empty", {"enabled": False, "sound": ""}),
        ("null", {"enabled": False, "sound": None}),
    ],
)
def test_a_setting_chooses_how_a_cleared_sound_is_returned(
    choice: Literal["absent", "empty", "null"], shown: dict[str, Any]
) -> None:
    with Emulator(settings=EmulatorSettings(cleared_template=choice)) as emulator:
        client = Client(emulator)
        path = f"/Services/{client.made('/Services', {'FriendlyName': 'x'})}/Configuration/Notifications"
        client.post(path, {"AddedToConversation.Sound": "ring"})
        assert client.post(path, {"AddedToConversation.Sound": ""}).body["added_to_conversation"] == shown


def test_the_webhooks_of_a_new_service_are_null(client: Client, service: str) -> None:
    assert client.get(f"{service}/Configuration/Webhooks").body == {
        "account_sid": ACCOUNT,
        "chat_service_sid": service.removeprefix("/Services/"),
        "pre_webhook_url": None,
        "post_webhook_url": None,
        "filters": None,
        "method": None,
        "url": f"http://127.0.0.1/v1{service}/Configuration/Webhooks",
    }


def test_the_webhooks_of_a_new_account_have_defaults(client: Client) -> None:
    assert client.get("/Configuration/Webhooks").body == {
        "account_sid": ACCOUNT,
        "method": "POST",
        "filters": [],
        "pre_webhook_url": None,
        "post_webhook_url": None,
        "target": "webhook",
        "url": "http://127.0.0.1/v1/Configuration/Webhooks",
    }


@pytest.fixture(params=["account", "service"])
def webhooks(request: pytest.FixtureRequest, service: str) -> str:
    return "/Configuration/Webhooks" if request.param == "account" else f"{service}/Configuration/Webhooks"


def test_a_method_is_accepted_in_any_case_and_returned_in_upper_case(client: Client, webhooks: str) -> None:
    assert client.post(webhooks, {"Method": "get"}).body["method"] == "GET"


def test_filters_are_repeated_and_replace_the_previous_ones(client: Client, webhooks: str) -> None:
    client.post(webhooks, {"Filters": ["onMessageAdded", "onConversationAdded"]})
    assert client.post(webhooks, {"Filters": "onMessageAdd"}).body["filters"] == ["onMessageAdd"]


def test_an_omitted_filter_list_is_unchanged(client: Client, webhooks: str) -> None:
    client.post(webhooks, {"Filters": "onMessageAdd", "PostWebhookUrl": "https://example.com/post"})
    answer = client.post(webhooks, {"Method": "POST"})
    assert answer.body["filters"] == ["onMessageAdd"]
    assert answer.body["post_webhook_url"] == "https://example.com/post"


def test_an_empty_filter_clears_the_list(client: Client, webhooks: str) -> None:
    client.post(webhooks, {"Filters": "onMessageAdd"})
    assert client.post(webhooks, {"Filters": ""}).body["filters"] == []


def test_an_empty_url_clears_it(client: Client, webhooks: str) -> None:
    client.post(webhooks, {"PreWebhookUrl": "https://example.com/pre"})
    assert client.post(webhooks, {"PreWebhookUrl": ""}).body["pre_webhook_url"] is None


STRICT = EmulatorSettings(
    empty_filters="reject",
    unknown_filters="reject",
    empty_url="reject",
    empty_timer="reject",
    empty_role_sid="reject",
    unknown_parameters="reject",
    duplicate_permissions="reject",
)


@pytest.mark.parametrize(
    ("path", "fields", "code"),
    [
        ("/Configuration/Webhooks", {"Filters": ""}, 20422),
        ("/Configuration/Webhooks", {"Filters": "onMessageSent"}, 20422),
        ("/Configuration/Webhooks", {"PreWebhookUrl": ""}, 50054),
        ("/Configuration", {"DefaultClosedTimer": ""}, 50380),
        ("/Configuration", {"DefaultClosedTimer": "PT10M", "Nonsense": "1"}, 20001),
        ("{service}/Configuration", {"DefaultConversationRoleSid": ""}, 50103),
        ("{service}/Configuration/Webhooks", {"Filters": "onUserAdded"}, 20422),
        ("/Roles", {"FriendlyName": "a", "Type": "service", "Permission": ["joinConversation"] * 2}, 50104),
    ],
)
def test_the_strictest_settings_reject(path: str, fields: Fields, code: int) -> None:
    with Emulator(settings=STRICT) as emulator:
        client = Client(emulator)
        service = f"/Services/{client.made('/Services', {'FriendlyName': 'x'})}"
        assert client.post(path.format(service=service), fields).error == (400, code)


def test_the_accounts_configuration_shows_its_defaults(client: Client) -> None:
    body = client.get("/Configuration").body
    assert body == {
        "account_sid": ACCOUNT,
        "default_chat_service_sid": body["default_chat_service_sid"],
        "default_messaging_service_sid": body["default_messaging_service_sid"],
        "default_inactive_timer": None,
        "default_closed_timer": None,
        "url": "http://127.0.0.1/v1/Configuration",
        "links": {
            "service": f"http://127.0.0.1/v1/Services/{body['default_chat_service_sid']}/Configuration",
            "webhooks": "http://127.0.0.1/v1/Configuration/Webhooks",
        },
    }
    assert body["default_messaging_service_sid"].startswith("MG")


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("PT1M", "PT1M"),
        ("P1D", "PT24H"),
        ("PT90M", "PT1H30M"),
        ("P1DT1H1M1S", "PT25H1M1S"),
        ("pt60s", "PT1M"),
        ("", None),
    ],
)
def test_an_account_timer_is_formatted_as_in_java(client: Client, sent: str, shown: str | None) -> None:
    assert client.post("/Configuration", {"DefaultInactiveTimer": sent}).body["default_inactive_timer"] == shown


def test_a_setting_returns_a_timer_as_it_was_sent() -> None:
    with Emulator(settings=EmulatorSettings(durations="as_sent")) as emulator:
        answer = Client(emulator).post("/Configuration", {"DefaultClosedTimer": "P1D"})
        assert answer.body["default_closed_timer"] == "P1D"


@pytest.mark.openapi_violation("parameter value: POST /v1/Services/{ChatServiceSid}/Configuration ReachabilityEnabled")
def test_a_default_role_can_be_replaced_but_not_cleared(client: Client, service: str) -> None:
    role = {"FriendlyName": "agent", "Type": "conversation", "Permission": "sendMessage"}
    agent = client.made(f"{service}/Roles", role)
    client.post(f"{service}/Configuration", {"DefaultConversationRoleSid": agent})
    answer = client.post(f"{service}/Configuration", {"DefaultConversationRoleSid": "", "ReachabilityEnabled": "True"})
    assert (answer.body["default_conversation_role_sid"], answer.body["reachability_enabled"]) == (agent, True)


def test_a_singleton_cannot_be_deleted(client: Client, service: str) -> None:
    for path in ("/Configuration", "/Configuration/Webhooks", f"{service}/Configuration"):
        assert client.delete(path).error == (405, 20004)
