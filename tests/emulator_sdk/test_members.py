"""Roles, users, participants, bindings and the conversations of each, through Twilio's SDK."""

from datetime import UTC, datetime

import pytest

from confsync.emulator.emulator import Emulator
from tests.emulator_sdk.driving import Sdk, api_error, pages

BUILT_IN = ["channel admin", "channel user", "service admin", "service user"]


@pytest.fixture
def agent(home: Sdk) -> Sdk:
    made = home.roles.create(
        friendly_name="agent", type="conversation", permission=["sendMessage", "leaveConversation"]
    )
    return home.roles(made.sid)


def test_a_role_is_fetched_as_it_was_created(home: Sdk, agent: Sdk, service_sid: str) -> None:
    del home
    found = agent.fetch()
    assert (found.friendly_name, found.type, found.chat_service_sid) == ("agent", "conversation", service_sid)
    assert found.permissions == ["sendMessage", "leaveConversation"]


def test_every_service_has_four_default_roles(home: Sdk) -> None:
    assert pages(home.roles, 2, "friendly_name") == [BUILT_IN[:2], BUILT_IN[2:]]


@pytest.fixture
def alice(home: Sdk) -> Sdk:
    return home.users(home.users.create(identity="alice", friendly_name="Alice", attributes='{"a": 1}').sid)


def test_a_new_user_has_the_services_default_role(home: Sdk, alice: Sdk, service_sid: str) -> None:
    found = alice.fetch()
    assert (found.identity, found.friendly_name, found.attributes) == ("alice", "Alice", '{"a": 1}')
    assert found.chat_service_sid == service_sid
    assert home.roles(found.role_sid).fetch().friendly_name == "service user"
    assert found.links["user_conversations"] == f"{found.url}/Conversations"


def test_a_user_can_get_another_role_and_no_name(home: Sdk, alice: Sdk) -> None:
    admin = next(each.sid for each in home.roles.list() if each.friendly_name == "service admin")
    changed = alice.update(role_sid=admin, friendly_name="", attributes="{}")
    assert (changed.role_sid, changed.friendly_name, changed.attributes) == (admin, None, "{}")


def test_a_new_participant_has_the_default_role(home: Sdk, room: Sdk) -> None:
    made = room.participants.create(identity="alice", attributes='{"a": 1}')
    found = room.participants("alice").fetch()
    assert (found.sid, found.identity, found.attributes) == (made.sid, "alice", '{"a": 1}')
    assert (found.messaging_binding, found.last_read_message_index) == (None, None)
    assert found.conversation_sid == room.fetch().sid
    assert home.roles(found.role_sid).fetch().friendly_name == "channel user"


def test_a_participant_can_be_updated(home: Sdk, room: Sdk) -> None:
    admin = next(each.sid for each in home.roles.list() if each.friendly_name == "channel admin")
    room.messages.create(body="hello")
    room.participants.create(identity="alice")
    changed = room.participants("alice").update(
        role_sid=admin, attributes="{}", last_read_message_index=0, last_read_timestamp="2026-03-01T12:00:00Z"
    )
    assert (changed.role_sid, changed.last_read_message_index) == (admin, 0)
    assert changed.last_read_timestamp == "2026-03-01T12:00:00Z"


@pytest.fixture
def sids(emulator: Emulator, support: Sdk) -> list[str]:
    service = support.fetch().sid
    return [
        emulator.seed_binding(service, identity="alice", type="apn"),
        emulator.seed_binding(service, identity="bob", type="fcm"),
        emulator.seed_binding(service, identity="alice", type="twilsock"),
    ]


def test_bindings_are_listed_in_pages_and_filtered(support: Sdk, sids: list[str]) -> None:
    assert pages(support.bindings, 2) == [sids[:2], sids[2:]]
    assert pages(support.bindings, 1, identity=["alice"]) == [[sids[0]], [sids[2]]]
    assert pages(support.bindings, 50, binding_type=["fcm", "twilsock"]) == [sids[1:]]
    assert pages(support.bindings, 50, binding_type=["fcm"], identity=["alice"]) == [[]]


@pytest.fixture
def member(home: Sdk, room: Sdk) -> Sdk:
    """A user who participates in the room."""
    room.participants.create(identity="alice")
    return home.users("alice")


def test_a_user_conversation_shows_the_conversation_and_the_participant(home: Sdk, room: Sdk, member: Sdk) -> None:
    conversation, participant = room.fetch(), room.participants("alice").fetch()
    found = member.user_conversations(conversation.sid).fetch()
    assert (found.conversation_sid, found.participant_sid) == (conversation.sid, participant.sid)
    assert (found.unique_name, found.conversation_state, found.notification_level) == ("room", "active", "default")
    assert (found.user_sid, found.last_read_message_index) == (home.users("alice").fetch().sid, None)
    assert found.links["participant"] == participant.url
    assert found.links["conversation"] == conversation.url


def test_unread_messages_are_counted(room: Sdk, member: Sdk) -> None:
    for body in "abc":
        room.messages.create(body=body)
    mine = member.user_conversations("room")
    changed = mine.update(last_read_message_index=0, last_read_timestamp=datetime(2026, 3, 1, tzinfo=UTC))
    assert (changed.last_read_message_index, changed.unread_messages_count) == (0, 2)
    assert mine.update(last_read_message_index=2).unread_messages_count == 0
    assert room.participants("alice").fetch().last_read_message_index == 2


def test_a_user_can_mute_a_conversation(member: Sdk) -> None:
    mine = member.user_conversations("room")
    assert mine.update(notification_level="muted").notification_level == "muted"
    assert mine.fetch().notification_level == "muted"
    assert api_error(lambda: mine.update(notification_level="loud"))[0] == 400
    assert mine.update().notification_level == "muted"


def test_user_conversations_are_listed_in_pages(home: Sdk, member: Sdk) -> None:
    for name in ("second", "third"):
        home.conversations.create(unique_name=name)
        home.conversations(name).participants.create(identity="alice")
    home.conversations.create(unique_name="of others")
    found = pages(member.user_conversations, 1, "unique_name")
    assert sorted(found) == [["room"], ["second"], ["third"]]
    assert [len(page) for page in pages(member.user_conversations, 2, "unique_name")] == [2, 1]


def test_participant_conversations_are_found_by_identity(home: Sdk, room: Sdk, service_sid: str) -> None:
    participant, conversation = room.participants.create(identity="alice"), room.fetch()
    (found,) = home.participant_conversations.list(identity="alice")
    assert (found.participant_sid, found.participant_identity) == (participant.sid, "alice")
    assert (found.conversation_sid, found.conversation_unique_name) == (conversation.sid, "room")
    assert (found.conversation_state, found.chat_service_sid) == ("active", service_sid)
    assert found.participant_user_sid == home.users("alice").fetch().sid
    assert found.participant_messaging_binding is None
    assert found.links == {"participant": participant.url, "conversation": conversation.url}


def test_participant_conversations_are_listed_in_pages(home: Sdk) -> None:
    for name in "abc":
        home.conversations.create(unique_name=name)
        home.conversations(name).participants.create(identity="alice")
    found = pages(home.participant_conversations, 1, "conversation_unique_name", identity="alice")
    assert sorted(found) == [["a"], ["b"], ["c"]]
    assert [len(page) for page in pages(home.participant_conversations, 2, "links", identity="alice")] == [2, 1]
