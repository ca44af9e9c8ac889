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


WRITTEN = {
    "sms": ("+15550001", "12345"),
    "whatsapp": ("whatsapp:+15550001", "WhatsApp:+15550002"),
    "messenger": ("messenger:1234567890",),
    "gbm": ("brands/x/agents/y",),
    "email": ("Ann@Example.com",),
    "rcs": ("rcs:agent",),
    "apple": ("urn:mbid:AQAA",),
    "chat": ("Lobby",),
    "whAtsAPP": ("whatsapp:+15550001",),
}
"""Addresses of each type."""


@pytest.mark.parametrize(("kind", "address"), [(kind, each) for kind, several in WRITTEN.items() for each in several])
def test_a_type_is_accepted_in_any_case_and_returned_as_it_was_sent(client: Client, kind: str, address: str) -> None:
    made = client.post(HOME, {"Type": kind, "Address": address}).body
    assert (made["type"], made["address"]) == (kind, address)
    assert len(client.get(HOME, f"Type={kind.upper()}").body["address_configurations"]) == 1
    assert client.get(HOME, "Type=fax").body["address_configurations"] == []


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        *(("sms", each) for each in ("12", "155500011", "+0155500011", "+1555", "+1 555 000 1111", "+1555XXXXXXX")),
        *(("sms", each) for each in ("+1555-000-1111", "whatsapp:+15550001", "ann@example.com", "ACME", "+1" * 9)),
        *(("whatsapp", each) for each in ("+15550001", "whatsapp:15550001", "whatsapp: +15550001", "sms:+15550001")),
        *(("messenger", each) for each in ("1234567890", "messenger:", "messenger:<page id>", "whatsapp:+15550001")),
        *(("email", each) for each in ("ann", "ann@", "@example.com", "ann@localhost", "a b@example.com", "+15550001")),
        *(("chat", each) for each in ("the lobby", "<address>")),
        ("apple", "urn:mbid: x"),
    ],
)
def test_an_address_is_written_as_its_type_requires(client: Client, kind: str, address: str) -> None:
    assert client.post(HOME, {"Type": kind, "Address": address}).error == (400, 20422)


def test_a_setting_accepts_any_address() -> None:
    with Emulator(settings=EmulatorSettings(address_form="any")) as emulator:
        client = Client(emulator)
        assert client.post(HOME, {"Type": "sms", "Address": "x"}).status == 201
        room = f"/Conversations/{client.made('/Conversations', {})}"
        assert client.post(f"{room}/Participants", {"MessagingBinding.Address": "x y"}).status == 201


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("sms", "+15550001"),
        ("whatsapp", "whatsapp:+15550001"),
        ("email", "ann@example.com"),
        ("apple", "urn:mbid:A/B?c"),
    ],
)
def test_an_address_is_found_by_its_address(client: Client, kind: str, address: str) -> None:
    sid = client.made(HOME, {"Type": kind, "Address": address})
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


@pytest.mark.parametrize(
    ("kind", "address", "again"),
    [("email", "Ann@Example.com", "ann@example.COM"), ("whatsapp", "WhatsApp:+15550001", "whatsapp:+15550001")],
)
def test_the_case_of_a_mailbox_or_a_prefix_does_not_matter(client: Client, kind: str, address: str, again: str) -> None:
    sid = client.made(HOME, {"Type": kind, "Address": address})
    assert client.post(HOME, {"Type": kind, "Address": again}).error == (409, 20409)
    assert client.get(f"{HOME}/{quote(again, safe='')}").body["sid"] == sid


def test_a_setting_returns_mailboxes_and_prefixes_in_lower_case() -> None:
    with Emulator(settings=EmulatorSettings(address_case="lower")) as emulator:
        client = Client(emulator)
        assert client.post(HOME, {"Type": "email", "Address": "Ann@Example.com"}).body["address"] == "ann@example.com"
        assert client.post(HOME, {"Type": "chat", "Address": "Chat:Lobby"}).body["address"] == "chat:Lobby"
        members = f"/Conversations/{client.made('/Conversations', {})}/Participants"
        sent = {"MessagingBinding.Address": "WhatsApp:+15550001", "MessagingBinding.ProxyAddress": "WHATSAPP:+15550002"}
        shown = {"type": "whatsapp", "address": "whatsapp:+15550001", "proxy_address": "whatsapp:+15550002"}
        assert client.post(members, sent).body["messaging_binding"] == shown
        listed = client.get("/ParticipantConversations", "Address=whatsapp%3A%2B15550001").body["conversations"]
        assert listed[0]["participant_messaging_binding"]["address"] == "whatsapp:+15550001"


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


def test_the_sid_of_a_deleted_service_stays_until_it_is_cleared(client: Client, service: str) -> None:
    sent = {"FriendlyName": "line", "AutoCreation.ConversationServiceSid": service.rpartition("/")[2]}
    path = f"{HOME}/{client.made(HOME, {**SMS, **sent})}"
    client.delete(service)
    assert client.get(path).body["auto_creation"]["conversation_service_sid"] == service.rpartition("/")[2]
    assert client.post(path, {"FriendlyName": "desk"}).status == 200
    assert client.post(path, sent).error == (400, 50050)
    cleared = client.post(path, {"FriendlyName": "", "AutoCreation.ConversationServiceSid": ""}).body
    assert (cleared["friendly_name"], cleared["auto_creation"]["conversation_service_sid"]) == (None, None)


@pytest.mark.openapi_violation("unknown parameter: POST /v1/Configuration/Addresses/{Sid} Type")
@pytest.mark.openapi_violation("unknown parameter: POST /v1/Configuration/Addresses/{Sid} Address")
@pytest.mark.openapi_violation("unknown parameter: POST /v1/Configuration/Addresses/{Sid} AddressCountry")
def test_type_address_and_country_are_immutable(client: Client) -> None:
    path = f"{HOME}/{client.made(HOME, {**SMS, 'AddressCountry': 'CA'})}"
    before = client.get(path).body
    assert client.post(path, {"Type": "email", "Address": "a@example.com", "AddressCountry": "US"}).body == before


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
