"""Conversations: names, states, account defaults and filtered lists."""

from urllib.parse import quote

import pytest

from tests.emulator.client import Client, Fields
from tests.emulator.clock import Clock

MESSAGING = "MG" + "1" * 32


@pytest.fixture
def rooms(service: str) -> str:
    return f"{service}/Conversations"


def test_a_new_conversation_is_active_and_has_the_accounts_messaging_service(client: Client, rooms: str) -> None:
    made = client.post(rooms).body
    assert made["messaging_service_sid"] == client.get("/Configuration").body["default_messaging_service_sid"]
    assert (made["state"], made["timers"], made["bindings"], made["attributes"]) == ("active", {}, {}, "{}")
    assert (made["friendly_name"], made["unique_name"]) == (None, None)
    assert sorted(made["links"]) == ["export", "messages", "participants", "webhooks"]


@pytest.mark.parametrize("name", ["room", "a/b", "é ü", "100%", "CH123", "\x00"])
def test_a_unique_name_identifies_a_conversation_anywhere_in_a_path(client: Client, rooms: str, name: str) -> None:
    sid, coded = client.made(rooms, {"UniqueName": name}), quote(name, safe="")
    assert client.get(f"{rooms}/{coded}").body["sid"] == sid
    added = client.post(f"{rooms}/{coded}/Participants", {"Identity": "alice"}).body
    assert added["conversation_sid"] == sid
    assert f"{rooms}/{sid}/Participants/" in added["url"]
    assert (
        client.get(f"{rooms}/{coded}/Participants")
        .body["meta"]["url"]
        .endswith(f"{rooms}/{sid}/Participants?PageSize=50&Page=0")
    )


def test_a_unique_name_can_be_used_again_once_it_is_cleared(client: Client, rooms: str) -> None:
    first, second = client.made(rooms, {"UniqueName": "room"}), client.made(rooms, {})
    assert client.post(rooms, {"UniqueName": "room"}).error == (409, 50353)
    assert client.post(f"{rooms}/{second}", {"UniqueName": "room"}).error == (409, 50353)
    assert client.post(f"{rooms}/{second}", {"UniqueName": "CH" + "0" * 32}).error == (400, 50390)
    assert client.post(f"{rooms}/{first}", {"UniqueName": "room"}).status == 200
    assert client.post(f"{rooms}/{first}", {"UniqueName": ""}).body["unique_name"] is None
    assert client.post(f"{rooms}/{second}", {"UniqueName": "room"}).status == 200
    assert client.post("/Conversations", {"UniqueName": "room"}).status == 201


def test_neither_friendly_name_nor_messaging_service_can_be_cleared(client: Client, rooms: str) -> None:
    sid = client.made(rooms, {"FriendlyName": "Room", "MessagingServiceSid": MESSAGING})
    client.post(f"{rooms}/{sid}", {"FriendlyName": "", "MessagingServiceSid": ""})
    found = client.get(f"{rooms}/{sid}").body
    assert (found["friendly_name"], found["messaging_service_sid"]) == ("Room", MESSAGING)


def test_an_email_binding_is_returned_under_another_name(client: Client, rooms: str) -> None:
    sent = {"Bindings.Email.Address": "help@example.com", "Bindings.Email.Name": "Help"}
    made = client.post(rooms, sent).body
    assert made["bindings"] == {"email": {"projected_address": "help@example.com", "name": "Help"}}


def test_attributes_are_returned_as_they_were_sent(client: Client, rooms: str) -> None:
    assert client.post(rooms, {"Attributes": '{ "b": 1,\n "a": "\\ud800" }'}).body["attributes"] == (
        '{ "b": 1,\n "a": "\\ud800" }'
    )


def test_dates_from_the_client_are_stored(client: Client, rooms: str) -> None:
    made = client.post(
        rooms, {"DateCreated": "2020-02-29T10:00:00.5+02:00", "DateUpdated": "2020-03-01T00:00:00Z"}
    ).body
    assert (made["date_created"], made["date_updated"]) == ("2020-02-29T08:00:00Z", "2020-03-01T00:00:00Z")


def test_active_and_inactive_alternate_and_closed_is_final(client: Client, room: str) -> None:
    for state in ("inactive", "active", "closed"):
        assert client.post(room, {"State": state}).body["state"] == state
    assert client.post(room, {"State": "active"}).error == (400, 50377)
    assert client.post(room, {"FriendlyName": "x"}).error == (400, 50377)
    assert client.post(f"{room}/Participants", {"Identity": "alice"}).error == (400, 50377)
    assert client.post(f"{room}/Messages", {"Body": "hello"}).error == (400, 50377)
    assert client.delete(room).status == 204


