"""Whatever a server does, our connection leads to the same outcome as httpx's own, which it replaces.

An ordinary run sends a read and a create into each fault; an update and a delete are sent with the campaigns.
"""

import asyncio
import gzip
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from confsync.twilio.connection_pool import ConnectionPool
from confsync.twilio.exchange import Deadlines, Exchange
from confsync.twilio.http_connection import HttpConnection
from confsync.twilio.http_messages import LARGEST_HEAD
from confsync.twilio.messages import Operation, Request
from confsync.twilio.outcomes import TRANSPORT_ERRORS, classify
from confsync.twilio.stopping import StoppableClock
from tests.twilio.certificates import needs_openssl, self_signed
from tests.twilio.scripted_server import Line, Scripted, Step, answer, drip, raw, stay_silent
from tests.twilio.still_clock import StillClock
from tests.twilio.test_faults import GOOD, ONCE

NO_TRUST = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
SINGLE = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=5)


def ours(trust: ssl.SSLContext) -> httpx.AsyncBaseTransport:
    return HttpConnection(trust, 5)


def that_of_httpx(trust: ssl.SSLContext) -> httpx.AsyncBaseTransport:
    return httpx.AsyncHTTPTransport(verify=trust, limits=SINGLE)


class Outcomes(NamedTuple):
    """How two requests ended, one after the other, and how many the server received."""

    first: str
    second: str
    received: int


REQUESTS = (
    Request(Operation.READ, "GET", "/v1/Things/1"),
    Request(Operation.CREATE, "POST", "/v1/Things", b"Name=x"),
    Request(Operation.UPDATE, "POST", "/v1/Things/1", b"Name=x"),
    Request(Operation.DELETE, "DELETE", "/v1/Things/1"),
)
Requests = tuple[Request, ...]
SENT = [
    pytest.param(REQUESTS[:2], id="read and create"),
    pytest.param(REQUESTS[2:], id="update and delete", marks=pytest.mark.campaign),
]
BODY = b'{"sid": "IS11111111111111111111111111111111"}'
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n2d\r\n" + BODY + b"\r\n"
SIZED = OK + b"Content-Length: 45\r\n"


def says(*parts: bytes, then: Callable[[Line], None] | None = None) -> Step:
    async def step(line: Line) -> None:
        for part in parts:
            await line.say(part)
            await asyncio.sleep(0)
        if then:
            await asyncio.sleep(0.01)  # the client reads before the connection ends
            then(line)

    return step


def half_close(line: Line) -> None:
    """End the connection in one direction, and with TLS as an attacker would: without saying so."""
    line.writer.get_extra_info("socket").shutdown(socket.SHUT_WR)


def byte_by_byte(text: bytes) -> Step:
    return says(*(bytes([each]) for each in text))


