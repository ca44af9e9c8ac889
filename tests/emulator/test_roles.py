"""Roles: permissions, and what prevents their deletion."""

import pytest

from confsync.emulator.emulator import Emulator
from confsync.emulator.settings import EmulatorSettings
from tests.emulator.client import Client, Fields
from tests.emulator.clock import Clock

AGENT: Fields = {"FriendlyName": "agent", "Type": "conversation", "Permission": ["sendMessage", "leaveConversation"]}


def test_a_role_accepts_permission_and_returns_permissions(client: Client, service: str) -> None:
    answer = client.post(f"{service}/Roles", AGENT)
    assert answer.status == 201
    assert answer.body == {
        "sid": answer.body["sid"],
        "account_sid": "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "chat_service_sid": service.removeprefix("/Services/"),
        "friendly_name": "agent",
        "type": "conversation",
        "permissions": ["sendMessage", "leaveConversation"],
        "date_created": "2026-03-01T12:00:00Z",
        "date_updated": "2026-03-01T12:00:00Z",
        "url": f"http://127.0.0.1/v1{service}/Roles/{answer.body['sid']}",
    }


def test_an_update_replaces_all_permissions_and_changes_the_date(client: Client, service: str, clock: Clock) -> None:
    role = f"{service}/Roles/" + client.made(f"{service}/Roles", AGENT)
    clock.move(5)
    answer = client.post(role, {"Permission": "sendMediaMessage"})
    assert (answer.status, answer.body["permissions"]) == (200, ["sendMediaMessage"])
    assert answer.body["date_created"] == "2026-03-01T12:00:00Z"
    assert answer.body["date_updated"] == "2026-03-01T12:00:05Z"
    assert client.get(role).body == answer.body


@pytest.mark.openapi_violation("unknown parameter: POST /v1/Services/{ChatServiceSid}/Roles/{Sid} FriendlyName")
@pytest.mark.openapi_violation("unknown parameter: POST /v1/Services/{ChatServiceSid}/Roles/{Sid} Type")
def test_the_name_and_type_of_a_role_are_immutable(client: Client, service: str) -> None:
    role = f"{service}/Roles/" + client.made(f"{service}/Roles", AGENT)
    answer = client.post(role, {"FriendlyName": "other", "Type": "service", "Permission": "sendMessage"})
    assert (answer.body["friendly_name"], answer.body["type"]) == ("agent", "conversation")


def test_two_roles_can_have_the_same_name_and_type(client: Client, service: str) -> None:
    assert client.made(f"{service}/Roles", AGENT) != client.made(f"{service}/Roles", AGENT)


def test_the_shortened_path_addresses_the_roles_of_the_default_service(client: Client, service: str) -> None:
    assert client.post("/Configuration", {"DefaultChatServiceSid": service.removeprefix("/Services/")}).status == 200
    role = client.post("/Roles", AGENT).body
    assert role["url"] == f"http://127.0.0.1/v1/Roles/{role['sid']}"
    assert client.get(f"/Roles/{role['sid']}").body == role
    assert client.get(f"{service}/Roles/{role['sid']}").body == role | {
        "url": f"http://127.0.0.1/v1{service}/Roles/{role['sid']}"
    }


def test_a_role_is_not_found_in_another_service(client: Client, service: str) -> None:
    role = client.made(f"{service}/Roles", AGENT)
    assert client.get(f"/Roles/{role}").error == (404, 20404)
    assert client.delete(f"/Roles/{role}").error == (404, 20404)


def test_a_default_role_cannot_be_deleted(client: Client, service: str) -> None:
    for role in client.get(f"{service}/Configuration").body.values():
        if isinstance(role, str) and role.startswith("RL"):
            assert client.delete(f"{service}/Roles/{role}").error == (409, 20409)


def test_an_unused_role_can_be_deleted(client: Client, service: str) -> None:
    roles = client.get(f"{service}/Roles").body["roles"]
    unused = next(role["sid"] for role in roles if role["friendly_name"] == "service admin")
    assert client.delete(f"{service}/Roles/{unused}").status == 204
    assert client.delete(f"{service}/Roles/{unused}").error == (404, 20404)


def test_a_setting_allows_the_deletion_of_a_role_in_use() -> None:
    with Emulator(settings=EmulatorSettings(delete_role_in_use="allow")) as emulator:
        client = Client(emulator)
        service = "/Services/" + client.made("/Services", {"FriendlyName": "support"})
        role = client.get(f"{service}/Configuration").body["default_conversation_role_sid"]
        assert client.delete(f"{service}/Roles/{role}").status == 204
        assert client.get(f"{service}/Configuration").body["default_conversation_role_sid"] is None


@pytest.mark.parametrize(
    ("choice", "shown"),
    [("keep", ["sendMessage", "sendMessage"]), ("drop", ["sendMessage"])],
)
def test_a_setting_chooses_how_repeated_permissions_are_stored(choice: str, shown: list[str]) -> None:
    with Emulator(settings=EmulatorSettings(duplicate_permissions=choice)) as emulator:  # type: ignore[arg-type]
        answer = Client(emulator).post("/Roles", {**AGENT, "Permission": ["sendMessage", "sendMessage"]})
        assert answer.body["permissions"] == shown


def test_a_setting_accepts_a_permission_of_the_other_role_type() -> None:
    with Emulator(settings=EmulatorSettings(permission_of_other_type="accept")) as emulator:
        assert Client(emulator).post("/Roles", {**AGENT, "Permission": "joinConversation"}).status == 201
