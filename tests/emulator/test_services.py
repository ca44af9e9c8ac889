"""Services: their defaults, and the operations that the API lacks."""

import pytest

from confsync.emulator.emulator import Emulator
from confsync.emulator.settings import EmulatorSettings
from tests.emulator.client import Client


def test_a_new_service_is_returned_as_twilio_returns_it(client: Client) -> None:
    answer = client.post("/Services", {"FriendlyName": "support"})
    url = f"http://127.0.0.1/v1/Services/{answer.body['sid']}"
    assert answer.status == 201
    assert answer.body == {
        "sid": answer.body["sid"],
        "account_sid": None,
        "friendly_name": "support",
        "date_created": "2026-03-01T12:00:00Z",
        "date_updated": "2026-03-01T12:00:00Z",
        "url": url,
        "links": {
            "conversations": f"{url}/Conversations",
            "users": f"{url}/Users",
            "roles": f"{url}/Roles",
            "bindings": f"{url}/Bindings",
            "configuration": f"{url}/Configuration",
            "participant_conversations": f"{url}/ParticipantConversations",
            "conversation_with_participants": f"{url}/ConversationWithParticipants",
        },
    }


def test_a_new_service_has_four_roles(client: Client, service: str) -> None:
    roles = client.get(f"{service}/Roles").body["roles"]
    assert [(role["friendly_name"], role["type"]) for role in roles] == [
        ("channel admin", "conversation"),
        ("channel user", "conversation"),
        ("service admin", "service"),
        ("service user", "service"),
    ]


def test_a_new_service_gives_members_its_own_roles(client: Client, service: str) -> None:
    sids = {role["friendly_name"]: role["sid"] for role in client.get(f"{service}/Roles").body["roles"]}
    configuration = client.get(f"{service}/Configuration").body
    assert configuration["default_conversation_creator_role_sid"] == sids["channel admin"]
    assert configuration["default_conversation_role_sid"] == sids["channel user"]
    assert configuration["default_chat_service_role_sid"] == sids["service user"]
    assert configuration["reachability_enabled"] is False


def test_a_service_has_no_update(client: Client, service: str) -> None:
    assert client.post(service, {"FriendlyName": "help"}).error == (405, 20004)


def test_two_services_can_have_the_same_name(client: Client) -> None:
    assert client.made("/Services", {"FriendlyName": "twin"}) != client.made("/Services", {"FriendlyName": "twin"})


def test_deleting_a_service_deletes_its_children(client: Client, service: str) -> None:
    role = client.get(f"{service}/Roles").body["roles"][0]["sid"]
    assert client.delete(service).status == 204
    for path in (service, f"{service}/Roles", f"{service}/Roles/{role}", f"{service}/Configuration"):
        assert client.get(path).error == (404, 20404)


def test_the_response_to_a_delete_is_empty(client: Client, service: str) -> None:
    answer = client.delete(service)
    assert (answer.status, answer.body) == (204, {})
    assert "Content-Type" not in answer.headers


def test_a_new_account_has_a_default_service(client: Client) -> None:
    (only,) = client.get("/Services").body["services"]
    assert only["friendly_name"] == "Default Conversations Service"
    assert client.get("/Configuration").body["default_chat_service_sid"] == only["sid"]


def test_the_default_service_cannot_be_deleted(client: Client) -> None:
    default = "/Services/" + client.get("/Configuration").body["default_chat_service_sid"]
    assert client.delete(default).error == (409, 20409)


@pytest.mark.openapi_violation("null: conversations.v1.configuration.links.service")
def test_a_setting_allows_the_deletion_of_the_default_service() -> None:
    with Emulator(settings=EmulatorSettings(delete_default_service="allow")) as emulator:
        client = Client(emulator)
        assert client.delete("/Services/" + client.get("/Configuration").body["default_chat_service_sid"]).status == 204
        configuration = client.get("/Configuration").body
        assert configuration["default_chat_service_sid"] is None
        assert configuration["links"]["service"] is None
        assert client.get("/Roles").error == (404, 20404)


def test_a_setting_shows_the_account_of_a_service() -> None:
    with Emulator(settings=EmulatorSettings(service_account_sid="shown")) as emulator:
        assert Client(emulator).get("/Services").body["services"][0]["account_sid"] == emulator.account_sid
