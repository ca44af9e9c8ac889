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

IN_TIME = {"timeout": {"connect": 5}}
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
@pytest.mark.parametrize("encrypted", [False, True], ids=["http proxy", "https proxy"])
def test_the_certificate_at_the_end_of_the_tunnel_must_name_the_host(tmp_path: Path, *, encrypted: bool) -> None:
    reported: list[dict[str, object]] = []
    folders = [tmp_path / "server", tmp_path / "proxy"]
    for folder in folders:
        folder.mkdir()
    server_tls = self_signed(folders[0], name="DNS:other.example")
    proxy_tls = self_signed(folders[1], name="IP:127.0.0.1")

    async def use() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
        async with Scripted(OK, tls=server_tls) as server:
            tunnels = Tunnels(server.port, tls=proxy_tls if encrypted else None)
            async with tunnels.served() as proxy:
                trust = trust_in(folders[0])
                trust.load_verify_locations(folders[1] / "certificate.pem")
                connection = HttpConnection(trust, 5, proxy)
                with pytest.raises(httpx.ConnectError, match="mismatch") as caught:
                    await body_of(connection, request_to(server))
                await connection.aclose()
            assert classify(caught.value, Operation.CREATE) is AttemptOutcome.UNSENDABLE
            assert server.seen == []
            assert len(tunnels.opened) == 1

    asyncio.run(use())
    assert [each["message"] for each in reported if "incoming connection" not in str(each["message"])] == []


@needs_openssl
def test_a_proxy_whose_certificate_is_rejected_is_asked_for_nothing(tmp_path: Path) -> None:
    async def use() -> None:
        async with Scripted(answer(200), tls=self_signed(tmp_path, name="DNS:other.example")) as proxy:
            connection = HttpConnection(trust_in(tmp_path), 5, httpx.Proxy(proxy.base_url))
            with pytest.raises(httpx.ConnectError, match="mismatch"):
                await body_of(connection, httpx.Request("GET", "https://twilio.invalid/", extensions=IN_TIME))
            assert proxy.seen == []

    asyncio.run(use())


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://twilio.invalid/", "twilio.invalid:443"),
        ("https://twilio.invalid:8443/", "twilio.invalid:8443"),
        ("https://[2001:db8::1]/", "[2001:db8::1]:443"),
        ("https://bücher.example/", "xn--bcher-kva.example:443"),
    ],
)
def test_a_proxy_is_told_the_host_and_the_port(url: str, target: str) -> None:
    async def use() -> None:
        async with Scripted(answer(407)) as proxy:
            connection = HttpConnection(ssl.create_default_context(), 5, httpx.Proxy(proxy.base_url))
            with pytest.raises(httpx.ProxyError):
                await body_of(connection, httpx.Request("GET", url, extensions=IN_TIME))
            assert proxy.targets == [f"CONNECT {target}"]
            assert proxy.seen[0].headers == {"host": target}

    asyncio.run(use())


def test_a_proxy_that_speaks_first_is_asked_for_nothing() -> None:
    received: list[bytes] = []

    async def speak_first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OPENED)
        with suppress(ConnectionError):
            received.append(await reader.read())
        writer.close()

    async def use() -> None:
        async with await asyncio.start_server(speak_first, "127.0.0.1", 0) as server:
            proxy = httpx.Proxy(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
            connection = HttpConnection(ssl.create_default_context(), 5, proxy)
            with pytest.raises(httpx.ConnectError, match="did not wait"):
                await body_of(connection, httpx.Request("GET", "https://twilio.invalid/", extensions=IN_TIME))
            await asyncio.sleep(0.01)
        assert b"".join(received) == b""

    asyncio.run(use())


async def opens_and_hangs_up(line: Line) -> None:
    await line.say(OPENED)
    line.hang_up()


async def opens_and_speaks(line: Line) -> None:
    await line.say(OPENED[:-2] + b"Transfer-Encoding: chunked\r\n\r\nrubbish\r\n")


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
        (opens_and_speaks, httpx.ConnectError),
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
