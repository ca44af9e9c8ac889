"""Requests through a proxy: a tunnel that the proxy opens, and whatever may go wrong before it is open."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest

from confsync.twilio.http_connection import HttpConnection
from confsync.twilio.messages import Operation
from confsync.twilio.outcomes import AttemptOutcome, classify
from tests.twilio.certificates import needs_openssl, self_signed
from tests.twilio.scripted_server import (
    Line,
    Scripted,
    Step,
    answer,
    break_in_headers,
    gibberish,
    hang_up,
    raw,
    reset,
    stay_silent,
)
from tests.twilio.test_http_connection import OK, body_of, request_to

OPENED = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Tunnels:
    """A proxy that opens a tunnel to a port of this machine for each CONNECT request."""

    def __init__(self, port: int, greeting: bytes = OPENED, tls: ssl.SSLContext | None = None) -> None:
        self.opened: list[bytes] = []
        self._port = port
        self._greeting = greeting
        self._tls = tls
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def served(self) -> AsyncIterator[httpx.Proxy]:
        """Serve, and yield what a client needs to know."""
        async with await asyncio.start_server(self._open, "127.0.0.1", 0, ssl=self._tls) as server:
            scheme, port = "https" if self._tls else "http", server.sockets[0].getsockname()[1]
            yield httpx.Proxy(f"{scheme}://user:p%40ss@127.0.0.1:{port}")
            await asyncio.wait_for(asyncio.gather(*self._tasks), 5)

    async def _open(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.opened.append(await reader.readuntil(b"\r\n\r\n"))
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(self._greeting)
        await asyncio.gather(_relay(reader, inner_writer), _relay(inner_reader, writer))


async def _relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError, asyncio.CancelledError):
        while chunk := await reader.read(65536):
            writer.write(chunk)
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


def trust_in(folder: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=folder / "certificate.pem")


@needs_openssl
@pytest.mark.parametrize("encrypted", [False, True], ids=["http proxy", "https proxy"])
@pytest.mark.parametrize(
    "greeting",
    [OPENED, raw(200, b""), b"HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n", b"HTTP/1.1 204 No Content\r\n\r\n"],
    ids=["no length", "length 0", "HTTP/1.0", "204"],
)
def test_requests_after_each_other_use_one_tunnel(greeting: bytes, tmp_path: Path, *, encrypted: bool) -> None:
    async def use() -> None:
        tls = self_signed(tmp_path, name="IP:127.0.0.1")
        async with Scripted(OK, tls=tls) as server:
            tunnels = Tunnels(server.port, greeting, tls if encrypted else None)
            async with tunnels.served() as proxy:
                connection = HttpConnection(trust_in(tmp_path), 5, proxy)
                for body in (b"Name=x", None, b"Name=x" * 100_000):
                    assert await body_of(connection, request_to(server, body)) == b'{"said": "yes"}'
                await connection.aclose()
            host = f"127.0.0.1:{server.port}"
            head = f"CONNECT {host} HTTP/1.1\r\nHost: {host}\r\nProxy-Authorization: Basic dXNlcjpwQHNz\r\n\r\n"
            assert tunnels.opened == [head.encode()]
            assert [each.method for each in server.seen] == ["POST", "GET", "POST"]
            assert not [each for each in server.seen if "proxy-authorization" in each.headers]

    asyncio.run(use())


@needs_openssl
def test_the_certificate_at_the_end_of_the_tunnel_must_name_the_host(tmp_path: Path) -> None:
    async def use() -> None:
        async with Scripted(OK, tls=self_signed(tmp_path, name="DNS:other.example")) as server:
            async with Tunnels(server.port).served() as proxy:
                connection = HttpConnection(trust_in(tmp_path), 5, proxy)
                with pytest.raises(httpx.ConnectError, match="mismatch") as caught:
                    await body_of(connection, request_to(server))
                await connection.aclose()
            assert classify(caught.value, Operation.CREATE) is AttemptOutcome.UNSENDABLE
            assert server.seen == []

    asyncio.run(use())


async def opens_and_hangs_up(line: Line) -> None:
    await line.say(OPENED)
    line.hang_up()


async def opens_to_something_without_tls(line: Line) -> None:
    await line.say(OPENED)
    await line.reader.read(1)  # the beginning of the handshake
    await line.say(raw(200, b'{"said": "no"}'))


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (answer(407), httpx.ProxyError),
        (answer(502, b"no route"), httpx.ProxyError),
        (answer(302, Location="http://elsewhere.invalid"), httpx.ProxyError),
        (gibberish, httpx.ConnectError),
        (hang_up, httpx.ConnectError),
        (reset, httpx.ConnectError),
        (break_in_headers, httpx.ConnectError),
        (opens_and_hangs_up, httpx.ConnectError),
        (opens_to_something_without_tls, httpx.ConnectError),
        (stay_silent, httpx.ConnectTimeout),
    ],
)
def test_a_request_is_not_sent_unless_the_tunnel_is_open(step: Step, error: Callable[[str], Exception]) -> None:
    seconds = 0.2 if step is stay_silent else 5.0

    async def use() -> None:
        async with Scripted(step) as proxy:
            connection = HttpConnection(ssl.create_default_context(), 5, httpx.Proxy(proxy.base_url))
            request = httpx.Request(
                "POST", "https://twilio.invalid/", content=b"Name=x", extensions={"timeout": {"connect": seconds}}
            )
            with pytest.raises(httpx.TransportError) as caught:
                await body_of(connection, request)
            assert type(caught.value) is error
            assert classify(caught.value, Operation.CREATE) is AttemptOutcome.NOT_SENT
            assert [each.method for each in proxy.seen] == ["CONNECT"]

    asyncio.run(use())
