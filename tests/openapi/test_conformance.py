"""The checker finds every type of violation, and none in Twilio's own examples."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from confsync.emulator.emulator import Emulator
from confsync.emulator.http import EmulatorRequest, EmulatorResponse
from tests.emulator.client import Client
from tests.openapi.conformance import ConformanceChecker
from tests.openapi.examples import response_examples
from tests.openapi.plugin import ViolationRecorder
from tests.openapi.violation import ViolationType

ROLE = "/v1/Services/IS" + "0" * 32 + "/Roles/RL" + "0" * 32
ROLES = "/v1/Services/IS" + "0" * 32 + "/Roles"
ROLE_BODY: dict[str, Any] = {
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
def checker() -> ConformanceChecker:
    return ConformanceChecker()


def violations_of_read(checker: ConformanceChecker, **changed: object) -> set[str]:
    """Check a response that contains a role, with some properties changed."""
    return violations_of(checker, EmulatorRequest("GET", ROLE), json_answer({**ROLE_BODY, **changed}))


def violations_of_update(checker: ConformanceChecker, body: str, status: int = 200, client: str = "curl/8") -> set[str]:
    """Check an update of a role."""
    answer = json_answer(ROLE_BODY) if status == 200 else error(status)
    return violations_of(
        checker, EmulatorRequest("POST", ROLE, headers={"user-agent": client}, body=body.encode()), answer
    )


def violations_of(checker: ConformanceChecker, request: EmulatorRequest, response: EmulatorResponse) -> set[str]:
    return {f"{each.type}: {each.where.rpartition('.')[2]}" for each in checker.violations(request, response)}


def json_answer(body: Mapping[str, object], status: int = 200) -> EmulatorResponse:
    return EmulatorResponse(status, {"Content-Type": "application/json"}, json.dumps(body).encode())


def error(status: int) -> EmulatorResponse:
    return json_answer({"message": "no", "status": status}, status)


def test_twilios_own_examples_have_only_exempt_violations(checker: ConformanceChecker) -> None:
    for method, path, status, value in response_examples():
        assert checker.violations(EmulatorRequest(method, path), json_answer(value, status)) == [], path


def test_a_correct_response_and_a_correct_request_have_no_violations(checker: ConformanceChecker) -> None:
    assert violations_of_read(checker) == set()
    assert violations_of_update(checker, "Permission=sendMessage&Permission=leaveConversation") == set()


@pytest.mark.parametrize(
    ("changed", "violation"),
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
def test_a_response_is_checked_against_its_schema(
    checker: ConformanceChecker, changed: dict[str, object], violation: str
) -> None:
    assert violations_of_read(checker, **changed) == {violation}


def test_every_described_property_must_be_present(checker: ConformanceChecker) -> None:
    body = {name: value for name, value in ROLE_BODY.items() if name != "permissions"}
    assert violations_of(checker, EmulatorRequest("GET", ROLE), json_answer(body)) == {"missing property: permissions"}


def test_every_member_of_a_list_is_checked(checker: ConformanceChecker) -> None:
    urls = dict.fromkeys(("first_page_url", "url"), "http://127.0.0.1/v1/Roles")
    others = dict.fromkeys(("next_page_url", "previous_page_url"))
    body = {
        "meta": {**urls, **others, "key": "roles", "page": 0, "page_size": "50"},
        "roles": [ROLE_BODY, {**ROLE_BODY, "type": "x"}],
    }
    assert violations_of(checker, EmulatorRequest("GET", ROLES), json_answer(body)) == {
        "type: page_size",
        "value: type",
    }


def test_an_object_without_a_schema_has_only_the_keys_of_the_examples(checker: ConformanceChecker) -> None:
    path = "/v1/Configuration/Addresses/IG" + "0" * 32
    body = next(value for _, where, _, value in response_examples() if where == "/v1/Configuration/Addresses/{Sid}")
    changed = {**body, "auto_creation": {**body["auto_creation"], "magic": True}}
    assert violations_of(checker, EmulatorRequest("GET", path), json_answer(body)) == set()
    assert violations_of(checker, EmulatorRequest("GET", path), json_answer(changed)) == {"unknown property: magic"}


@pytest.mark.parametrize(
    ("response", "violation"),
    [
        (json_answer(ROLE_BODY, 202), "status"),
        (EmulatorResponse(200, {"Content-Type": "text/html"}, b"hello"), "content type"),
        (EmulatorResponse(404, {"Content-Type": "text/html"}, b"hello"), "error body"),
        (json_answer({"status": 404}, 404), "error body"),
        (json_answer({"message": "no", "status": 400}, 404), "error body"),
        (json_answer({"message": "no", "status": 404, "code": "20404"}, 404), "error body"),
        (json_answer({"message": "no", "status": 404, "why": "because"}, 404), "error body"),
    ],
)
def test_status_and_content_type_are_checked(
    checker: ConformanceChecker, response: EmulatorResponse, violation: ViolationType
) -> None:
    assert {each.type for each in checker.violations(EmulatorRequest("GET", ROLE), response)} == {violation}


def test_the_response_to_a_delete_has_no_body(checker: ConformanceChecker) -> None:
    assert checker.violations(EmulatorRequest("DELETE", ROLE), EmulatorResponse(204)) == []
    assert [
        each.type for each in checker.violations(EmulatorRequest("DELETE", ROLE), EmulatorResponse(204, body=b"{}"))
    ] == ["content type"]


def test_an_undescribed_operation_must_not_succeed(checker: ConformanceChecker) -> None:
    for request in (EmulatorRequest("GET", "/v1/Colours"), EmulatorRequest("PUT", ROLE)):
        assert checker.violations(request, error(404)) == []
        assert [each.type for each in checker.violations(request, json_answer({}))] == ["unknown operation"]


@pytest.mark.parametrize(
    ("path", "sent", "expected"),
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
def test_the_form_of_a_successful_request_is_checked(
    checker: ConformanceChecker, path: str, sent: str, expected: set[str]
) -> None:
    request = EmulatorRequest("POST", path, body=sent.encode())
    of_request = {"unknown parameter", "parameter value", "empty parameter", "repeated parameter"}
    found = {each.type for each in checker.violations(request, json_answer({}, 201))}
    assert found & of_request == expected
    assert checker.violations(request, error(400)) == []


def test_query_and_headers_are_checked(checker: ConformanceChecker) -> None:
    request = EmulatorRequest("GET", ROLES, "Page=first&Size=2")
    found = {(each.type, each.where.rpartition(" ")[2]) for each in checker.violations(request, json_answer({}))}
    assert {("parameter value", "Page"), ("unknown parameter", "Size")} <= found
    hook = EmulatorRequest("POST", "/v1/Users", headers={"x-twilio-webhook-enabled": "yes"}, body=b"Identity=x")
    assert "parameter value" in {each.type for each in checker.violations(hook, json_answer({}, 201))}


def test_confsync_never_sends_what_the_file_does_not_know_even_where_it_is_error(checker: ConformanceChecker) -> None:
    assert violations_of_update(checker, "Colour=red", 400) == set()
    assert violations_of_update(checker, "Colour=red", 400, client="confsync/1.0") == {
        "unknown parameter: POST /v1/Services/{ChatServiceSid}/Roles/{Sid} Colour"
    }


def test_the_recorder_records_violations_and_successful_operations() -> None:
    recorder = ViolationRecorder(ConformanceChecker(exemptions=()))
    with recorder.observing(), Emulator() as emulator:
        client = Client(emulator)
        client.get("/Services/IS" + "0" * 32)
        service = client.made("/Services", {"FriendlyName": "x"})
        assert recorder.take_violations() == []
        client.get(f"/Services/{service}/Configuration/Webhooks")
    assert [each.type for each in recorder.take_violations()] == ["null"]
    assert recorder.take_violations() == []
    assert recorder.operations == {
        "POST /v1/Services",
        "GET /v1/Services/{ChatServiceSid}/Configuration/Webhooks",
    }
