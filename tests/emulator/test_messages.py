"""Messages: indexes, order and summaries of their receipts."""

import pytest

from confsync.emulator.emulator import Emulator
from tests.emulator.client import Client, Fields


@pytest.fixture
def messages(room: str) -> str:
    return f"{room}/Messages"


def bodies(client: Client, path: str, query: str = "") -> list[str]:
    return [each["body"] for each in client.get(path, query).body["messages"]]


def test_an_index_increases_and_is_never_used_twice(client: Client, messages: str) -> None:
    made = [client.post(messages, {"Body": body}).body for body in "abc"]
    assert [each["index"] for each in made] == [0, 1, 2]
    client.delete(f"{messages}/{made[2]['sid']}")
    assert client.post(messages, {"Body": "d"}).body["index"] == 3


def test_the_default_author_is_system(client: Client, messages: str) -> None:
    made = client.post(messages, {"Body": "hello"}).body
    assert (made["author"], made["participant_sid"]) == ("system", None)
    assert (made["media"], made["delivery"], made["content_sid"]) == (None, None, None)
    assert sorted(made["links"]) == ["channel_metadata", "delivery_receipts"]


@pytest.mark.parametrize(
    ("fields", "author"), [({"Identity": "alice"}, "alice"), ({"MessagingBinding.Address": "+15550001"}, "+15550001")]
)
def test_a_message_links_an_author_who_participates(
    client: Client, room: str, messages: str, fields: Fields, author: str
) -> None:
    sid = client.made(f"{room}/Participants", fields)
    assert client.post(messages, {"Author": author, "Body": "hello"}).body["participant_sid"] == sid


@pytest.mark.parametrize(
    ("order", "expected"), [("", "abcde"), ("Order=asc&", "abcde"), ("Order=desc&", "edcba"), ("Order=DESC&", "edcba")]
)
def test_messages_are_listed_in_either_order(client: Client, messages: str, order: str, expected: str) -> None:
    for body in "abcde":
        client.made(messages, {"Body": body})
    seen, query = list[str](), f"{order}PageSize=2"
    while query:
        page = client.get(messages, query).body
        seen += [each["body"] for each in page["messages"]]
        query = (page["meta"]["next_page_url"] or "").partition("?")[2]
    assert "".join(seen) == expected


def test_the_urls_of_pages_show_the_order_in_lower_case(client: Client, messages: str) -> None:
    client.made(messages, {"Body": "a"})
    client.made(messages, {"Body": "b"})
    meta = client.get(messages, "Order=DESC&PageSize=1").body["meta"]
    for name in ("url", "first_page_url", "next_page_url"):
        assert "?Order=desc&PageSize=1&" in meta[name]


def test_a_reversed_list_has_previous_pages(client: Client, messages: str) -> None:
    for body in "abcde":
        client.made(messages, {"Body": body})
    first = client.get(messages, "Order=desc&PageSize=2").body
    second = client.get(messages, first["meta"]["next_page_url"].partition("?")[2]).body
    back = client.get(messages, second["meta"]["previous_page_url"].partition("?")[2]).body
    assert [each["body"] for each in back["messages"]] == ["e", "d"]
    assert back["meta"]["previous_page_url"] is None


def test_a_message_can_be_changed(client: Client, messages: str) -> None:
    path = f"{messages}/{client.made(messages, {'Body': 'helo', 'Attributes': '{}'})}"
    changed = client.post(path, {"Body": "hello", "Attributes": '{"a": 1}', "Author": "bob"}).body
    assert (changed["body"], changed["attributes"], changed["author"]) == ("hello", '{"a": 1}', "bob")
    assert client.post(path, {"Attributes": '"' + "x" * 4096 + '"'}).error == (400, 50303)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        pytest.param({"Body": "x" * 1601}, 20422, id="a long body"),
        pytest.param({"Subject": "x" * 257}, 20422, id="a long subject"),
        pytest.param({"ContentSid": "HX1"}, 20423, id="a malformed template"),
        pytest.param({"ContentVariables": "x"}, 50304, id="variables that are not JSON"),
        pytest.param({"Attributes": '"' + "x" * 4096 + '"'}, 50303, id="long attributes"),
    ],
)
def test_an_invalid_message_is_an_error(client: Client, messages: str, fields: Fields, code: int) -> None:
    assert client.post(messages, fields).error == (400, code)
    assert client.post(messages, {"Body": "next"}).body["index"] == 0


def test_a_message_summarises_its_receipts(emulator: Emulator, client: Client, messages: str) -> None:
    path = f"{messages}/" + (sid := client.made(messages, {"Body": "hello"}))
    emulator.seed_receipt(sid, status="sent")
    emulator.seed_receipt(sid, status="read")
    assert client.get(path).body["delivery"] == {
        "total": 2,
        "sent": "all",
        "delivered": "some",
        "read": "some",
        "failed": "none",
        "undelivered": "none",
    }


def test_receipts_are_listed_and_fetched_and_deleted_with_their_message(
    emulator: Emulator, client: Client, messages: str
) -> None:
    path = f"{messages}/" + (sid := client.made(messages, {"Body": "hello"}))
    receipt = emulator.seed_receipt(sid, status="failed", error_code=30003)
    found = client.get(f"{path}/Receipts/{receipt}").body
    assert (found["message_sid"], found["status"], found["error_code"]) == (sid, "failed", 30003)
    assert client.get(f"{path}/Receipts").body["delivery_receipts"] == [found]
    assert client.post(f"{path}/Receipts", {"Status": "read"}).error == (405, 20004)
    client.delete(path)
    assert client.get(f"{path}/Receipts").error == (404, 20404)


def test_a_receipt_cannot_be_seeded_without_its_message(emulator: Emulator) -> None:
    with pytest.raises(LookupError, match="no message"):
        emulator.seed_receipt("IM" + "0" * 32)
