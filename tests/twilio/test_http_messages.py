"""What a response is, however it arrives, and what it must not be."""

import tracemalloc
from collections.abc import Iterable

import httpx
import pytest

from confsync.twilio.http_messages import LARGEST_HEAD, Incoming
from tests.twilio.scripted_server import raw

OK = raw(200, b"{}")
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
HINT = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"


def received(parts: Iterable[bytes], *, ended: bool = False) -> Incoming:
    response = Incoming()
    for part in parts:
        response.feed(part)
    if ended:
        response.end()
    return response


def described(response: Incoming) -> tuple[object, ...]:
    assert response.head is not None
    body, followed = response.take_body(), response.may_be_followed
    return response.head.status, response.head.headers, body, response.is_complete, followed


@pytest.mark.parametrize(
    "text",
    [
        b"HTTP/1.1 200 OK\r\nEmpty:\r\nSpaced: \t a b \t \r\nContent-Length:  2 \r\n\r\n{}",
        HINT + HINT + OK,
        CHUNKED + b"1;name=value\r\n{\r\n1\r\n}\r\n0\r\nContent-Sum: 1\r\nX: \r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    ],
)
def test_a_response_is_the_same_wherever_it_is_split(text: bytes) -> None:
    whole = described(received([text]))
    assert whole[3]
    assert described(received(text[at : at + 1] for at in range(len(text)))) == whole
    for at in range(1, len(text)):
        assert described(received([text[:at], text[at:]])) == whole


def test_spaces_around_a_value_are_not_part_of_it() -> None:
    head = received([b"HTTP/1.1 429 Slow\r\nRetry-After: \t5 \t\r\nContent-Length: 0\r\n\r\n"]).head
    assert head
    assert head.headers == [(b"Retry-After", b"5"), (b"Content-Length", b"0")]


def test_what_follows_the_body_is_no_header() -> None:
    response = received([CHUNKED + b"2\r\n{}\r\n0\r\nRetry-After: 5\r\n\r\n"])
    assert described(response) == (200, [(b"Transfer-Encoding", b"chunked")], b"{}", True, True)


def test_the_length_of_what_only_announces_the_response_is_not_the_length_of_the_response() -> None:
    hint = HINT[:-2] + b"Content-Length: 0\r\n\r\n"
    assert received([hint + b"HTTP/1.1 200 OK\r\n\r\n{}"], ended=True).is_complete


@pytest.mark.parametrize(
    ("text", "how"),
    [
        (b"HTTP/1.1 150 Odd\r\nContent-Length: 2\r\n\r\n{}" + OK, "only announces the response has a body"),
        (b"HTTP/1.1 150 Odd\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", "has a body"),
        (b"HTTP/1.1 099 Odd\r\nContent-Length: 2\r\n\r\n{}" + OK, "no such status"),
        (b"HTTP/1.1 000 Odd\r\n\r\n" + OK, "no such status"),
        (b"HTTP/1.1 20 Odd\r\n\r\n", "Invalid status"),
    ],
)
def test_a_status_that_says_nothing_about_the_request_is_not_skipped_together_with_a_body(
    text: bytes, how: str
) -> None:
    with pytest.raises(httpx.RemoteProtocolError, match=how):
        received([text])


@pytest.mark.parametrize("excess", [HINT, OK, b"HTTP/1.1 099 Odd\r\n\r\n", b"HTTP/1.1 150 Odd\r\n\r\n{}", b"{}", b"\0"])
@pytest.mark.parametrize("together", [True, False])
def test_a_response_to_nothing_changes_nothing_but_ends_the_connection(excess: bytes, *, together: bool) -> None:
    response = received([OK + excess] if together else [OK, excess])
    assert described(response) == (200, [(b"Content-Length", b"2")], b"{}", True, False)


@pytest.mark.parametrize(
    ("start", "more"),
    [
        (b"", HINT),
        (b"HTTP/1.1 200 OK\r\n", b"X: " + b"x" * 1000 + b"\r\n"),
        (b"HTTP/1.1 200 OK\r\nX: ", b"x" * 1000),
        (b"HTTP/1.1 200 ", b"x" * 1000),
        (b"", b"\r\n" * 500),
        (CHUNKED, b"0" * 1000),
        (CHUNKED + b"2\r\n{}\r\n1;", b"x" * 1000),
        (CHUNKED + b"2\r\n{}\r\n0\r\n", b"X: " + b"x" * 1000 + b"\r\n"),
        (CHUNKED + b"2\r\n{}\r\n0\r\nX: ", b"x" * 1000),
    ],
    ids=[
        "hints",
        "headers",
        "a header",
        "reason",
        "lines",
        "size of a chunk",
        "about a chunk",
        "trailers",
        "a trailer",
    ],
)
def test_what_never_ends_is_not_received_for_ever(start: bytes, more: bytes) -> None:
    response = received([start] if start else [])
    tracemalloc.start()

    def feed_all() -> None:
        for _ in range(LARGEST_HEAD // len(more) + 1):
            response.feed(more)

    with pytest.raises(httpx.RemoteProtocolError, match=r"too long|size overflow"):
        feed_all()
    assert tracemalloc.get_traced_memory()[1] < 10 * LARGEST_HEAD
    tracemalloc.stop()


def test_a_head_that_arrives_at_once_may_not_be_longer_either() -> None:
    with pytest.raises(httpx.RemoteProtocolError, match="too long"):
        received([b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: " + b"x" * LARGEST_HEAD + b"\r\n\r\n"])


def test_a_long_body_may_come_in_small_chunks() -> None:
    parts = [b"1\r\nx\r\n"] * LARGEST_HEAD
    response = received([CHUNKED, *parts, b"0\r\n\r\n"])
    assert described(response)[2:] == (b"x" * LARGEST_HEAD, True, True)
