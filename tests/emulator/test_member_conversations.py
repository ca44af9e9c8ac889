"""The conversations of a user and of any participant."""

import pytest

from confsync.emulator.emulator import Emulator
from confsync.emulator.settings import EmulatorSettings
from tests.emulator.client import Client


@pytest.fixture
def mine(client: Client, service: str, room: str) -> str:
    """The path of the user conversation, by names."""
    client.made(f"{room}/Participants", {"Identity": "alice"})
    return f"{service}/Users/alice/Conversations/room"


def test_a_user_conversation_exists_while_the_user_participates(
    client: Client, service: str, room: str, mine: str
) -> None:
    client.made(f"{service}/Conversations", {"UniqueName": "other"})
    found = client.get(mine).body
    assert found["url"].endswith(f"/Users/{found['user_sid']}/Conversations/{found['conversation_sid']}")
    assert found["links"]["participant"].endswith(f"{room}/Participants/{found['participant_sid']}")
    assert client.get(mine.removesuffix("/room")).body["conversations"] == [found]
    assert client.get(mine.replace("/room", "/other")).error == (404, 20404)
    assert client.delete(f"{room}/Participants/alice").status == 204
    assert client.get(mine).error == (404, 20404)


def test_deleting_a_user_conversation_removes_the_participant(client: Client, room: str, mine: str) -> None:
    assert client.delete(mine).status == 204
    assert client.get(f"{room}/Participants").body["participants"] == []
    assert client.get(room).status == 200


def test_unread_messages_are_counted_after_the_first_is_read(client: Client, room: str, mine: str) -> None:
    for _ in range(3):
        client.made(f"{room}/Messages", {"Body": "hello"})
    assert client.get(mine).body["unread_messages_count"] is None
    read = client.post(mine, {"LastReadMessageIndex": "0", "NotificationLevel": "muted"}).body
    assert (read["unread_messages_count"], read["notification_level"]) == (2, "muted")
    assert client.get(f"{room}/Participants/alice").body["last_read_message_index"] == 0


def test_a_setting_counts_unread_messages_from_the_start() -> None:
    with Emulator(settings=EmulatorSettings(unread_before_reading="all")) as emulator:
        client = Client(emulator)
        room = "/Conversations/" + client.made("/Conversations", {})
        client.made(f"{room}/Participants", {"Identity": "alice"})
        client.made(f"{room}/Messages", {"Body": "hello"})
        assert client.get("/Users/alice/Conversations").body["conversations"][0]["unread_messages_count"] == 1


@pytest.mark.parametrize(
    ("query", "rooms"),
    [
        ("Identity=alice", ["one", "two"]),
        ("Identity=bob", []),
        ("Address=%2B15550001", ["two"]),
        ("Address=%2B15550001&Identity=", ["two"]),
    ],
)
def test_the_conversations_of_a_participant_are_listed(
    client: Client, service: str, query: str, rooms: list[str]
) -> None:
    for name in ("one", "two", "three"):
        client.made(f"{service}/Conversations", {"UniqueName": name})
    for name in ("one", "two"):
        client.made(f"{service}/Conversations/{name}/Participants", {"Identity": "alice"})
    client.made(f"{service}/Conversations/two/Participants", {"MessagingBinding.Address": "+15550001"})
    found = client.get(f"{service}/ParticipantConversations", query).body["conversations"]
    assert [each["conversation_unique_name"] for each in found] == rooms


def test_only_this_list_returns_all_keys_of_a_binding(client: Client, service: str, room: str) -> None:
    sent = {"MessagingBinding.Address": "+15550001", "MessagingBinding.ProxyAddress": "+15559999"}
    client.made(f"{room}/Participants", sent)
    (found,) = client.get(f"{service}/ParticipantConversations", "Address=%2B15550001").body["conversations"]
    assert found["participant_messaging_binding"] == {
        "type": "sms",
        "address": "+15550001",
        "proxy_address": "+15559999",
        "projected_address": None,
        "level": None,
        "name": None,
    }
    assert (found["participant_user_sid"], found["participant_identity"]) == (None, None)


@pytest.mark.parametrize("query", ["", "Identity=", "Identity=alice&Address=%2B1"])
def test_exactly_one_participant_must_be_given(client: Client, service: str, query: str) -> None:
    assert client.get(f"{service}/ParticipantConversations", query).error == (400, 20001)
