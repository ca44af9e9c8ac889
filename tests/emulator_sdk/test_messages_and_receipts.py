"""Messages, and what the networks told of their delivery."""

from datetime import UTC, datetime

import pytest

from confsync.emulator.emulator import Emulator
from tests.emulator_sdk.driving import Sdk, api_error, is_missing, pages, unused_sid

MEDIA, CONTENT = "ME" + "a" * 32, "HX" + "a" * 32


@pytest.fixture
def hello(room: Sdk) -> Sdk:
    return room.messages(room.messages.create(body="hello").sid)


def test_a_message_that_nobody_signs_is_by_the_system(room: Sdk, hello: Sdk) -> None:
    found = hello.fetch()
    assert (found.body, found.author, found.index, found.attributes) == ("hello", "system", 0, "{}")
    assert (found.participant_sid, found.media, found.delivery, found.content_sid) == (None, None, None, None)
    assert found.conversation_sid == room.fetch().sid
    assert found.links["delivery_receipts"] == f"{found.url}/Receipts"


def test_a_message_is_by_the_participant_who_signs_it(room: Sdk) -> None:
    alice = room.participants.create(identity="alice")
    long_ago = datetime(2020, 2, 29, 10, 0, tzinfo=UTC)
    made = room.messages.create(author="alice", body="hi", attributes='{"a": 1}', date_created=long_ago, subject="Hi")
    assert (made.author, made.participant_sid, made.attributes) == ("alice", alice.sid, '{"a": 1}')
    assert made.date_created == long_ago


def test_a_message_can_carry_media_or_content(room: Sdk) -> None:
    assert [each["sid"] for each in room.messages.create(media_sid=MEDIA).media] == [MEDIA]
    made = room.messages.create(content_sid=CONTENT, content_variables='{"1": "x"}')
    assert made.content_sid == CONTENT


def test_messages_are_numbered_and_a_number_is_never_given_again(room: Sdk) -> None:
    sids = [room.messages.create(body=body).sid for body in "abc"]
    room.messages(sids[2]).delete()
    assert room.messages.create(body="d").index == 3
    assert pages(room.messages, 1, "body") == [["a"], ["b"], ["d"]]
    assert pages(room.messages, 2, "index", order="desc") == [[3, 1], [0]]


def test_a_message_is_changed_and_deleted(room: Sdk, hello: Sdk) -> None:
    changed = hello.update(body="bye", author="bob", attributes='{"b": 2}')
    assert (changed.body, changed.author, changed.attributes) == ("bye", "bob", '{"b": 2}')
    assert hello.fetch().body == "bye"
    assert hello.delete()
    assert api_error(hello.fetch) == (404, 20404)
    assert room.messages.list() == []


def test_a_message_refuses_what_cannot_be(room: Sdk, hello: Sdk) -> None:
    assert api_error(lambda: room.messages.create(body="x" * 1601))[0] == 400
    assert api_error(lambda: room.messages.create(body="x", attributes="{")) == (400, 50304)
    assert api_error(lambda: hello.update(attributes='"' + "x" * 4096 + '"')) == (400, 50303)
    assert api_error(hello.update) == (400, 20161)


def test_nobody_writes_in_a_closed_conversation(room: Sdk) -> None:
    room.update(state="closed")
    assert api_error(lambda: room.messages.create(body="x")) == (400, 50377)


def test_a_message_that_is_not_there_cannot_be_found_changed_or_deleted(room: Sdk) -> None:
    message = room.messages(unused_sid("IM"))
    assert is_missing(message, body="x")
    assert api_error(message.delivery_receipts.list) == (404, 20404)


def test_receipts_tell_what_became_of_a_message(room: Sdk, hello: Sdk, emulator: Emulator) -> None:
    message = hello.fetch().sid
    bob = room.participants.create(messaging_binding_address="+15005550001").sid
    sid = emulator.seed_receipt(message, status="failed", participant_sid=bob, error_code=30003)
    found = hello.delivery_receipts(sid).fetch()
    assert (found.sid, found.status, found.error_code, found.participant_sid) == (sid, "failed", 30003, bob)
    assert (found.message_sid, found.conversation_sid) == (message, room.fetch().sid)


def test_receipts_are_listed_page_by_page_and_summed_up(hello: Sdk, emulator: Emulator) -> None:
    sids = [emulator.seed_receipt(hello.fetch().sid, status=status) for status in ("delivered", "sent", "read")]
    assert pages(hello.delivery_receipts, 1) == [[sid] for sid in sids]
    assert pages(hello.delivery_receipts, 2, "status") == [["delivered", "sent"], ["read"]]
    delivery = hello.fetch().delivery
    assert (delivery["total"], delivery["sent"], delivery["read"]) == (3, "all", "some")
    assert (delivery["failed"], delivery["undelivered"]) == ("none", "none")


def test_a_receipt_that_is_not_there_cannot_be_found(hello: Sdk) -> None:
    assert api_error(hello.delivery_receipts(unused_sid("DY")).fetch) == (404, 20404)
    assert hello.delivery_receipts.list() == []
