"""Users: lookup, roles and unique identities."""

from urllib.parse import quote

import pytest

from confsync.emulator.emulator import Emulator
from confsync.emulator.settings import EmulatorSettings
from tests.emulator.client import Client, Fields

IDENTITIES = ["alice", "a/b", "é ü", "100%", "../x", "' OR 1=1 --", "{Sid}", "a?b#c", "\x00", "😀", "US123"]


@pytest.fixture
def users(service: str) -> str:
    return f"{service}/Users"


def default_role(client: Client, service: str) -> str:
    return str(client.get(f"{service}/Configuration").body["default_chat_service_role_sid"])


@pytest.mark.parametrize("identity", IDENTITIES)
def test_a_user_is_found_by_sid_and_by_identity(client: Client, users: str, identity: str) -> None:
    sid = client.made(users, {"Identity": identity})
    for name in (sid, quote(identity, safe="")):
        found = client.get(f"{users}/{name}").body
        assert (found["sid"], found["identity"]) == (sid, identity)
        assert found["url"].endswith(f"{users}/{sid}")


def test_a_new_user_has_the_default_role_and_empty_attributes(client: Client, service: str, users: str) -> None:
    made = client.post(users, {"Identity": "alice"}).body
    assert (made["role_sid"], made["attributes"]) == (default_role(client, service), "{}")
    assert (made["friendly_name"], made["is_online"], made["is_notifiable"]) == (None, None, None)
    assert made["links"] == {"user_conversations": f"{made['url']}/Conversations"}


def test_an_identity_is_unique_within_a_service(client: Client, users: str) -> None:
    client.made(users, {"Identity": "alice"})
    assert client.post(users, {"Identity": "alice"}).error == (409, 50201)
    assert client.post(users, {"Identity": "Alice"}).status == 201
    assert client.post("/Users", {"Identity": "alice"}).status == 201


def test_an_update_keeps_what_it_leaves_out_and_an_empty_name_clears(client: Client, users: str) -> None:
    client.made(users, {"Identity": "alice", "FriendlyName": "Alice", "Attributes": '{ "a": 1 }'})
    assert client.post(f"{users}/alice", {"FriendlyName": ""}).body["friendly_name"] is None
    assert client.get(f"{users}/alice").body["attributes"] == '{ "a": 1 }'


def test_a_setting_reserialises_attributes() -> None:
    with Emulator(settings=EmulatorSettings(attributes="reserialised")) as emulator:
        made = Client(emulator).post("/Users", {"Identity": "alice", "Attributes": '{ "a": 1 }'}).body
        assert made["attributes"] == '{"a":1}'


def test_deleting_a_user_removes_its_participants(client: Client, room: str, users: str) -> None:
    client.made(f"{room}/Participants", {"Identity": "alice"})
    assert client.delete(f"{users}/alice").status == 204
    assert client.get(f"{users}/alice").error == (404, 20404)
    assert client.get(f"{room}/Participants").body["participants"] == []


def test_a_role_of_a_user_cannot_be_deleted(client: Client, service: str, users: str) -> None:
    role = client.made(f"{service}/Roles", {"FriendlyName": "x", "Type": "service", "Permission": "joinConversation"})
    client.made(users, {"Identity": "alice", "RoleSid": role})
    assert client.delete(f"{service}/Roles/{role}").error == (409, 20409)
    client.post(f"{users}/alice", {"RoleSid": default_role(client, service)})
    assert client.delete(f"{service}/Roles/{role}").status == 204


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        pytest.param({}, 20001, id="no identity"),
        pytest.param({"Identity": ""}, 20001, id="an empty identity"),
        pytest.param({"Identity": ["", "alice"]}, 20001, id="an empty identity before another"),
        pytest.param({"Identity": "system"}, 50203, id="a reserved identity"),
        pytest.param({"Identity": "US" + "0" * 32}, 50206, id="an identity like a SID"),
        pytest.param({"Identity": "x" * 257}, 50207, id="a long identity"),
        pytest.param({"Identity": "x", "RoleSid": "RL" + "0" * 32}, 50100, id="a missing role"),
        pytest.param({"Identity": "x", "RoleSid": "{conversation_role}"}, 50102, id="a conversation role"),
        pytest.param({"Identity": "x", "Attributes": "{"}, 50304, id="attributes that are not JSON"),
        pytest.param({"Identity": "x", "Attributes": "NaN"}, 50304, id="attributes that only Python accepts as JSON"),
        pytest.param({"Identity": "x", "Attributes": "[" * 4000}, 50304, id="deeply nested attributes"),
        pytest.param({"Identity": "x", "Attributes": '"' + "é" * 2048 + '"'}, 50303, id="long attributes"),
    ],
)
def test_an_invalid_user_is_an_error(client: Client, service: str, users: str, fields: Fields, code: int) -> None:
    role = client.get(f"{service}/Configuration").body["default_conversation_role_sid"]
    sent = {name: role if value == "{conversation_role}" else value for name, value in fields.items()}
    assert client.post(users, sent).error == (400, code)


def test_an_invalid_update_of_a_user_is_an_error(client: Client, service: str, users: str) -> None:
    client.made(users, {"Identity": "alice"})
    role = client.get(f"{service}/Configuration").body["default_conversation_role_sid"]
    assert client.post(f"{users}/alice", {"RoleSid": role}).error == (400, 50102)
    assert client.post(f"{users}/alice", {"RoleSid": "RL" + "0" * 32}).error == (400, 50100)
    assert client.post(f"{users}/alice", {"Attributes": "{"}).error == (400, 50304)
