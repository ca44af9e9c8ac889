"""Addresses at which conversations begin by themselves."""

import pytest

from tests.emulator_sdk.driving import Sdk, api_error, is_missing, pages, unused_sid

PHONE = "+15005550006"
FLOW = "FW" + "a" * 32


@pytest.fixture
def addresses(v1: Sdk) -> Sdk:
    return v1.address_configurations


def test_an_address_that_creates_nothing_by_itself(addresses: Sdk, v1: Sdk) -> None:
    made = addresses.create(type="sms", address=PHONE, friendly_name="hotline", address_country="US")
    assert (made.type, made.address, made.friendly_name, made.address_country) == ("sms", PHONE, "hotline", "US")
    assert made.auto_creation["enabled"] is False
    assert addresses(made.sid).fetch().sid == made.sid
    assert v1.address_configurations(PHONE).fetch().sid == made.sid


def test_an_address_can_tell_a_webhook(addresses: Sdk, support: Sdk) -> None:
    service = support.fetch().sid
    made = addresses.create(
        type="whatsapp",
        address=f"whatsapp:{PHONE}",
        auto_creation_enabled=True,
        auto_creation_type="webhook",
        auto_creation_conversation_service_sid=service,
        auto_creation_webhook_url="https://example.com",
        auto_creation_webhook_method="post",
        auto_creation_webhook_filters=["onMessageAdded"],
    )
    found = addresses(made.sid).fetch().auto_creation
    assert (found["enabled"], found["type"], found["conversation_service_sid"]) == (True, "webhook", service)
    assert (found["webhook_url"], found["webhook_method"]) == ("https://example.com", "POST")
    assert (found["webhook_filters"], found["studio_flow_sid"]) == (["onMessageAdded"], None)


def test_an_address_can_start_a_flow(addresses: Sdk) -> None:
    made = addresses.create(type="email", address="help@example.com")
    changed = addresses(made.sid).update(
        auto_creation_type="studio", auto_creation_studio_flow_sid=FLOW, auto_creation_studio_retry_count=3
    )
    assert (changed.auto_creation["studio_flow_sid"], changed.auto_creation["studio_retry_count"]) == (FLOW, 3)
    assert addresses("help@example.com").update(friendly_name="mail").friendly_name == "mail"


def test_a_type_reads_back_in_the_case_that_it_was_sent_in(addresses: Sdk) -> None:
    assert addresses.create(type="whAtsAPP", address=f"whatsapp:{PHONE}").type == "whAtsAPP"


def test_addresses_are_listed_page_by_page_of_one_type_or_all(addresses: Sdk) -> None:
    for number in range(3):
        addresses.create(type="sms", address=f"+1500555000{number}")
    addresses.create(type="email", address="help@example.com")
    assert [len(page) for page in pages(addresses, 2)] == [2, 2]
    assert pages(addresses, 1, "address", type="email") == [["help@example.com"]]
    assert [len(page) for page in pages(addresses, 2, type="sms")] == [2, 1]


def test_an_address_is_configured_once(addresses: Sdk) -> None:
    made = addresses.create(type="sms", address=PHONE)
    assert api_error(lambda: addresses.create(type="sms", address=PHONE))[0] == 409
    assert addresses(made.sid).delete()
    assert addresses.create(type="sms", address=PHONE).sid != made.sid


def test_an_address_refuses_what_does_not_exist(addresses: Sdk) -> None:
    assert api_error(lambda: addresses.create(type="fax", address=PHONE))[0] == 400
    assert api_error(lambda: addresses.create(type="sms", address="")) == (400, 20001)
    assert api_error(lambda: addresses.create(type="sms", address=PHONE, auto_creation_type="magic"))[0] == 400
    assert api_error(lambda: addresses.create(type="sms", address=PHONE, auto_creation_studio_retry_count=4))[0] == 400


def test_an_address_that_is_not_there_cannot_be_found_changed_or_deleted(addresses: Sdk) -> None:
    for name in (unused_sid("IG"), "+15005550000"):
        assert is_missing(addresses(name), friendly_name="x")
