"""The conversations of a user, as that user sees them."""

from datetime import UTC, datetime

import pytest

from tests.emulator_sdk.driving import Sdk, api_error, is_missing, pages, unused_sid


@pytest.fixture
def alice(home: Sdk, room: Sdk) -> Sdk:
    """A user who takes part in the room."""
    room.participants.create(identity="alice")
    return home.users("alice")


def test_a_user_sees_the_conversation_and_their_own_part_in_it(home: Sdk, room: Sdk, alice: Sdk) -> None:
    conversation, participant = room.fetch(), room.participants("alice").fetch()
    found = alice.user_conversations(conversation.sid).fetch()
    assert (found.conversation_sid, found.participant_sid) == (conversation.sid, participant.sid)
    assert (found.unique_name, found.conversation_state, found.notification_level) == ("room", "active", "default")
    assert (found.user_sid, found.last_read_message_index) == (home.users("alice").fetch().sid, None)
    assert found.links["participant"] == participant.url
    assert found.links["conversation"] == conversation.url


def test_what_a_user_has_read_is_counted(room: Sdk, alice: Sdk) -> None:
    for body in "abc":
        room.messages.create(body=body)
    mine = alice.user_conversations("room")
    changed = mine.update(last_read_message_index=0, last_read_timestamp=datetime(2026, 3, 1, tzinfo=UTC))
    assert (changed.last_read_message_index, changed.unread_messages_count) == (0, 2)
    assert mine.update(last_read_message_index=2).unread_messages_count == 0
    assert room.participants("alice").fetch().last_read_message_index == 2


def test_a_user_mutes_a_conversation(alice: Sdk) -> None:
    mine = alice.user_conversations("room")
    assert mine.update(notification_level="muted").notification_level == "muted"
    assert mine.fetch().notification_level == "muted"
    assert api_error(lambda: mine.update(notification_level="loud"))[0] == 400
    assert api_error(mine.update) == (400, 20161)


def test_a_users_conversations_are_listed_page_by_page(home: Sdk, alice: Sdk) -> None:
    for name in ("second", "third"):
        home.conversations.create(unique_name=name)
        home.conversations(name).participants.create(identity="alice")
    home.conversations.create(unique_name="of others")
    found = pages(alice.user_conversations, 1, "unique_name")
    assert sorted(found) == [["room"], ["second"], ["third"]]
    assert [len(page) for page in pages(alice.user_conversations, 2, "unique_name")] == [2, 1]


def test_a_user_leaves_a_conversation(room: Sdk, alice: Sdk) -> None:
    assert alice.user_conversations("room").delete()
    assert api_error(alice.user_conversations("room").fetch) == (404, 20404)
    assert api_error(room.participants("alice").fetch) == (404, 20404)
    assert room.fetch().unique_name == "room"
    assert alice.fetch().identity == "alice"


def test_a_user_has_no_conversation_but_their_own(home: Sdk, alice: Sdk) -> None:
    others = home.conversations.create().sid
    for name in (others, unused_sid("CH")):
        assert is_missing(alice.user_conversations(name), notification_level="muted")
    assert api_error(home.users("nobody").user_conversations.list) == (404, 20404)
