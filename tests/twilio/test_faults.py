"""The fault matrix of the client: every fault, every verb, and exactly how many requests it costs."""

import asyncio
import gzip
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

from confsync.errors import Unreachable
from confsync.twilio.exchange import Deadlines
from tests.twilio.certificates import needs_openssl, self_signed
from tests.twilio.scripted_api import SERVICE, VERBS, api_at, outcome_of, reported
from tests.twilio.scripted_server import (
    Line,
    Scripted,
    Step,
    answer,
    break_in_body,
    break_in_headers,
    drip,
    end_in_body,
    gibberish,
    hang_up,
    reset,
    stay_silent,
)
from tests.twilio.still_clock import StillClock

GOOD = answer(200, SERVICE)
CONFLICT = answer(409, {"code": 50391, "message": "concurrent modification", "status": 409})

# What happens first (everything afterwards is good), and for each verb how it ends after how many requests.
ONCE: dict[str, tuple[Step, str, str, str, str]] = {
    #                                     read       create              update              delete
    "reset": (reset, "done 2", "OutcomeUnknown 1", "OutcomeUnknown 1", "done 2"),
    "hang up": (hang_up, "done 2", "OutcomeUnknown 1", "OutcomeUnknown 1", "done 2"),
    "reset in headers": (break_in_headers, "done 2", "OutcomeUnknown 1", "OutcomeUnknown 1", "done 2"),
    "reset in body": (break_in_body, "done 2", "OutcomeUnknown 1", "OutcomeUnknown 1", "done 2"),
    "end in body": (end_in_body, "done 2", "OutcomeUnknown 1", "OutcomeUnknown 1", "done 2"),
    "not HTTP": (gibberish, "done 2", "OutcomeUnknown 1", "OutcomeUnknown 1", "done 2"),
    "429": (answer(429, {"code": 20429}), "done 2", "done 2", "done 2", "done 2"),
    "429 without a body": (answer(429), "done 2", "done 2", "done 2", "done 2"),
    "429 and wait": (answer(429, {}, Retry_After="3"), "done 2", "done 2", "done 2", "done 2"),
    "429 and wait too long": (
        answer(429, {}, Retry_After="61"),
        "ApiError 1",
        "ApiError 1",
        "ApiError 1",
        "ApiError 1",
    ),
    "conflict": (CONFLICT, "done 2", "done 2", "done 2", "done 2"),
    "exists": (answer(409, {"code": 50201}), "ApiError 1", "ApiError 1", "ApiError 1", "ApiError 1"),
    "408": (answer(408), "done 2", "OutcomeUnknown 1", "OutcomeUnknown 1", "done 2"),
    "500": (answer(500, {"message": "oops"}), "done 2", "OutcomeUnknown 1", "OutcomeUnknown 1", "done 2"),
    "502": (answer(502, b"<html>"), "done 2", "OutcomeUnknown 1", "OutcomeUnknown 1", "done 2"),
    "503": (answer(503, {"code": 20503}), "done 2", "OutcomeUnknown 1", "OutcomeUnknown 1", "done 2"),
    "504": (answer(504), "done 2", "OutcomeUnknown 1", "OutcomeUnknown 1", "done 2"),
    "404": (answer(404, {"code": 20404}), "NotFound 1", "OutcomeUnknown 1", "NotFound 1", "done 1"),
    "400": (answer(400, {"code": 20001}), "ApiError 1", "ApiError 1", "ApiError 1", "ApiError 1"),
    "405": (answer(405, {"code": 20004}), "ApiError 1", "ApiError 1", "ApiError 1", "ApiError 1"),
    "401": (answer(401), "NotAuthorised 1", "NotAuthorised 1", "NotAuthorised 1", "NotAuthorised 1"),
    "403": (answer(403), "NotAuthorised 1", "NotAuthorised 1", "NotAuthorised 1", "NotAuthorised 1"),
    "302": (answer(302, Location="http://127.0.0.1:9/"), "done 2", "OutcomeUnknown 1", "OutcomeUnknown 1", "done 2"),
    "empty 200": (answer(200), "done 2", "OutcomeUnknown 1", "OutcomeUnknown 1", "done 1"),
    "a list": (answer(200, [SERVICE]), "done 2", "OutcomeUnknown 1", "OutcomeUnknown 1", "done 1"),
    "no sid": (answer(201, {"friendly_name": "x"}), "done 1", "OutcomeUnknown 1", "done 1", "done 1"),
    "odd sid": (answer(201, {"sid": "IS1"}), "done 1", "OutcomeUnknown 1", "done 1", "done 1"),
    "a key twice": (answer(200, b'{"sid":1,"sid":2}'), "done 2", "OutcomeUnknown 1", "OutcomeUnknown 1", "done 1"),
    "NaN": (answer(200, b'{"a":NaN}'), "done 2", "OutcomeUnknown 1", "OutcomeUnknown 1", "done 1"),
    "gone under way": (answer(204), "done 2", "OutcomeUnknown 1", "OutcomeUnknown 1", "done 1"),
}

