"""Conversations with their messages, receipts and webhooks, through Twilio's SDK."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from confsync.emulator.emulator import Emulator
from tests.emulator_sdk.driving import Sdk, api_error, pages

MESSAGING = "MG" + "a" * 32
PHONE, PROXY = "+15005550001", "+15005550006"
MEDIA, CONTENT = "ME" + "a" * 32, "HX" + "a" * 32
URL = "https://example.com/hook"
FLOW = "FW" + "a" * 32
HOOK = {"target": "webhook", "configuration_url": URL, "configuration_filters": ["onMessageAdded"]}


def test_a_conversation_is_fetched_as_it_was_created(home: Sdk) -> None:
    long_ago = datetime(2020, 2, 29, 10, 0, tzinfo=UTC)
    made = home.conversations.create(
        friendly_name="Room",
        unique_name="room",
        attributes='{ "a": 1 }',
        messaging_service_sid=MESSAGING,
        state="inactive",
        bindings_email_address="help@example.com",
        bindings_email_name="Help",
        date_created=long_ago,
    )
    found = home.conversations("room").fetch()
    assert (found.sid, found.friendly_name, found.attributes) == (made.sid, "Room", '{ "a": 1 }')
    assert (found.messaging_service_sid, found.state, found.date_created) == (MESSAGING, "inactive", long_ago)
    assert found.bindings == {"email": {"name": "Help", "projected_address": "help@example.com"}}


def test_conversations_are_listed_in_pages_and_filtered(home: Sdk, emulator: Emulator) -> None:
    for name in "abc":
        home.conversations.create(unique_name=name)
    home.conversations("b").update(state="inactive")
    assert sorted(str(page[0]) for page in pages(home.conversations, 1, "unique_name")) == ["a", "b", "c"]
    assert pages(home.conversations, 2, "unique_name", state="inactive") == [["b"]]
    emulator.clock.advance(timedelta(days=2))
    home.conversations.create(unique_name="later")
    assert pages(home.conversations, 50, "unique_name", start_date="2026-03-02") == [["later"]]
    assert [len(page) for page in pages(home.conversations, 2, end_date="2026-03-02")] == [2, 1]


def participant_json(**participant: object) -> str:
    return json.dumps(participant)


def test_a_conversation_is_created_with_participants(home: Sdk, service_sid: str) -> None:
    made = home.conversation_with_participants.create(
        friendly_name="Room",
        unique_name="room",
        attributes='{"a": 1}',
        participant=[
            participant_json(identity="alice", attributes='{"b": 2}'),
            participant_json(messaging_binding={"address": PHONE, "proxy_address": PROXY}),
        ],
    )
    assert (made.friendly_name, made.unique_name, made.state) == ("Room", "room", "active")
    assert (made.chat_service_sid, made.attributes) == (service_sid, '{"a": 1}')
    assert home.conversations("room").fetch().sid == made.sid
    alice, stranger = home.conversations("room").participants.list()
    assert (alice.identity, alice.attributes) == ("alice", '{"b": 2}')
    assert stranger.messaging_binding == {"type": "sms", "address": PHONE, "proxy_address": PROXY}


def test_a_conversation_can_be_created_without_participants(home: Sdk) -> None:
    made = home.conversation_with_participants.create(state="inactive")
    assert (made.state, home.conversations(made.sid).participants.list()) == ("inactive", [])


def test_a_conversation_can_be_created_with_at_most_ten_participants(home: Sdk) -> None:
    crowd = [participant_json(identity=f"user-{number}") for number in range(11)]
    make = home.conversation_with_participants.create
    assert api_error(lambda: make(participant=crowd))[0] == 400
    assert len(home.conversations(make(participant=crowd[:10]).sid).participants.list()) == 10


def test_creating_with_participants_has_the_errors_of_each_request(home: Sdk, room: Sdk) -> None:
    del room
    make = home.conversation_with_participants.create
    assert api_error(lambda: make(unique_name="room")) == (409, 50353)
    assert api_error(lambda: make(state="closed")) == (400, 50384)
    assert api_error(lambda: make(participant=["alice"]))[0] == 400
    twice = [participant_json(identity="alice")] * 2
    assert api_error(lambda: make(participant=twice)) == (409, 50433)
    assert api_error(lambda: make(participant=[participant_json(attributes="{}")])) == (400, 20001)


@pytest.fixture
def hello(room: Sdk) -> Sdk:
    return room.messages(room.messages.create(body="hello").sid)


def test_a_message_links_its_author(room: Sdk) -> None:
    alice = room.participants.create(identity="alice")
    long_ago = datetime(2020, 2, 29, 10, 0, tzinfo=UTC)
    made = room.messages.create(author="alice", body="hi", attributes='{"a": 1}', date_created=long_ago, subject="Hi")
    assert (made.author, made.participant_sid, made.attributes) == ("alice", alice.sid, '{"a": 1}')
    assert made.date_created == long_ago


def test_a_message_can_have_media_or_content(room: Sdk) -> None:
    assert [each["sid"] for each in room.messages.create(media_sid=MEDIA).media] == [MEDIA]
    made = room.messages.create(content_sid=CONTENT, content_variables='{"1": "x"}')
    assert made.content_sid == CONTENT


def test_a_receipt_records_the_delivery_of_a_message(room: Sdk, hello: Sdk, emulator: Emulator) -> None:
    message = hello.fetch().sid
    bob = room.participants.create(messaging_binding_address="+15005550001").sid
    sid = emulator.seed_receipt(message, status="failed", participant_sid=bob, error_code=30003)
    found = hello.delivery_receipts(sid).fetch()
    assert (found.sid, found.status, found.error_code, found.participant_sid) == (sid, "failed", 30003, bob)
    assert (found.message_sid, found.conversation_sid) == (message, room.fetch().sid)


def test_receipts_are_listed_in_pages_and_summarised(hello: Sdk, emulator: Emulator) -> None:
    sids = [emulator.seed_receipt(hello.fetch().sid, status=status) for status in ("delivered", "sent", "read")]
    assert pages(hello.delivery_receipts, 1) == [[sid] for sid in sids]
    assert pages(hello.delivery_receipts, 2, "status") == [["delivered", "sent"], ["read"]]
    delivery = hello.fetch().delivery
    assert (delivery["total"], delivery["sent"], delivery["read"]) == (3, "all", "some")
    assert (delivery["failed"], delivery["undelivered"]) == ("none", "none")


def test_a_webhook_is_fetched_as_it_was_created(room: Sdk) -> None:
    made = room.webhooks.create(**HOOK, configuration_method="get")
    found = room.webhooks(made.sid).fetch()
    assert (found.sid, found.target) == (made.sid, "webhook")
    assert found.configuration == {"url": URL, "method": "get", "filters": ["onMessageAdded"]}


def test_a_webhook_can_be_updated(room: Sdk) -> None:
    webhook = room.webhooks(room.webhooks.create(**HOOK).sid)
    changed = webhook.update(configuration_url=f"{URL}/2", configuration_filters=["onMessageRemoved", "onMessageAdded"])
    assert changed.configuration["url"] == f"{URL}/2"
    assert webhook.fetch().configuration["filters"] == ["onMessageRemoved", "onMessageAdded"]