UNUSUAL: dict[str, Step] = {
    "a byte at a time": byte_by_byte(raw(200, BODY)),
    "chunks a byte at a time": byte_by_byte(CHUNKED + b"0\r\n\r\n"),
    "informational responses": says(*(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n",) * 20, raw(200, BODY)),
    "an informational response and no other": says(b"HTTP/1.1 100 Continue\r\n\r\n", then=Line.hang_up),
    "another protocol": says(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", then=Line.hang_up),
    "chunks": says(CHUNKED, b"0\r\n\r\n"),
    "chunks and trailers": says(CHUNKED, b"0\r\nX-Sum: 1\r\n\r\n"),
    "chunks without an end": says(CHUNKED, then=Line.hang_up),
    "chunks with half an end": says(CHUNKED, b"0\r\n", then=Line.reset),
    "a chunk with a bad size": says(CHUNKED, b"xyz\r\n", then=Line.hang_up),
    "HTTP/1.0": says(b"HTTP/1.0" + SIZED[8:] + b"\r\n" + BODY),
    "HTTP/1.0 until the end": says(b"HTTP/1.0" + OK[8:] + b"\r\n" + BODY, then=Line.hang_up),
    "until the end": says(OK + b"\r\n" + BODY, then=Line.hang_up),
    "until a half-closed end": says(OK + b"\r\n" + BODY, then=half_close),
    "until a reset": says(OK + b"\r\n" + BODY, then=Line.reset),
    "until the end, cut off": says(OK + b"\r\n" + BODY[:-2], then=Line.hang_up),
    "Connection: close": answer(200, BODY, Connection="close"),
    "good, then the end": says(raw(200, BODY), then=Line.hang_up),
    "good, then half-closed": says(raw(200, BODY), then=half_close),
    "good, then a reset": says(raw(200, BODY), then=Line.reset),
    "good, then another response": says(raw(200, BODY) + raw(400, BODY)),
    "good, then rubbish": says(raw(200, BODY) + b"\0" * 100),
    "a line break too many": says(raw(200, BODY) + b"\r\n"),
    "204 with a body": says(b"HTTP/1.1 204 No Content\r\nContent-Length: 45\r\n\r\n" + BODY),
    "304": says(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 45\r\n\r\n"),
    "no response": says(then=half_close),
    "no head": says(BODY, then=Line.hang_up),
    "no reason": says(raw(200, BODY).replace(b" Whatever", b"")),
    "status 99": says(raw(99, BODY)),
    "status 999": says(raw(999, BODY)),
    "status 20000": says(raw(20000, BODY)),
    "HTTP/2": says(raw(200, BODY).replace(b"HTTP/1.1", b"HTTP/2")),
    "two lengths": says(SIZED + b"Content-Length: 44\r\n\r\n" + BODY, then=Line.hang_up),
    "a length that is too large": says(OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n" + BODY, then=Line.hang_up),
    "an unknown transfer coding": says(OK + b"Transfer-Encoding: gzip\r\n\r\n" + BODY, then=Line.hang_up),
    "a header without a name": says(SIZED + b": 1\r\n\r\n" + BODY, then=Line.hang_up),
    "a header with a zero byte": says(SIZED + b"X: \0\r\n\r\n" + BODY, then=Line.hang_up),
    "a header that is not ASCII": says(SIZED + b"X: \xff\r\n\r\n" + BODY),
    "a large head": says(SIZED + b"X: " + b"x" * (LARGEST_HEAD // 2) + b"\r\n\r\n" + BODY),
    "a huge head": says(SIZED, *(b"X: " + b"x" * 1000 + b"\r\n",) * 400, then=Line.hang_up),
    "badly compressed": answer(200, BODY, Content_Encoding="gzip"),
    "compressed and cut off": answer(200, gzip.compress(BODY)[:-4], Content_Encoding="gzip"),
    "an unknown compression": answer(200, BODY, Content_Encoding="br"),
    "refused, cut off": says(b"HTTP/1.1 400 Bad\r\nContent-Length: 1000\r\n\r\n{", then=Line.reset),
    "429, cut off": says(b"HTTP/1.1 429 Slow\r\nContent-Length: 1000\r\n\r\n{", then=Line.hang_up),
}
INVALID: dict[str, Step] = {
    "chunks and a length": says(SIZED + CHUNKED[len(OK) :], b"0\r\n\r\n"),
    "line feeds only": says(raw(200, BODY).replace(b"\r\n", b"\n")),
    "the same length twice": says(SIZED + b"Content-Length: 45\r\n\r\n" + BODY),
    "a folded header": says(SIZED + b"X: 1\r\n 2\r\n\r\n" + BODY),
}
"""What httpx accepts although HTTP does not allow it."""

FAULTS = UNUSUAL | {fault: step for fault, (step, *_) in ONCE.items()}


async def outcomes(
    step: Step, trust: ssl.SSLContext, tls: ssl.SSLContext | None, seconds: float, requests: Requests = REQUESTS
) -> list[Outcomes]:
    """Send each request over each connection to a server that does this first, and then a read."""
    tasks = [
        two_outcomes(open_connection(trust), request, step, tls, seconds)
        for open_connection in (ours, that_of_httpx)
        for request in requests
    ]
    return await asyncio.gather(*tasks)


async def two_outcomes(
    connection: httpx.AsyncBaseTransport, request: Request, step: Step, tls: ssl.SSLContext | None, seconds: float
) -> Outcomes:
    ended = asyncio.Event()

    async def noted(line: Line) -> None:
        try:
            await step(line)
        finally:
            ended.set()

    async with Scripted(noted, GOOD, tls=tls) as server:
        pool = ConnectionPool(lambda: connection)

        def exchange(total: float) -> Exchange:
            deadlines = Deadlines(connect=5, total=total)
            return Exchange(server.base_url, [(b"Accept", b"*/*")], pool, deadlines, StoppableClock(StillClock()))

        first = await outcome(exchange(seconds), request)
        await ended.wait()
        await asyncio.sleep(0.01)  # what it said last arrives
        second = await outcome(exchange(5.0), REQUESTS[0])
        await pool.aclose()
        return Outcomes(first, second, len(server.seen))


async def outcome(exchange: Exchange, request: Request) -> str:
    try:
        return classify((await exchange.receive(request)).parse(), request.operation).name
    except TRANSPORT_ERRORS as error:
        return classify(error, request.operation).name


def assert_same_as_httpx(
    step: Step,
    requests: Requests = REQUESTS,
    tls: ssl.SSLContext | None = None,
    trust: ssl.SSLContext | None = None,
    seconds: float = 5.0,
) -> None:
    found = asyncio.run(outcomes(step, trust or NO_TRUST, tls, seconds, requests))
    mine, theirs = found[: len(requests)], found[len(requests) :]
    assert [each.first for each in mine] == [each.first for each in theirs]
    # httpx's connection takes what a server says too much for the next response
    assert [each[1:] for each in mine] == [("DONE", 2)] * len(requests)


@pytest.mark.parametrize("requests", SENT)
@pytest.mark.parametrize("step", FAULTS.values(), ids=FAULTS)
def test_a_fault_has_the_same_outcome_as_with_httpx_and_does_not_affect_the_next_request(
    step: Step, requests: Requests
) -> None:
    assert_same_as_httpx(step, requests)


@pytest.mark.parametrize("step", INVALID.values(), ids=INVALID)
def test_an_invalid_response_is_ambiguous_and_does_not_affect_the_next_request(step: Step) -> None:
    found = asyncio.run(outcomes(step, NO_TRUST, None, 5.0))[: len(REQUESTS)]
    assert found == [("AMBIGUOUS", "DONE", 2)] * len(REQUESTS)


@pytest.mark.parametrize("step", [stay_silent, drip], ids=["silence", "a byte now and then"])
def test_a_deadline_has_the_same_outcome_as_with_httpx(step: Step) -> None:
    assert_same_as_httpx(step, seconds=0.25)


@needs_openssl
@pytest.mark.parametrize("requests", SENT)
def test_a_fault_of_an_encrypted_connection_has_the_same_outcome_as_with_httpx(
    tmp_path: Path, requests: Requests
) -> None:
    tls = self_signed(tmp_path)
    trust = ssl.create_default_context(cafile=tmp_path / "certificate.pem")
    trust.check_hostname = False  # the certificate has a name, and the server an address

    def say_unencrypted(line: Line) -> None:
        line.writer.get_extra_info("socket")._sock.send(raw(200, BODY))  # noqa: SLF001 — beneath the encryption

    assert_same_as_httpx(says(then=say_unencrypted), requests, tls, trust)
    for fault, step in FAULTS.items():
        if fault.startswith(("until", "good", "no response", "reset")):
            assert_same_as_httpx(step, requests, tls, trust)