# What happens every time.
ALWAYS: dict[str, tuple[Step, str, str, str, str]] = {
    "reset": (reset, "Unreachable 5", "OutcomeUnknown 1", "OutcomeUnknown 1", "OutcomeUnknown 5"),
    "429": (answer(429, {"code": 20429}), "ApiError 5", "ApiError 5", "ApiError 5", "ApiError 5"),
    "conflict": (CONFLICT, "ApiError 5", "ApiError 5", "ApiError 5", "ApiError 5"),
    "503": (answer(503), "ApiError 5", "OutcomeUnknown 1", "OutcomeUnknown 1", "OutcomeUnknown 5"),
    "302": (answer(302), "MalformedResponse 5", "OutcomeUnknown 1", "OutcomeUnknown 1", "OutcomeUnknown 5"),
    "empty 200": (answer(200), "MalformedResponse 5", "OutcomeUnknown 1", "OutcomeUnknown 1", "done 1"),
}


def cells(table: dict[str, tuple[Step, str, str, str, str]]) -> list[object]:
    return [
        pytest.param(step, verb, expected, id=f"{fault}: {verb}")
        for fault, (step, *row) in table.items()
        for verb, expected in zip(VERBS, row, strict=True)
    ]


@pytest.mark.parametrize(("step", "verb", "expected"), cells(ONCE))
def test_a_fault_that_happens_once_costs_exactly_so_many_requests(step: Step, verb: str, expected: str) -> None:
    how, server, _, _ = asyncio.run(reported(VERBS[verb], step, GOOD))
    assert f"{how} {len(server.seen)}" == expected


@pytest.mark.parametrize(("step", "verb", "expected"), cells(ALWAYS))
def test_a_fault_that_stays_ends_after_five_tries_at_most(step: Step, verb: str, expected: str) -> None:
    how, server, _, clock = asyncio.run(reported(VERBS[verb], step))
    assert f"{how} {len(server.seen)}" == expected
    assert len(clock.slept) == len(server.seen) - 1


@pytest.mark.parametrize("step", [stay_silent, drip], ids=["silence", "a byte now and then"])
@pytest.mark.parametrize(
    ("verb", "expected"),
    [
        ("read", "Unreachable 5"),
        ("create", "OutcomeUnknown 1"),
        ("update", "OutcomeUnknown 1"),
        ("delete", "OutcomeUnknown 5"),
    ],
)
def test_a_request_ends_at_its_deadline_however_slowly_it_is_answered(
    step: Step, verb: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Deadlines, "within", lambda total: Deadlines(connect=60, total=total))
    how, server, _, _ = asyncio.run(reported(VERBS[verb], step, timeout=0.25))
    assert f"{how} {len(server.seen)}" == expected


def test_an_incomplete_error_response_is_still_a_response() -> None:
    async def refuse(line: Line) -> None:
        await line.say(b"HTTP/1.1 400 Bad\r\nContent-Length: 1000\r\n\r\n{")
        line.reset()

    how, server, _, _ = asyncio.run(reported(VERBS["create"], refuse))
    assert f"{how} {len(server.seen)}" == "ApiError 1"


@pytest.mark.parametrize(
    "body", [b" " * (8 * 1024 * 1024 + 1), gzip.compress(b" " * (9 * 1024 * 1024))], ids=["plain", "gzip bomb"]
)
def test_a_body_of_more_than_8_mib_is_not_read(body: bytes) -> None:
    packed = {"Content_Encoding": "gzip"} if body.startswith(b"\x1f\x8b") else {}
    how, _, _, _ = asyncio.run(reported(VERBS["read"], answer(200, body, **packed)))
    assert how == "MalformedResponse"


