"""The conversations of one participant, by identity or address."""

from tests.emulator_sdk.driving import Sdk, api_error, pages

PHONE, PROXY = "+15005550001", "+15005550006"


def test_a_users_conversations_are_found_by_identity(home: Sdk, room: Sdk, service_sid: str) -> None:
    participant, conversation = room.participants.create(identity="alice"), room.fetch()
    (found,) = home.participant_conversations.list(identity="alice")
    assert (found.participant_sid, found.participant_identity) == (participant.sid, "alice")
    assert (found.conversation_sid, found.conversation_unique_name) == (conversation.sid, "room")
    assert (found.conversation_state, found.chat_service_sid) == ("active", service_sid)
    assert found.participant_user_sid == home.users("alice").fetch().sid
    assert found.participant_messaging_binding is None
    assert found.links == {"participant": participant.url, "conversation": conversation.url}


def test_a_strangers_conversations_are_found_by_address(home: Sdk, room: Sdk) -> None:
    room.participants.create(messaging_binding_address=PHONE, messaging_binding_proxy_address=PROXY)
    (found,) = home.participant_conversations.list(address=PHONE)
    assert (found.participant_identity, found.participant_user_sid) == (None, None)
    assert found.participant_messaging_binding["address"] == PHONE
    assert found.participant_messaging_binding["proxy_address"] == PROXY


def test_they_are_listed_page_by_page(home: Sdk) -> None:
    for name in "abc":
        home.conversations.create(unique_name=name)
        home.conversations(name).participants.create(identity="alice")
    found = pages(home.participant_conversations, 1, "conversation_unique_name", identity="alice")
    assert sorted(found) == [["a"], ["b"], ["c"]]
    assert [len(page) for page in pages(home.participant_conversations, 2, "links", identity="alice")] == [2, 1]


def test_whoever_takes_part_in_nothing_has_no_conversations(home: Sdk) -> None:
    assert home.participant_conversations.list(identity="nobody") == []


def test_exactly_one_name_must_be_given(home: Sdk) -> None:
    assert api_error(home.participant_conversations.list) == (400, 20001)
    assert api_error(lambda: home.participant_conversations.list(identity="alice", address=PHONE)) == (400, 20001)
