"""The judge finds every kind of breach, and none in Twilio's own examples."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from confsync.emulator.emulator import Emulator
from confsync.emulator.http import Request, Response
from tests.emulator.client import Client
from tests.openapi import file, told
from tests.openapi.breach import Offence
from tests.openapi.judge import Judge
from tests.openapi.witness import Witness

pytestmark = file.needed

ROLE = "/v1/Services/IS" + "0" * 32 + "/Roles/RL" + "0" * 32
ROLES = "/v1/Services/IS" + "0" * 32 + "/Roles"
READ: dict[str, Any] = {
    "sid": "RL" + "0" * 32,
    "account_sid": "AC" + "0" * 32,
    "chat_service_sid": None,
    "friendly_name": "agent",
    "type": "service",
    "permissions": ["joinConversation"],
    "date_created": "2026-03-01T12:00:00Z",
    "date_updated": None,
    "url": "http://127.0.0.1/v1/Roles/RL0",
}


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge()


def read(judge: Judge, **changed: object) -> set[str]:
    """Judge an answer that tells a role, with some things changed."""
    return told_of(judge, Request("GET", ROLE), said({**READ, **changed}))


def written(judge: Judge, body: str, status: int = 200, client: str = "curl/8") -> set[str]:
    """Judge an update of a role."""
    answer = said(READ) if status == 200 else refused(status)
    return told_of(judge, Request("POST", ROLE, headers={"user-agent": client}, body=body.encode()), answer)


def told_of(judge: Judge, request: Request, response: Response) -> set[str]:
    return {f"{each.offence}: {each.where.rpartition('.')[2]}" for each in judge.breaches(request, response)}


def said(body: Mapping[str, object], status: int = 200) -> Response:
    return Response(status, {"Content-Type": "application/json"}, json.dumps(body).encode())


def refused(status: int) -> Response:
    return said({"message": "no", "status": status}, status)


def test_twilios_own_examples_have_no_fault_but_what_is_exempt(judge: Judge) -> None:
    for method, path, status, value in told.in_their_places():
        assert judge.breaches(Request(method, path), said(value, status)) == [], path


def test_what_is_right_is_right(judge: Judge) -> None:
    assert read(judge) == set()
    assert written(judge, "Permission=sendMessage&Permission=leaveConversation") == set()


@pytest.mark.parametrize(
    ("changed", "breach"),
    [
        ({"colour": "red"}, "unknown property: colour"),
        ({"type": None}, "null: type"),
        ({"type": "Service"}, "value: type"),
        ({"sid": "RL0"}, "format: sid"),
        ({"sid": "CH" + "0" * 32}, "format: sid"),
        ({"date_created": "2026-03-01 12:00:00"}, "format: date_created"),
        ({"date_created": 7}, "type: date_created"),
        ({"url": "/v1/Roles"}, "format: url"),
        ({"permissions": "all"}, "type: permissions"),
        ({"permissions": [True]}, "type: permissions"),
        ({"permissions": [None]}, "null: permissions"),
    ],
)
def test_an_answer_is_held_against_its_schema(judge: Judge, changed: dict[str, object], breach: str) -> None:
    assert read(judge, **changed) == {breach}


def test_every_property_that_is_described_must_be_there(judge: Judge) -> None:
    body = {name: value for name, value in READ.items() if name != "permissions"}
    assert told_of(judge, Request("GET", ROLE), said(body)) == {"missing property: permissions"}


def test_a_list_is_held_down_to_its_last_member(judge: Judge) -> None:
    urls = dict.fromkeys(("first_page_url", "url"), "http://127.0.0.1/v1/Roles")
    others = dict.fromkeys(("next_page_url", "previous_page_url"))
    body = {
        "meta": {**urls, **others, "key": "roles", "page": 0, "page_size": "50"},
        "roles": [READ, {**READ, "type": "x"}],
    }
    assert told_of(judge, Request("GET", ROLES), said(body)) == {"type: page_size", "value: type"}


def test_an_object_without_a_schema_is_held_against_the_examples(judge: Judge) -> None:
    path = "/v1/Configuration/Addresses/IG" + "0" * 32
    body = next(value for _, where, _, value in told.in_their_places() if where == "/v1/Configuration/Addresses/{Sid}")
    changed = {**body, "auto_creation": {**body["auto_creation"], "magic": True}}
    assert told_of(judge, Request("GET", path), said(body)) == set()
    assert told_of(judge, Request("GET", path), said(changed)) == {"unknown property: magic"}


@pytest.mark.parametrize(
    ("response", "offence"),
    [
        (said(READ, 202), "status"),
        (Response(200, {"Content-Type": "text/html"}, b"hello"), "content type"),
        (Response(404, {"Content-Type": "text/html"}, b"hello"), "error shape"),
        (said({"status": 404}, 404), "error shape"),
        (said({"message": "no", "status": 400}, 404), "error shape"),
        (said({"message": "no", "status": 404, "code": "20404"}, 404), "error shape"),
        (said({"message": "no", "status": 404, "why": "because"}, 404), "error shape"),
    ],
)
def test_status_and_content_are_held_against_the_file(judge: Judge, response: Response, offence: Offence) -> None:
    assert {each.offence for each in judge.breaches(Request("GET", ROLE), response)} == {offence}


def test_a_deleted_thing_is_told_without_a_body(judge: Judge) -> None:
    assert judge.breaches(Request("DELETE", ROLE), Response(204)) == []
    assert [each.offence for each in judge.breaches(Request("DELETE", ROLE), Response(204, body=b"{}"))] == [
        "content type"
    ]


def test_a_path_that_the_file_does_not_know_must_not_be_answered_well(judge: Judge) -> None:
    for request in (Request("GET", "/v1/Colours"), Request("PUT", ROLE)):
        assert judge.breaches(request, refused(404)) == []
        assert [each.offence for each in judge.breaches(request, said({}))] == ["unknown operation"]


@pytest.mark.parametrize(
    ("path", "sent", "offences"),
    [
        ("/v1/Conversations", "State=Active", {"parameter value"}),
        ("/v1/Credentials", "Type=apn&Sandbox=True", {"parameter value"}),
        ("/v1/Credentials", "Type=apn&Sandbox=", {"empty parameter"}),
        ("/v1/Credentials", "Type=apn&Type=gcm", {"repeated parameter"}),
        ("/v1/Credentials", "Type=apn&Colour=red", {"unknown parameter"}),
        ("/v1/Conversations", "DateCreated=2026-03-01", {"parameter value"}),
        ("/v1/Conversations", "MessagingServiceSid=CH" + "0" * 32, {"parameter value"}),
        ("/v1/Conversations", "DateCreated=2026-03-01T12:00:00Z&State=active", set()),
    ],
)
def test_what_was_sent_is_held_against_the_file_where_it_was_taken(
    judge: Judge, path: str, sent: str, offences: set[str]
) -> None:
    request = Request("POST", path, body=sent.encode())
    of_request = {"unknown parameter", "parameter value", "empty parameter", "repeated parameter"}
    found = {each.offence for each in judge.breaches(request, said({}, 201))}
    assert found & of_request == offences
    assert judge.breaches(request, refused(400)) == []


def test_a_query_and_headers_are_held_against_the_file(judge: Judge) -> None:
    request = Request("GET", ROLES, "PageSize=51&Size=2")
    found = {(each.offence, each.where.rpartition(" ")[2]) for each in judge.breaches(request, said({}))}
    assert {("parameter value", "PageSize"), ("unknown parameter", "Size")} <= found
    hook = Request("POST", "/v1/Users", headers={"x-twilio-webhook-enabled": "yes"}, body=b"Identity=x")
    assert "parameter value" in {each.offence for each in judge.breaches(hook, said({}, 201))}


def test_confsync_never_sends_what_the_file_does_not_know_even_where_it_is_refused(judge: Judge) -> None:
    assert written(judge, "Colour=red", 400) == set()
    assert written(judge, "Colour=red", 400, client="confsync/1.0") == {
        "unknown parameter: POST /v1/Services/{ChatServiceSid}/Roles/{Sid} Colour"
    }


def test_the_witness_sees_what_an_emulator_is_asked_and_remembers_what_was_done() -> None:
    witness = Witness(Judge(exemptions=()))
    with witness.watching(), Emulator() as emulator:
        client = Client(emulator)
        client.get("/Services/IS" + "0" * 32)
        service = client.made("/Services", {"FriendlyName": "x"})
        assert witness.told() == []
        client.get(f"/Services/{service}/Configuration/Webhooks")
    assert [each.offence for each in witness.told()] == ["null"]
    assert witness.told() == []
    assert witness.operations == {
        "POST /v1/Services",
        "GET /v1/Services/{ChatServiceSid}/Configuration/Webhooks",
    }