def test_a_compressed_response_is_decompressed() -> None:
    packed = gzip.compress(b'{"sid": "IS1"}')
    how, server, _, _ = asyncio.run(reported(VERBS["read"], answer(200, packed, Content_Encoding="gzip")))
    assert f"{how} {len(server.seen)}" == "done 1"


@pytest.mark.parametrize("verb", VERBS)
def test_a_refused_connection_is_tried_five_times_and_nothing_counts_as_sent(verb: str) -> None:
    async def use() -> None:
        clock = StillClock()
        async with api_at(f"http://127.0.0.1:{unused_port()}", clock) as api:
            assert await outcome_of(VERBS[verb](api)) == "Unreachable"
            assert api.requests == {"reads": 0, "writes": 0}
            assert len(clock.slept) == 4

    asyncio.run(use())


@pytest.mark.parametrize("verb", VERBS)
def test_an_unknown_host_is_looked_up_three_times(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lookups = []

    def unknown(host: str, *_: object, **__: object) -> NoReturn:
        lookups.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async def use() -> None:
        async with api_at("http://nowhere.invalid") as api:
            with pytest.raises(Unreachable, match=r"the host nowhere\.invalid does not exist"):
                await VERBS[verb](api)

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    asyncio.run(use())
    assert lookups == ["nowhere.invalid"] * 3


@pytest.mark.parametrize("verb", VERBS)
def test_a_refused_connection_is_distinguished_from_a_lost_response(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def use() -> None:
        with full_backlog() as port:
            async with api_at(f"http://127.0.0.1:{port}", timeout=60) as api:
                assert await outcome_of(VERBS[verb](api)) == "Unreachable"
                assert api.requests == {"reads": 0, "writes": 0}

    monkeypatch.setattr("confsync.twilio.exchange.CONNECT_SECONDS", 0.1)
    asyncio.run(use())


@needs_openssl
@pytest.mark.parametrize("verb", VERBS)
def test_an_untrusted_certificate_ends_the_request_at_once(verb: str, tmp_path: Path) -> None:
    async def use() -> None:
        clock = StillClock()
        async with Scripted(GOOD, tls=self_signed(tmp_path)) as server, api_at(server.base_url, clock) as api:
            with pytest.raises(Unreachable, match=r"certificate of 127\.0\.0\.1:[0-9]+ was rejected: self-signed"):
                await VERBS[verb](api)
            assert server.seen == []
            assert clock.slept == []

    asyncio.run(use())


def test_a_connection_that_was_closed_while_idle_is_not_used_again() -> None:
    async def answer_and_hang_up(line: Line) -> None:
        await GOOD(line)
        line.hang_up()

    async def use() -> None:
        async with Scripted(answer_and_hang_up) as server, api_at(server.base_url) as api:
            await VERBS["create"](api)
            await asyncio.sleep(0.05)
            await VERBS["create"](api)
            assert len(server.seen) == 2

    asyncio.run(use())


def test_a_delete_that_may_have_happened_and_finds_nothing_afterwards_did_happen() -> None:
    how, server, _, _ = asyncio.run(reported(VERBS["delete"], reset, answer(404, {"code": 20404})))
    assert f"{how} {len(server.seen)}" == "done 2"


def test_a_delete_that_may_have_happened_and_is_refused_afterwards_stays_unknown() -> None:
    how, server, _, _ = asyncio.run(reported(VERBS["delete"], reset, answer(401)))
    assert f"{how} {len(server.seen)}" == "OutcomeUnknown 2"


def unused_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def full_backlog() -> Iterator[int]:
    """Listen without ever accepting, with the queue full, so that further connections wait for ever."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        with ExitStack() as callers:
            while connects(callers.enter_context(socket.socket()), listening.getsockname()):
                pass
            yield int(listening.getsockname()[1])


def connects(caller: socket.socket, address: tuple[str, int]) -> bool:
    """Return whether there is a connection within a moment. A busy kernel queues one more than it promised."""
    caller.settimeout(0.2)
    try:
        caller.connect(address)
    except TimeoutError:
        return False
    return True
