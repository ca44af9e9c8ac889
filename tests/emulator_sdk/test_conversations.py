"""Conversations: named, dated, and closed for good."""

from datetime import UTC, datetime, timedelta

from confsync.emulator.emulator import Emulator
from tests.emulator_sdk.driving import Sdk, api_error, is_missing, pages, unused_sid

MESSAGING = "MG" + "a" * 32


def test_a_new_conversation_is_active_and_empty(home: Sdk, service_sid: str) -> None:
    made = home.conversations.create()
    assert (made.state, made.attributes, made.timers, made.bindings) == ("active", "{}", {}, {})
    assert (made.friendly_name, made.unique_name, made.chat_service_sid) == (None, None, service_sid)
    assert home.conversations(made.sid).fetch().links["messages"] == f"{made.url}/Messages"


def test_a_conversation_is_read_as_it_was_made(home: Sdk) -> None:
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


def test_a_unique_name_is_taken_once_and_can_be_given_up(home: Sdk, room: Sdk) -> None:
    assert api_error(lambda: home.conversations.create(unique_name="room")) == (409, 50353)
    assert room.update(unique_name="").unique_name is None
    assert home.conversations.create(unique_name="room").unique_name == "room"
    assert api_error(lambda: room.update(unique_name="room")) == (409, 50353)
    assert api_error(lambda: room.update(unique_name=unused_sid("CH"))) == (400, 50390)


def test_a_friendly_name_cannot_be_cleared(room: Sdk) -> None:
    assert room.update(friendly_name="Room").friendly_name == "Room"
    assert room.update(friendly_name="").friendly_name == "Room"


def test_timers_read_back_as_the_dates_when_they_run_out(home: Sdk) -> None:
    made = home.conversations.create(state="active", timers_inactive="PT1M", timers_closed="PT10M")
    assert made.timers == {"date_inactive": "2026-03-01T12:01:00Z", "date_closed": "2026-03-01T12:10:00Z"}


def test_a_conversation_falls_asleep_and_closes_as_time_passes(home: Sdk, emulator: Emulator) -> None:
    made = home.conversations.create(state="active", timers_inactive="PT1M", timers_closed="PT10M")
    states = [made.state]
    for _ in range(3):
        emulator.clock.advance(timedelta(minutes=4))
        states.append(home.conversations(made.sid).fetch().state)
    assert states == ["active", "inactive", "inactive", "closed"]


def test_a_message_wakes_a_conversation(room: Sdk) -> None:
    room.update(state="inactive")
    room.messages.create(body="hello")
    assert room.fetch().state == "active"


def test_a_closed_conversation_cannot_be_changed(home: Sdk, room: Sdk) -> None:
    assert room.update(state="closed").state == "closed"
    assert api_error(lambda: room.update(friendly_name="x")) == (400, 50377)
    assert api_error(lambda: room.update(state="active")) == (400, 50377)
    assert room.fetch().state == "closed"
    assert room.delete()
    assert api_error(home.conversations("room").fetch) == (404, 20404)


def test_a_conversation_refuses_what_cannot_be(home: Sdk) -> None:
    make = home.conversations.create
    assert api_error(lambda: make(state="closed")) == (400, 50384)
    assert api_error(lambda: make(state="asleep")) == (400, 50378)
    assert api_error(lambda: make(state="")) == (400, 50374)
    assert api_error(lambda: make(timers_inactive="PT1M")) == (400, 50382)
    assert api_error(lambda: make(state="active", timers_inactive="PT59S")) == (400, 50375)
    assert api_error(lambda: make(state="active", timers_closed="PT9M")) == (400, 50376)
    assert api_error(lambda: make(state="active", timers_inactive="x")) == (400, 50379)
    assert api_error(lambda: make(state="active", timers_closed="x")) == (400, 50380)
    assert api_error(lambda: make(attributes="x")) == (400, 50304)
    assert api_error(lambda: make(attributes='"' + "x" * 16384 + '"')) == (400, 50303)
    assert api_error(lambda: make(friendly_name="x" * 257)) == (400, 50003)
    assert api_error(lambda: make(messaging_service_sid="MG1")) == (400, 50341)


def test_conversations_are_listed_page_by_page_all_or_some(home: Sdk, emulator: Emulator) -> None:
    for name in "abc":
        home.conversations.create(unique_name=name)
    home.conversations("b").update(state="inactive")
    assert sorted(str(page[0]) for page in pages(home.conversations, 1, "unique_name")) == ["a", "b", "c"]
    assert pages(home.conversations, 2, "unique_name", state="inactive") == [["b"]]
    emulator.clock.advance(timedelta(days=2))
    home.conversations.create(unique_name="later")
    assert pages(home.conversations, 50, "unique_name", start_date="2026-03-02") == [["later"]]
    assert [len(page) for page in pages(home.conversations, 2, end_date="2026-03-02")] == [2, 1]


def test_a_conversation_of_another_service_is_not_found(v1: Sdk, support: Sdk) -> None:
    theirs = support.conversations.create(unique_name="room").sid
    assert api_error(v1.conversations(theirs).fetch) == (404, 20404)
    assert v1.conversations.create(unique_name="room").sid != theirs


def test_a_conversation_that_is_not_there_cannot_be_found_changed_or_deleted(home: Sdk) -> None:
    for name in (unused_sid("CH"), "nothing"):
        assert is_missing(home.conversations(name), state="active")
        assert api_error(home.conversations(name).participants.list) == (404, 20404)
