"""Participants have either an identity or an address."""

import json
from collections.abc import Callable

import pytest

from confsync.emulator.emulator import Emulator
from confsync.emulator.settings import EmulatorSettings
from tests.emulator.client import Client, Fields

OUTSIDE = {"MessagingBinding.Address": "+15550001", "MessagingBinding.ProxyAddress": "+15559999"}


@pytest.fixture
def members(room: str) -> str:
    return f"{room}/Participants"


def test_a_participant_creates_its_user_with_the_default_roles(client: Client, service: str, members: str) -> None:
    defaults = client.get(f"{service}/Configuration").body
    made = client.post(members, {"Identity": "alice"}).body
    assert (made["identity"], made["messaging_binding"]) == ("alice", None)
    assert made["role_sid"] == defaults["default_conversation_role_sid"]
    assert client.get(f"{service}/Users/alice").body["role_sid"] == defaults["default_chat_service_role_sid"]


def test_creating_a_conversation_adds_no_participant(client: Client, members: str) -> None:
    assert client.get(members).body["participants"] == []


@pytest.mark.parametrize(
    ("address", "channel"),
    [
        ("+15550001", "sms"),
        ("whatsapp:+15550001", "whatsapp"),
        ("messenger:123", "messenger"),
        ("rcs:+15550001", "rcs"),
        ("ann@example.com", "email"),
    ],
)
def test_the_channel_is_derived_from_the_address(client: Client, members: str, address: str, channel: str) -> None:
    made = client.post(members, {"MessagingBinding.Address": address}).body
    assert made["messaging_binding"] == {"type": channel, "address": address}


def test_the_word_null_clears_a_projected_address(client: Client, members: str) -> None:
    client.made(members, {"Identity": "alice", "MessagingBinding.ProjectedAddress": "+15559999"})
    found = client.get(f"{members}/alice").body
    assert found["messaging_binding"] == {"type": "sms", "projected_address": "+15559999"}
    changed = client.post(f"{members}/alice", {"MessagingBinding.ProjectedAddress": "null"}).body
    assert changed["messaging_binding"] is None


@pytest.mark.parametrize("proxy", ["+15558888", OUTSIDE["MessagingBinding.ProxyAddress"]])
def test_a_proxy_address_cannot_be_changed(client: Client, members: str, proxy: str) -> None:
    path = f"{members}/{client.made(members, OUTSIDE)}"
    before = client.get(path).body
    refused = client.post(path, {"MessagingBinding.ProxyAddress": proxy, "Attributes": '{"a":1}'})
    assert refused.error == (400, 50441)
    assert client.get(path).body == before


def test_a_setting_lets_a_proxy_address_be_changed() -> None:
    with Emulator(settings=EmulatorSettings(update_proxy_address="accept")) as emulator:
        client = Client(emulator)
        members = f"/Conversations/{client.made('/Conversations', {})}/Participants"
        path = f"{members}/{client.made(members, OUTSIDE)}"
        changed = client.post(path, {"MessagingBinding.ProxyAddress": "+15558888"}).body
        assert changed["messaging_binding"]["proxy_address"] == "+15558888"


@pytest.mark.parametrize("case", [str.lower, str.upper])
def test_the_case_of_addresses_does_not_matter(client: Client, members: str, case: Callable[[str], str]) -> None:
    pair = {"MessagingBinding.Address": "Ann@Example.com", "MessagingBinding.ProxyAddress": "Desk@Example.com"}
    client.made(members, pair)
    assert client.post(members, {name: case(value) for name, value in pair.items()}).error == (409, 50416)
    home = members.partition("/Conversations")[0]
    found = client.get(f"{home}/ParticipantConversations", f"Address={case('ann@example.com')}").body["conversations"]
    assert len(found) == 1


def test_the_word_null_clears_a_proxy_address(client: Client, members: str) -> None:
    sid = client.made(members, OUTSIDE)
    changed = client.post(f"{members}/{sid}", {"MessagingBinding.ProxyAddress": "null"}).body
    assert changed["messaging_binding"] == {"type": "sms", "address": "+15550001"}


def test_an_identity_can_participate_only_once(client: Client, members: str) -> None:
    client.made(members, {"Identity": "alice"})
    assert client.post(members, {"Identity": "alice"}).error == (409, 50433)


def test_a_pair_of_addresses_can_be_in_only_one_open_conversation_of_the_account(
    client: Client, room: str, members: str
) -> None:
    client.made(members, OUTSIDE)
    elsewhere = "/Conversations/" + client.made("/Conversations", {}) + "/Participants"
    assert client.post(members, OUTSIDE).error == (409, 50416)
    assert client.post(elsewhere, OUTSIDE).error == (409, 50416)
    assert client.post(elsewhere, {**OUTSIDE, "MessagingBinding.ProxyAddress": "+15558888"}).status == 201
    client.post(room, {"State": "closed"})
    assert client.post(elsewhere, OUTSIDE).status == 201


def test_the_last_read_message_is_dated_and_can_be_cleared(client: Client, members: str) -> None:
    client.made(members, {"Identity": "alice"})
    read = client.post(f"{members}/alice", {"LastReadMessageIndex": "7"}).body
    assert (read["last_read_message_index"], read["last_read_timestamp"]) == (7, "2026-03-01T12:00:00Z")
    forgotten = client.post(f"{members}/alice", {"LastReadMessageIndex": "null"}).body
    assert (forgotten["last_read_message_index"], forgotten["last_read_timestamp"]) == (None, None)