def test_the_shortened_path_addresses_the_default_service(client: Client, service: str) -> None:
    sid = client.made(f"{service}/Conversations", {"UniqueName": "room"})
    assert client.get("/Conversations/room").error == (404, 20404)
    client.post("/Configuration", {"DefaultChatServiceSid": service.rpartition("/")[2]})
    found = client.get("/Conversations/room").body
    assert (found["sid"], found["url"]) == (sid, f"http://127.0.0.1/v1/Conversations/{sid}")


def test_deleting_a_conversation_or_its_service_deletes_its_children(client: Client, service: str, room: str) -> None:
    message = client.made(f"{room}/Messages", {"Body": "hello"})
    client.made(f"{room}/Participants", {"Identity": "alice"})
    assert client.delete(room).status == 204
    assert client.get(f"{room}/Messages/{message}").error == (404, 20404)
    assert client.get(f"{service}/Users/alice/Conversations").body["conversations"] == []
    client.made(f"{service}/Conversations", {"UniqueName": "room"})
    assert client.delete(service).status == 204


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("", ["a", "b", "c"], id="nothing"),
        pytest.param("State=inactive", ["b"], id="a state"),
        pytest.param("State=closed", [], id="a state that no conversation has"),
        pytest.param("StartDate=2026-03-02", ["b", "c"], id="a first day"),
        pytest.param("EndDate=2026-03-02", ["a", "b"], id="a last day"),
        pytest.param("StartDate=2026-03-02T00:00:00Z&EndDate=2026-03-02T23:59:59Z", ["b"], id="one day"),
        pytest.param("StartDate=2026-03-02&State=active", ["c"], id="a first day and a state"),
    ],
)
def test_a_list_can_be_filtered(client: Client, clock: Clock, rooms: str, query: str, expected: list[str]) -> None:
    for name, state in (("a", "active"), ("b", "inactive"), ("c", "active")):
        client.made(rooms, {"UniqueName": name, "State": state})
        clock.move(86_400)
    assert [each["unique_name"] for each in client.get(rooms, query).body["conversations"]] == expected


def test_the_urls_of_a_filtered_list_repeat_the_filter(client: Client, rooms: str) -> None:
    for _ in range(3):
        client.made(rooms, {"State": "inactive"})
        client.made(rooms, {})
    meta = client.get(rooms, "State=inactive&PageSize=2").body["meta"]
    assert "?State=inactive&PageSize=2&Page=0" in meta["url"]
    query = meta["next_page_url"].partition("?")[2]
    assert [each["state"] for each in client.get(rooms, query).body["conversations"]] == ["inactive"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        pytest.param({"State": ""}, 50374, id="an empty state"),
        pytest.param({"State": "open"}, 50378, id="an unknown state"),
        pytest.param({"State": "initializing"}, 50378, id="a state that only Twilio sets"),
        pytest.param({"State": "closed"}, 50384, id="initially closed"),
        pytest.param({"Timers.Inactive": "PT1M"}, 50382, id="a timer without a state"),
        pytest.param({"Timers.Closed": "PT10M"}, 50382, id="a closed timer without a state"),
        pytest.param({"State": "active", "Timers.Inactive": "PT59S"}, 50375, id="a short timer"),
        pytest.param({"State": "active", "Timers.Closed": "PT9M"}, 50376, id="a short closed timer"),
        pytest.param({"State": "active", "Timers.Inactive": "1m"}, 50379, id="a malformed timer"),
        pytest.param({"State": "active", "Timers.Closed": "P"}, 50380, id="a malformed closed timer"),
        pytest.param({"State": "active", "Timers.Closed": "P999999999D"}, 50380, id="an overflowing timer"),
        pytest.param({"FriendlyName": "x" * 257}, 50003, id="a long friendly name"),
        pytest.param({"UniqueName": "x" * 257}, 50004, id="a long unique name"),
        pytest.param({"UniqueName": "CH" + "0" * 32}, 50390, id="a unique name like a SID"),
        pytest.param({"MessagingServiceSid": "MG1"}, 50341, id="a malformed messaging service"),
        pytest.param({"Attributes": '"' + "x" * 16 * 1024 + '"'}, 50303, id="long attributes"),
        pytest.param({"Attributes": ""}, 50304, id="empty attributes"),
        pytest.param({"DateCreated": "yesterday"}, 20422, id="a date in words"),
        pytest.param({"DateCreated": "2021-02-29"}, 20422, id="a nonexistent day"),
        pytest.param({"DateCreated": "0001-01-01T00:00:00+23:59"}, 20422, id="a day before year 1"),
    ],
)
def test_an_invalid_conversation_is_an_error(client: Client, rooms: str, fields: Fields, code: int) -> None:
    assert client.post(rooms, fields).error == (400, code)


@pytest.mark.parametrize("query", ["State=open", "StartDate=soon", "EndDate=2026-13-01"])
def test_an_invalid_filter_is_an_error(client: Client, rooms: str, query: str) -> None:
    assert client.get(rooms, query).status == 400
