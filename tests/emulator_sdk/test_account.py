"""Services, settings, credentials and phone addresses, through Twilio's SDK."""

import pytest

from tests.emulator_sdk.driving import Sdk, api_error, pages

DEFAULT = "Default Conversations Service"
PHONE = "+15005550006"
FLOW = "FW" + "a" * 32


def test_a_new_service_links_to_its_resources(v1: Sdk) -> None:
    made = v1.services.create(friendly_name="support")
    assert made.friendly_name == "support"
    assert made.account_sid is None
    assert made.date_created == made.date_updated
    assert made.links["conversations"] == f"{made.url}/Conversations"
    assert v1.services(made.sid).fetch().url == made.url


def test_services_are_listed_in_pages_in_both_directions(v1: Sdk) -> None:
    for name in "abcd":
        v1.services.create(friendly_name=name)
    assert pages(v1.services, 2, "friendly_name") == [[DEFAULT, "a"], ["b", "c"], ["d"]]
    second = v1.services.page(page_size=2).next_page()
    assert [each.friendly_name for each in second.previous_page()] == [DEFAULT, "a"]
    assert [each.friendly_name for each in v1.services.stream(page_size=1, limit=3)] == [DEFAULT, "a", "b"]


def test_deleting_a_service_deletes_its_resources(v1: Sdk, support: Sdk) -> None:
    room = support.conversations.create(unique_name="room")
    assert support.delete()
    assert api_error(support.fetch) == (404, 20404)
    assert api_error(support.conversations(room.sid).fetch) == (404, 20404)
    assert pages(v1.services, 50, "friendly_name") == [[DEFAULT]]


def test_an_account_has_a_default_service_and_normalised_timers(v1: Sdk, support: Sdk) -> None:
    service = support.fetch().sid
    changed = v1.configuration().update(
        default_chat_service_sid=service, default_inactive_timer="PT90M", default_closed_timer="P1D"
    )
    assert changed.default_chat_service_sid == service
    found = v1.configuration().fetch()
    assert (found.default_inactive_timer, found.default_closed_timer) == ("PT1H30M", "PT24H")
    assert found.links["service"].endswith(f"/v1/Services/{service}/Configuration")


def test_the_webhooks_of_an_account_can_be_updated(v1: Sdk) -> None:
    hooks = v1.configuration.webhooks()
    hooks.update(
        filters=["onMessageAdd", "onUserAdded"], method="GET", target="flex", pre_webhook_url="https://example.com/pre"
    )
    found = hooks.fetch()
    assert (found.target, found.method, found.filters) == ("flex", "GET", ["onMessageAdd", "onUserAdded"])
    assert (found.pre_webhook_url, found.post_webhook_url) == ("https://example.com/pre", None)
    assert api_error(lambda: hooks.update(method="PUT")) == (400, 50055)
    assert api_error(lambda: hooks.update(post_webhook_url="ftp://example.com")) == (400, 50054)


def test_notifications_show_only_what_was_set(support: Sdk) -> None:
    notifications = support.configuration.notifications()
    assert notifications.fetch().new_message == {"enabled": False}
    updated = notifications.update(
        new_message_enabled=True,
        new_message_template="${MESSAGE}",
        new_message_sound="ping",
        new_message_badge_count_enabled=True,
        new_message_with_media_enabled=True,
        new_message_with_media_template="${MEDIA}",
        added_to_conversation_template="hello",
        removed_from_conversation_sound="gong",
        log_enabled=True,
    )
    assert updated.new_message == {
        "enabled": True,
        "template": "${MESSAGE}",
        "sound": "ping",
        "badge_count_enabled": True,
        "with_media": {"enabled": True, "template": "${MEDIA}"},
    }
    assert updated.added_to_conversation == {"enabled": False, "template": "hello"}
    assert updated.removed_from_conversation == {"enabled": False, "sound": "gong"}
    assert notifications.fetch().log_enabled is True


def test_an_apn_credential_returns_its_sandbox_as_a_string(v1: Sdk) -> None:
    made = v1.credentials.create(type="apn", friendly_name="ios", certificate="c", private_key="k", sandbox=True)
    assert (made.type, made.friendly_name, made.sandbox) == ("apn", "ios", "True")
    changed = v1.credentials(made.sid).update(sandbox=False, friendly_name="iphone")
    assert (changed.sandbox, changed.friendly_name) == ("False", "iphone")
    assert v1.credentials(made.sid).fetch().friendly_name == "iphone"


@pytest.fixture
def addresses(v1: Sdk) -> Sdk:
    return v1.address_configurations


def test_an_address_without_auto_creation(addresses: Sdk, v1: Sdk) -> None:
    made = addresses.create(type="sms", address=PHONE, friendly_name="hotline", address_country="US")
    assert (made.type, made.address, made.friendly_name, made.address_country) == ("sms", PHONE, "hotline", "US")
    assert made.auto_creation["enabled"] is False
    assert addresses(made.sid).fetch().sid == made.sid
    assert v1.address_configurations(PHONE).fetch().sid == made.sid


def test_an_address_can_start_a_studio_flow(addresses: Sdk) -> None:
    made = addresses.create(type="email", address="help@example.com")
    changed = addresses(made.sid).update(
        auto_creation_type="studio", auto_creation_studio_flow_sid=FLOW, auto_creation_studio_retry_count=3
    )
    assert (changed.auto_creation["studio_flow_sid"], changed.auto_creation["studio_retry_count"]) == (FLOW, 3)
    assert addresses("help@example.com").update(friendly_name="mail").friendly_name == "mail"


def test_an_address_has_one_configuration(addresses: Sdk) -> None:
    made = addresses.create(type="sms", address=PHONE)
    assert api_error(lambda: addresses.create(type="sms", address=PHONE))[0] == 409
    assert addresses(made.sid).delete()
    assert addresses.create(type="sms", address=PHONE).sid != made.sid