def test_a_role_of_a_participant_cannot_be_deleted(client: Client, service: str, members: str) -> None:
    role = client.made(f"{service}/Roles", {"FriendlyName": "x", "Type": "conversation", "Permission": "sendMessage"})
    client.made(members, {"Identity": "alice", "RoleSid": role})
    assert client.delete(f"{service}/Roles/{role}").error == (409, 20409)


def test_only_a_full_path_shows_the_service(client: Client, members: str) -> None:
    short = "/Conversations/" + client.made("/Conversations", {}) + "/Participants"
    assert "chat_service_sid" in client.post(members, {"Identity": "alice"}).body
    assert "chat_service_sid" not in client.post(short, {"Identity": "alice"}).body


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        pytest.param({}, 20001, id="neither identity nor address"),
        pytest.param({"Identity": ""}, 20001, id="an empty identity"),
        pytest.param({"Identity": "alice", **OUTSIDE}, 20422, id="an identity and an address"),
        pytest.param({"Identity": "a", "MessagingBinding.ProxyAddress": "+1"}, 20422, id="an identity and a proxy"),
        pytest.param({"MessagingBinding.ProxyAddress": "+1"}, 20001, id="only a proxy"),
        pytest.param({"MessagingBinding.Address": "+1 555 000 1111"}, 50407, id="a number with spaces"),
        pytest.param({"MessagingBinding.Address": "+1XXXXXXXXXX"}, 50407, id="a placeholder"),
        pytest.param({**OUTSIDE, "MessagingBinding.ProxyAddress": "155599999"}, 50408, id="a proxy without a plus"),
        pytest.param({**OUTSIDE, "MessagingBinding.ProxyAddress": "+15550001"}, 50409, id="equal addresses"),
        pytest.param({**OUTSIDE, "MessagingBinding.ProxyAddress": "whatsapp:+15559999"}, 50414, id="two channels"),
        pytest.param({"Identity": "x" * 257}, 50207, id="a long identity"),
        pytest.param({"Identity": "a", "RoleSid": "RL" + "0" * 32}, 50100, id="a missing role"),
        pytest.param({"Identity": "a", "RoleSid": "{service_role}"}, 50101, id="a service role"),
        pytest.param({"Identity": "a", "Attributes": "x"}, 50304, id="attributes that are not JSON"),
    ],
)
def test_an_invalid_participant_is_an_error(
    client: Client, service: str, members: str, fields: Fields, code: int
) -> None:
    role = client.get(f"{service}/Configuration").body["default_chat_service_role_sid"]
    sent = {name: role if value == "{service_role}" else value for name, value in fields.items()}
    assert client.post(members, sent).error == (400, code)
    assert client.get(f"{service}/Users").body["users"] == []
    assert client.get(members).body["participants"] == []


@pytest.mark.parametrize("index", ["-1", "1.5", "9" * 30, "one"])
def test_an_invalid_message_index_is_an_error(client: Client, members: str, index: str) -> None:
    client.made(members, {"Identity": "alice"})
    assert client.post(f"{members}/alice", {"LastReadMessageIndex": index}).error == (400, 20422)


def test_a_conversation_has_at_most_fifty_participants_with_an_address(
    emulator: Emulator, client: Client, members: str
) -> None:
    for number in range(50):
        client.made(members, {"MessagingBinding.Address": f"+1555{number:04}"})
    assert client.post(members, {"MessagingBinding.Address": "+15559999"}).error == (400, 50417)
    assert client.post(members, {"Identity": "alice"}).status == 201
    assert emulator.log[-1].status == 201


WITH = "/ConversationWithParticipants"


def test_a_conversation_can_be_created_with_its_participants(client: Client, service: str) -> None:
    spoken = [
        '{"identity": "alice", "attributes": "{\\"a\\": 1}"}',
        '{"messaging_binding": {"address": "+15550001", "proxy_address": "+15559999"}}',
    ]
    made = client.post(service + WITH, {"UniqueName": "room", "Participant": spoken}).body
    assert made["url"] == f"http://127.0.0.1/v1{service}/Conversations/{made['sid']}"
    assert sorted(made["links"]) == ["messages", "participants", "webhooks"]
    members = client.get(f"{service}/Conversations/room/Participants").body["participants"]
    assert [each["identity"] for each in members] == ["alice", None]
    assert [each["attributes"] for each in members] == ['{"a": 1}', "{}"]
    assert members[1]["messaging_binding"]["proxy_address"] == "+15559999"


@pytest.mark.parametrize(
    "spoken",
    [
        pytest.param(["alice"], id="not JSON"),
        pytest.param(['["alice"]'], id="a list"),
        pytest.param(["{}"], id="neither identity nor address"),
        pytest.param(['{"identity": "\\ud800"}'], id="half of a surrogate pair"),
        pytest.param(['{"identity": "alice"}'] * 2, id="the same twice"),
        pytest.param([json.dumps({"identity": str(number)}) for number in range(11)], id="eleven"),
    ],
)
def test_an_invalid_participant_rolls_back_the_conversation(client: Client, service: str, spoken: list[str]) -> None:
    assert client.post(service + WITH, {"UniqueName": "room", "Participant": spoken}).status in {400, 409}
    assert client.get(f"{service}/Conversations").body["conversations"] == []
    assert client.get(f"{service}/Users").body["users"] == []
