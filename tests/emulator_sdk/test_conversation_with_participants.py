"""A conversation made together with those who take part in it."""

import json

from tests.emulator_sdk.driving import Sdk, api_error

PHONE, PROXY = "+15005550001", "+15005550006"


def spoken(**participant: object) -> str:
    return json.dumps(participant)


def test_a_conversation_begins_with_its_participants(home: Sdk, service_sid: str) -> None:
    made = home.conversation_with_participants.create(
        friendly_name="Room",
        unique_name="room",
        attributes='{"a": 1}',
        participant=[
            spoken(identity="alice", attributes='{"b": 2}'),
            spoken(messaging_binding={"address": PHONE, "proxy_address": PROXY}),
        ],
    )
    assert (made.friendly_name, made.unique_name, made.state) == ("Room", "room", "active")
    assert (made.chat_service_sid, made.attributes) == (service_sid, '{"a": 1}')
    assert home.conversations("room").fetch().sid == made.sid
    alice, stranger = home.conversations("room").participants.list()
    assert (alice.identity, alice.attributes) == ("alice", '{"b": 2}')
    assert stranger.messaging_binding == {"type": "sms", "address": PHONE, "proxy_address": PROXY}


def test_a_conversation_may_begin_with_nobody(home: Sdk) -> None:
    made = home.conversation_with_participants.create(state="inactive")
    assert (made.state, home.conversations(made.sid).participants.list()) == ("inactive", [])


def test_all_of_them_come_or_nothing_is_made(home: Sdk) -> None:
    make = home.conversation_with_participants.create
    twice = [spoken(identity="alice"), spoken(identity="alice")]
    assert api_error(lambda: make(unique_name="room", participant=twice)) == (409, 50433)
    assert api_error(home.conversations("room").fetch) == (404, 20404)
    assert api_error(home.users("alice").fetch) == (404, 20404)


def test_ten_may_come_and_no_more(home: Sdk) -> None:
    crowd = [spoken(identity=f"user-{number}") for number in range(11)]
    make = home.conversation_with_participants.create
    assert api_error(lambda: make(participant=crowd))[0] == 400
    assert len(home.conversations(make(participant=crowd[:10]).sid).participants.list()) == 10


def test_the_same_is_refused_as_for_each_of_them(home: Sdk, room: Sdk) -> None:
    del room
    make = home.conversation_with_participants.create
    assert api_error(lambda: make(unique_name="room")) == (409, 50353)
    assert api_error(lambda: make(state="closed")) == (400, 50384)
    assert api_error(lambda: make(participant=["alice"]))[0] == 400
    assert api_error(lambda: make(participant=[spoken(attributes="{}")])) == (400, 20001)
