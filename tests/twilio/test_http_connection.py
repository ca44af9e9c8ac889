"""When a connection is used again, and what an error says about a request."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from confsync.twilio.http_connection import HttpConnection
from confsync.twilio.http_protocol import MOST_UNREAD
from tests.twilio.certificates import needs_openssl, self_signed
from tests.twilio.scripted_server import Line, Scripted, Step, answer, hang_up, raw, stay_silent

OK = answer(200, {"said": "yes"})
LARGE = b" " * (8 * MOST_UNREAD)


def request_to(server: Scripted, body: bytes | None = b"Name=x") -> httpx.Request:
    method = "GET" if body is None else "POST"
    return httpx.Request(
        method, f"{server.base_url}/v1/Things?a=b", content=body, extensions={"timeout": {"connect": 5}}
    )


async def body_of(connection: HttpConnection, request: httpx.Request) -> bytes:
    response = await connection.handle_async_request(request)
    try:
        return await response.aread()
    finally:
        await response.aclose()


def connections_for(*steps: Step, pause: float = 0.0, idle_seconds: float = 5.0, requests: int = 2) -> int:
    """Send requests one after another, and return how many connections they took."""
    ports: set[int] = set()

    def noting(step: Step) -> Step:
        async def noted(line: Line) -> None:
            ports.add(line.writer.get_extra_info("peername")[1])
            await step(line)

        return noted

    async def use() -> None:
        async with Scripted(*map(noting, steps)) as server:
            connection = HttpConnection(ssl.create_default_context(), idle_seconds)
            for _ in range(requests):
                assert await body_of(connection, request_to(server)) == b'{"said": "yes"}'
                await asyncio.sleep(pause)
            await connection.aclose()
            assert [each.body for each in server.seen] == [b"Name=x"] * requests

    asyncio.run(use())
    return len(ports)


async def followed_by_more(line: Line) -> None:
    """Send a second response that nobody asked for."""
    await line.say(raw(200, b'{"said": "yes"}') + raw(200, b'{"said": "no"}'))


async def followed_by_more_later(line: Line) -> None:
    await OK(line)
    await asyncio.sleep(0.01)
    await line.say(raw(408, b""))


async def with_a_hint_before(line: Line) -> None:
    await line.say(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")
    await OK(line)


async def in_chunks(line: Line) -> None:
    await line.say(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{"said"\r\n')
    await line.say(b'8\r\n: "yes"}\r\n0\r\n\r\n')


async def until_the_end(line: Line) -> None:
    await line.say(b'HTTP/1.1 200 OK\r\n\r\n{"said": "yes"}')
    line.hang_up()


@pytest.mark.parametrize("step", [OK, with_a_hint_before, in_chunks])
def test_requests_after_each_other_use_one_connection(step: Step) -> None:
    assert connections_for(step, requests=3) == 1


@pytest.mark.parametrize("step", [answer(200, {"said": "yes"}, Connection="close"), until_the_end])
def test_a_connection_that_the_server_ends_is_not_used_again(step: Step) -> None:
    assert connections_for(step) == 2


@pytest.mark.parametrize("step", [followed_by_more, followed_by_more_later])
def test_a_connection_on_which_more_arrives_than_was_asked_for_is_not_used_again(step: Step) -> None:
    assert connections_for(step, pause=0.05) == 2


def test_a_connection_that_was_not_used_for_too_long_is_not_used_again() -> None:
    assert connections_for(OK, pause=0.02, idle_seconds=0.01) == 2


def test_a_large_body_is_received_no_faster_than_it_is_read() -> None:
    async def use() -> None:
        async with Scripted(answer(200, LARGE)) as server:
            connection = HttpConnection(ssl.create_default_context(), 5)
            response = await connection.handle_async_request(request_to(server, None))
            await asyncio.sleep(0.05)
            assert connection.buffered < 2 * MOST_UNREAD
            assert await response.aread() == LARGE
            await response.aclose()
            await connection.aclose()

    asyncio.run(use())


def test_a_request_can_be_sent_after_a_large_response_was_read_late() -> None:
    async def use() -> None:
        async with Scripted(answer(200, LARGE[: MOST_UNREAD + 100_000]), OK) as server:
            connection = HttpConnection(ssl.create_default_context(), 5)
            response = await connection.handle_async_request(request_to(server, None))
            await asyncio.sleep(0.05)
            assert connection.buffered > MOST_UNREAD  # so nothing more is received
            await response.aread()
            assert await asyncio.wait_for(body_of(connection, request_to(server)), 5) == b'{"said": "yes"}'
            await connection.aclose()

    asyncio.run(use())


@needs_openssl
def test_what_was_decrypted_while_receiving_was_paused_is_not_taken_for_the_next_response(tmp_path: Path) -> None:
    surprised = asyncio.Event()

    async def say_too_much(line: Line) -> None:
        large = raw(200, LARGE[: MOST_UNREAD + 50_000])
        await line.say(large[:-100_000])
        await asyncio.sleep(0.05)
        await line.say(large[-100_000:])  # the response is complete, and nothing more is received
        await asyncio.sleep(0.05)
        await line.say(raw(200, b'{"said": "no"}'))
        surprised.set()

    async def use() -> None:
        async with Scripted(say_too_much, OK, tls=self_signed(tmp_path, "IP:127.0.0.1")) as server:
            connection = HttpConnection(ssl.create_default_context(cafile=tmp_path / "certificate.pem"), 5)
            response = await connection.handle_async_request(request_to(server))
            await surprised.wait()
            await asyncio.sleep(0.05)
            await response.aread()
            assert await body_of(connection, request_to(server)) == b'{"said": "yes"}'
            assert len(server.seen) == 2
            await connection.aclose()

    asyncio.run(use())


def send_another_response(sock: socket.socket) -> None:
    sock.send(raw(200, b'{"said": "no"}'))


def close_for_writing(sock: socket.socket) -> None:
    sock.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("surprise", [send_another_response, close_for_writing])
def test_what_arrived_while_the_program_was_busy_is_noticed_before_a_request_is_sent(
    surprise: Callable[[socket.socket], None],
) -> None:
    lines: list[Line] = []

    async def note(line: Line) -> None:
        lines.append(line)
        await OK(line)

    async def use() -> None:
        async with Scripted(note) as server:
            connection = HttpConnection(ssl.create_default_context(), 5)
            await body_of(connection, request_to(server))
            surprise(lines[0].writer.get_extra_info("socket")._sock)  # noqa: SLF001 — at once, as another process would
            assert await body_of(connection, request_to(server)) == b'{"said": "yes"}'
            assert len(server.seen) == 2
            await connection.aclose()

    asyncio.run(use())


@needs_openssl
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_connection_on_which_part_of_a_request_is_unsent_is_not_used_again(scheme: str, tmp_path: Path) -> None:
    tls = self_signed(tmp_path, "IP:127.0.0.1")
    writers: list[asyncio.StreamWriter] = []

    async def refuse_early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw(413, b"{}"))

    async def use() -> None:
        used = tls if scheme == "https" else None
        async with await asyncio.start_server(refuse_early, "127.0.0.1", 0, ssl=used) as server:
            url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            connection = HttpConnection(ssl.create_default_context(cafile=tmp_path / "certificate.pem"), 5)
            for body in (b"x" * 20_000_000, b"x"):
                request = httpx.Request("POST", url, content=body, extensions={"timeout": {"connect": 5}})
                assert await asyncio.wait_for(body_of(connection, request), 5) == b"{}"
            await connection.aclose()
            assert len(writers) == 2
            for writer in writers:
                writer.transport.abort()
            await asyncio.sleep(0.01)

    asyncio.run(use())


def test_a_response_that_nobody_waits_for_any_more_is_not_taken_for_the_next_one() -> None:
    sent = asyncio.Event()

    async def late(line: Line) -> None:
        sent.set()
        await asyncio.sleep(0.05)
        await line.say(raw(200, b'{"said": "no"}'))

    async def use() -> None:
        async with Scripted(late, OK) as server:
            connection = HttpConnection(ssl.create_default_context(), 5)
            sending = asyncio.create_task(body_of(connection, request_to(server)))
            await sent.wait()
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            assert await body_of(connection, request_to(server)) == b'{"said": "yes"}'
            await connection.aclose()

    asyncio.run(use())


async def huge_head(line: Line) -> None:
    await line.say(b"HTTP/1.1 200 OK\r\nX: " + b"x" * MOST_UNREAD + b"\r\n\r\n")


async def other_protocol(line: Line) -> None:
    await line.say(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (huge_head, httpx.RemoteProtocolError),
        (other_protocol, httpx.RemoteProtocolError),
        (answer(200, b"", Content_Length="-1"), httpx.RemoteProtocolError),
        (Line.reset, httpx.ReadError),
        (Line.hang_up, httpx.RemoteProtocolError),
    ],
)
def test_an_error_after_sending_says_that_the_request_may_have_been_received(
    step: Callable[[Line], object], error: type[Exception]
) -> None:
    async def take(line: Line) -> None:
        ended = step(line)
        if ended is not None:
            await ended  # type: ignore[misc]  # one of them is not asynchronous

    async def use() -> None:
        async with Scripted(take) as server:
            connection = HttpConnection(ssl.create_default_context(), 5)
            with pytest.raises(error):
                await body_of(connection, request_to(server))
            assert len(server.seen) == 1
            await connection.aclose()

    asyncio.run(use())


def test_a_connection_that_ends_without_a_response_is_described() -> None:
    async def use() -> None:
        async with Scripted(hang_up) as server:
            connection = HttpConnection(ssl.create_default_context(), 5)
            with pytest.raises(
                httpx.RemoteProtocolError, match="closed the connection before the response was complete"
            ):
                await body_of(connection, request_to(server))

    asyncio.run(use())


def test_closing_can_be_cancelled() -> None:
    reported: list[dict[str, object]] = []

    async def use() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
        async with Scripted(OK) as server:
            connection = HttpConnection(ssl.create_default_context(), 5)
            await body_of(connection, request_to(server))
            closing = asyncio.create_task(connection.aclose())
            await asyncio.sleep(0)
            closing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await closing
            await asyncio.sleep(0.01)

    asyncio.run(use())
    assert reported == []


@needs_openssl
def test_a_request_can_be_encrypted(tmp_path: Path) -> None:
    async def use() -> None:
        async with Scripted(OK, OK, stay_silent, tls=self_signed(tmp_path)) as server:
            trust = ssl.create_default_context(cafile=tmp_path / "certificate.pem")
            trust.check_hostname = False  # the certificate has a name, and the server an address
            connection = HttpConnection(trust, 5)
            for _ in range(2):
                assert await body_of(connection, request_to(server)) == b'{"said": "yes"}'
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(body_of(connection, request_to(server)), 0.05)
            await connection.aclose()
            assert len(server.seen) == 3

    asyncio.run(use())
