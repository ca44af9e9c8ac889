"""What is told about each attempt of a request."""

import asyncio

import httpx
import pytest

from confsync.model import Kind
from confsync.resources import KINDS
from confsync.secret import Secret
from confsync.twilio.api import create_api
from confsync.twilio.attempt import HttpAttempt, route_of
from confsync.twilio.credentials import Credentials
from confsync.twilio.origin import Origin

SID = "IS" + "0a" * 16
PASSWORD = "password-9f3c-canary"
KEY = "private-key-77aa-canary"


def attempts_of(*responses: httpx.Response | Exception) -> list[HttpAttempt]:
    """Send one write that has a secret, and answer its attempts."""
    found: list[HttpAttempt] = []
    waiting = list(responses)

    async def answer(_: httpx.Request) -> httpx.Response:
        response = waiting.pop(0)
        if isinstance(response, Exception):
            raise response
        return response

    async def send() -> None:
        origin, credentials = Origin("http://127.0.0.1"), Credentials("AC" + "a" * 32, "user", Secret(PASSWORD))
        async with create_api(origin, credentials, transport=httpx.MockTransport(answer)) as api:
            api.on_attempt = found.append
            params = (("FriendlyName", "desk"), ("PrivateKey", Secret(KEY)), ("Sandbox", ""))
            await api.update(f"/v1/Services/{SID}?Echo={PASSWORD}", params)

    asyncio.run(send())
    return found


def test_each_attempt_is_told_with_its_number_and_without_secrets() -> None:
    ok = httpx.Response(200, json={"sid": SID}, headers={"Twilio-Request-Id": "RQ1"})
    first, second, third = attempts_of(httpx.Response(429, json={}), httpx.ConnectError("refused"), ok)
    assert [each.number for each in (first, second, third)] == [1, 2, 3]
    assert (first.status, first.error) == (429, "")
    assert (second.status, second.error, second.received) == (0, "ConnectError", 0)
    assert (third.status, third.request_id) == (200, "RQ1")
    assert third.received == len(ok.content)
    assert third.fields == ("FriendlyName", "PrivateKey", "Sandbox")
    assert third.sent > len(KEY)
    assert third.started > 1.6e18
    assert third.milliseconds >= 0
    for each in (first, second, third):
        assert each.url == f"http://127.0.0.1/v1/Services/{SID}?Echo=(sensitive)"
        assert "canary" not in repr(each)


def test_a_request_id_that_is_none_is_left_out() -> None:
    hostile = httpx.Response(200, json={"sid": SID}, headers={"Twilio-Request-Id": "::error::" + "x" * 99})
    (attempt,) = attempts_of(hostile)
    assert attempt.request_id == ""


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/v1/Configuration", "/v1/Configuration"),
        (f"/v1/Services/{SID}", "/v1/Services/{sid}"),
        (f"/v1/Services/{SID}/Users/alice", "/v1/Services/{sid}/Users/{id}"),
        (f"/v1/Services/{SID}/Users/Users/Conversations/CH1", "/v1/Services/{sid}/Users/{id}/Conversations/{id}"),
        (f"/v1/Services/{SID}/Configuration/Webhooks", "/v1/Services/{sid}/Configuration/Webhooks"),
        ("/v1/Configuration/Addresses/+15550100", "/v1/Configuration/Addresses/{id}"),
    ],
)
def test_a_route_names_no_resource(path: str, route: str) -> None:
    assert route_of(path) == route


def _path(kind: Kind) -> str:
    """Write the path of a kind, with a name where one follows."""
    above = _path(kind.parent) if kind.parent else "/v1"
    return above if kind.group else f"{above}/{kind.path}" if kind.singleton else f"{above}/{kind.path}/a name"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.section)
def test_the_route_of_every_kind_leaves_its_name_out(kind: Kind) -> None:
    assert "a name" not in route_of(_path(kind))
