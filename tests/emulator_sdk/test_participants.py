"""Participants: users by identity, and people outside by address."""

from tests.emulator_sdk.driving import Sdk, api_error, is_missing, pages, unused_sid

PHONE, PROXY, OTHER = "+15005550001", "+15005550006", "+15005550007"


def test_a_user_joins_with_the_default_role(home: Sdk, room: Sdk) -> None:
    made = room.participants.create(identity="alice", attributes='{"a": 1}')
    found = room.participants("alice").fetch()
    assert (found.sid, found.identity, found.attributes) == (made.sid, "alice", '{"a": 1}')
    assert (found.messaging_binding, found.last_read_message_index) == (None, None)
    assert found.conversation_sid == room.fetch().sid
    assert home.roles(found.role_sid).fetch().friendly_name == "channel user"


def test_somebody_outside_joins_by_an_address(room: Sdk) -> None:
    made = room.participants.create(messaging_binding_address=PHONE, messaging_binding_proxy_address=PROXY)
    assert made.identity is None
    assert made.messaging_binding == {"type": "sms", "address": PHONE, "proxy_address": PROXY}
    assert room.participants(made.sid).fetch().messaging_binding == made.messaging_binding


def test_a_whatsapp_address_is_known_by_what_stands_before_it(room: Sdk) -> None:
    made = room.participants.create(
        messaging_binding_address=f"whatsapp:{PHONE}", messaging_binding_proxy_address=f"whatsapp:{PROXY}"
    )
    assert made.messaging_binding["type"] == "whatsapp"


def test_a_participant_is_changed(home: Sdk, room: Sdk) -> None:
    admin = next(each.sid for each in home.roles.list() if each.friendly_name == "channel admin")
    room.messages.create(body="hello")
    room.participants.create(identity="alice")
    changed = room.participants("alice").update(
        role_sid=admin, attributes="{}", last_read_message_index=0, last_read_timestamp="2026-03-01T12:00:00Z"
    )
    assert (changed.role_sid, changed.last_read_message_index) == (admin, 0)
    assert changed.last_read_timestamp == "2026-03-01T12:00:00Z"


def test_the_word_null_removes_a_projected_address(room: Sdk) -> None:
    made = room.participants.create(identity="alice", messaging_binding_projected_address=PROXY)
    assert made.messaging_binding["projected_address"] == PROXY
    changed = room.participants(made.sid).update(messaging_binding_projected_address="null")
    assert "projected_address" not in (changed.messaging_binding or {})


def test_participants_are_listed_page_by_page_and_leave(room: Sdk) -> None:
    for name in ("ann", "bob", "cid"):
        room.participants.create(identity=name)
    assert pages(room.participants, 1, "identity") == [["ann"], ["bob"], ["cid"]]
    assert room.participants("bob").delete()
    assert pages(room.participants, 2, "identity") == [["ann", "cid"]]
    assert api_error(room.participants("bob").fetch) == (404, 20404)


def test_nobody_joins_twice(room: Sdk) -> None:
    room.participants.create(identity="alice")
    assert api_error(lambda: room.participants.create(identity="alice")) == (409, 50433)


def test_a_pair_of_addresses_is_in_one_open_conversation(home: Sdk, room: Sdk) -> None:
    pair = {"messaging_binding_address": PHONE, "messaging_binding_proxy_address": PROXY}
    room.participants.create(**pair)
    second = home.conversations(home.conversations.create().sid)
    assert api_error(lambda: second.participants.create(**pair)) == (409, 50416)
    assert second.participants.create(messaging_binding_address=PHONE, messaging_binding_proxy_address=OTHER).sid
    room.update(state="closed")
    third = home.conversations(home.conversations.create().sid)
    assert third.participants.create(**pair).sid


def test_a_participant_has_an_identity_or_an_address(room: Sdk) -> None:
    make = room.participants.create
    assert api_error(make) == (400, 20001)
    assert api_error(lambda: make(identity="alice", messaging_binding_address=PHONE))[0] == 400
    assert api_error(lambda: make(identity="alice", role_sid=unused_sid("RL")))[0] == 400
    assert api_error(lambda: make(identity="alice", attributes="[")) == (400, 50304)


def test_nobody_joins_a_closed_conversation(room: Sdk) -> None:
    room.update(state="closed")
    assert api_error(lambda: room.participants.create(identity="alice")) == (400, 50377)


def test_a_participant_that_is_not_there_cannot_be_found_changed_or_deleted(room: Sdk) -> None:
    for name in (unused_sid("MB"), "nobody"):
        assert is_missing(room.participants(name), attributes="{}")
