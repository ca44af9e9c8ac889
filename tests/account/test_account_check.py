"""A plan reads while the account is checked, and nobody gets the plan unless the account is the right one."""

import asyncio
from collections.abc import Callable

import httpx
import pytest
from msgspec.structs import replace

import confsync
from confsync.account.account import Account
from confsync.emulator.emulator import ACCOUNT_SID
from confsync.emulator.transport import EmulatorTransport
from confsync.errors import ConfsyncError
from tests.harness import Harness

TEXT = "version: 1\nservices: {desk: {roles: {agent: {type: conversation, permissions: [sendMessage]}}}}\n"
CHECK = "/v1/Configuration"
OTHER = f"AC{'f' * 32}"
Respond = Callable[[httpx.Request], httpx.Response | None]


class Slow(httpx.AsyncBaseTransport):
    """Answers the check of the account only after the first page of services, and some requests in its own way."""

    def __init__(self, harness: Harness, respond: Respond) -> None:
        self._emulator = EmulatorTransport(harness.emulator)
        self._respond = respond
        self._services_read = asyncio.Event()
        self.answered: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == CHECK:
            async with asyncio.timeout(5):
                await self._services_read.wait()
        response = self._respond(request) or await self._emulator.handle_async_request(request)
        self.answered.append(path)
        if path == "/v1/Services":
            self._services_read.set()
        return response


def plan(harness: Harness, respond: Respond) -> tuple[confsync.Plan, list[str]]:
    async def use() -> tuple[confsync.Plan, list[str]]:
        transport = Slow(harness, respond)
        harness.transport = transport
        account = Account(harness.config(TEXT), harness.connection(), harness.settings())
        return await account.plan(), transport.answered

    return asyncio.run(use())


def json_response(status_code: int, **body: object) -> httpx.Response:
    return httpx.Response(status_code, json=body)


def as_usual(_: httpx.Request) -> httpx.Response | None:
    return None


def test_reading_does_not_wait_for_the_account(harness: Harness) -> None:
    made, answered = plan(harness, as_usual)
    assert answered.index("/v1/Services") < answered.index(CHECK)
    assert made.live.target.account_sid == ACCOUNT_SID
    assert {str(each.address) for each in made.changes} == {"services/desk", "services/desk/roles/agent"}


def test_the_wrong_account_ends_the_plan_that_was_begun(harness: Harness) -> None:
    with pytest.raises(confsync.Refused, match=f"the credentials are for {OTHER}"):
        plan(harness, lambda each: json_response(200, account_sid=OTHER) if each.url.path == CHECK else None)


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_if_everything_fails_the_error_is_that_of_the_check(status: int, harness: Harness) -> None:
    with pytest.raises(ConfsyncError) as caught:
        plan(harness, lambda _: json_response(status, code=20003, message="Authenticate", status=status))
    assert f"GET {CHECK}" in str(caught.value)


def test_an_error_of_a_read_is_raised_if_the_account_is_the_right_one(harness: Harness) -> None:
    def respond(request: httpx.Request) -> httpx.Response | None:
        return json_response(400, code=20001, message="Bad", status=400) if request.url.path.endswith("Roles") else None

    harness.apply(TEXT)
    with pytest.raises(ConfsyncError, match="Roles"):
        plan(harness, respond)


@pytest.mark.parametrize("why", ["traced", "unknown"])
def test_the_account_is_checked_first_if_reads_are_shown_or_nothing_names_it(why: str, harness: Harness) -> None:
    settings = harness.settings()
    if why == "traced":
        settings = replace(settings, trace=lambda _: None)
    else:
        harness.credentials = replace(harness.credentials, account_sid=None)
    harness.account(harness.config(TEXT), settings).plan()
    assert harness.emulator.log[0].path == CHECK
