"""Phone addresses: lookup, uniqueness and auto-creation."""

from urllib.parse import quote

import pytest

from confsync.emulator.emulator import Emulator
from confsync.emulator.settings import EmulatorSettings
from tests.emulator.client import Client, Fields

HOME = "/Configuration/Addresses"
SMS: Fields = {"Type": "sms", "Address": "+15550001"}


def test_a_new_address_shows_every_key_of_auto_creation(client: Client) -> None:
    made = client.post(HOME, SMS).body
    assert made["auto_creation"] == {
        "enabled": False,
        "type": "default",
        "conversation_service_sid": None,
        "webhook_url": None,
        "webhook_method": None,
        "webhook_filters": None,
        "studio_flow_sid": None,
        "studio_retry_count": None,
    }
    assert (made["type"], made["friendly_name"], made["address_country"]) == ("sms", None, None)


@pytest.mark.parametrize("kind", ["sms", "whatsapp", "messenger", "gbm", "email", "rcs", "apple", "chat", "whAtsAPP"])
def test_a_type_is_accepted_in_any_case_and_returned_as_it_was_sent(client: Client, kind: str) -> None:
    assert client.post(HOME, {"Type": kind, "Address": "x"}).body["type"] == kind
    assert len(client.get(HOME, f"Type={kind.upper()}").body["address_configurations"]) == 1
    assert client.get(HOME, "Type=fax").body["address_configurations"] == []


@pytest.mark.parametrize("address", ["+15550001", "whatsapp:+15550001", "ann@example.com", "urn:mbid:A/B?c"])
def test_an_address_is_found_by_its_address(client: Client, address: str) -> None:
    sid = client.made(HOME, {"Type": "sms", "Address": address})
    path = f"{HOME}/{quote(address, safe='')}"
    assert client.get(path).body["sid"] == sid
    assert client.post(path, {"FriendlyName": "line"}).body["friendly_name"] == "line"
    assert client.delete(path).status == 204
    assert client.get(f"{HOME}/{sid}").error == (404, 20404)


def test_an_address_can_have_only_one_configuration() -> None:
    with Emulator(settings=EmulatorSettings(duplicate_address=50999)) as emulator:
        client = Client(emulator)
        client.made(HOME, SMS)
        assert client.post(HOME, SMS).error == (409, 50999)


def test_a_webhook_method_is_sent_in_lower_case_and_returned_in_upper_case(client: Client, service: str) -> None:
    made = client.post(
        HOME,
        {
            **SMS,
            "AutoCreation.Enabled": "true",
            "AutoCreation.Type": "webhook",
            "AutoCreation.ConversationServiceSid": service.rpartition("/")[2],
            "AutoCreation.WebhookUrl": "https://example.com",
            "AutoCreation.WebhookMethod": "post",
            "AutoCreation.WebhookFilters": ["onParticipantAdded", "onMessageAdded"],
        },
    ).body["auto_creation"]
    assert (made["enabled"], made["type"], made["webhook_method"]) == (True, "webhook", "POST")
    assert made["webhook_filters"] == ["onParticipantAdded", "onMessageAdded"]


def test_name_and_service_can_be_cleared_and_the_service_deleted(client: Client, service: str) -> None:
    sent = {"FriendlyName": "line", "AutoCreation.ConversationServiceSid": service.rpartition("/")[2]}
    path = f"{HOME}/{client.made(HOME, {**SMS, **sent})}"
    client.delete(service)
    assert client.get(path).body["auto_creation"]["conversation_service_sid"] is None
    cleared = client.post(path, {"FriendlyName": "", "AutoCreation.ConversationServiceSid": ""}).body
    assert (cleared["friendly_name"], cleared["auto_creation"]["conversation_service_sid"]) == (None, None)


def test_type_address_and_country_are_immutable(client: Client) -> None:
    path = f"{HOME}/{client.made(HOME, {**SMS, 'AddressCountry': 'CA'})}"
    assert client.post(path, {"Type": "email", "Address": "x", "AddressCountry": "US"}).error == (400, 20161)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        pytest.param({"Address": "+1"}, 20001, id="no type"),
        pytest.param({"Type": "sms"}, 20001, id="no address"),
        pytest.param({**SMS, "Type": "fax"}, 20422, id="an unknown type"),
        pytest.param({**SMS, "FriendlyName": "x" * 257}, 50003, id="a long name"),
        pytest.param({**SMS, "AutoCreation.Type": "flex"}, 20422, id="an unknown type of auto-creation"),
        pytest.param({**SMS, "AutoCreation.ConversationServiceSid": "IS" + "0" * 32}, 50050, id="no such service"),
        pytest.param({**SMS, "AutoCreation.StudioRetryCount": "4"}, 20422, id="four retries"),
        pytest.param({**SMS, "AutoCreation.StudioFlowSid": "FW1"}, 20423, id="a malformed flow"),
        pytest.param({**SMS, "AutoCreation.WebhookUrl": "example.com"}, 50054, id="a URL without a scheme"),
        pytest.param({**SMS, "AddressCountry": "CAN"}, 20422, id="a country of three letters"),
    ],
)
def test_an_invalid_address_is_an_error(client: Client, fields: Fields, code: int) -> None:
    assert client.post(HOME, fields).error == (400, code)
