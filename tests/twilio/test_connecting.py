"""Connecting: names, addresses, certificates, and what is left of a connection that nobody waits for any more."""

import asyncio
import gc
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from confsync.twilio.http_connection import HttpConnection
from confsync.twilio.http_protocol import HttpProtocol
from confsync.twilio.messages import Operation
from confsync.twilio.outcomes import AttemptOutcome, classify
from tests.twilio.certificates import needs_openssl, self_signed
from tests.twilio.scripted_server import Scripted, raw
from tests.twilio.test_http_connection import OK, body_of


def post(url: str) -> httpx.Request:
    return httpx.Request("POST", url, content=b"Name=x", extensions={"timeout": {"connect": 5}})


@pytest.mark.parametrize("host", ["a..b", f"{'a' * 64}.com"])
def test_a_name_that_no_host_can_have_means_that_the_request_is_never_sent(host: str) -> None:
    async def use() -> None:
        connection = HttpConnection(ssl.create_default_context(), 5)
        with pytest.raises(httpx.InvalidURL) as caught:
            await body_of(connection, post(f"https://{host}/"))
        assert classify(caught.value, Operation.CREATE) is AttemptOutcome.UNSENDABLE

    asyncio.run(use())


def test_an_address_that_refuses_is_followed_by_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def both(_: object, port: int, **__: object) -> list[tuple[object, ...]]:
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("::1", port, 0, 0)),
            (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", port)),
        ]

    async def use() -> None:
        async with Scripted(OK) as server:
            monkeypatch.setattr(socket, "getaddrinfo", lambda host, port, *_, **__: both(host, port))
            connection = HttpConnection(ssl.create_default_context(), 5)
            assert await body_of(connection, post(f"http://two.invalid:{server.port}/")) == b'{"said": "yes"}'
            await connection.aclose()

    asyncio.run(use())


def test_a_response_before_the_request_means_that_the_request_is_not_sent() -> None:
    received: list[bytes] = []

    async def speak_first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(raw(429, b"{}"))
        with suppress(ConnectionError):
            received.append(await reader.read())
        writer.close()

    async def use() -> None:
        async with await asyncio.start_server(speak_first, "127.0.0.1", 0) as server:
            connection = HttpConnection(ssl.create_default_context(), 5)
            with pytest.raises(httpx.ConnectError, match="did not wait") as caught:
                await body_of(connection, post(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"))
            assert classify(caught.value, Operation.CREATE) is AttemptOutcome.NOT_SENT
            await asyncio.sleep(0.01)
        assert b"".join(received) == b""

    asyncio.run(use())


@pytest.mark.parametrize("surprise", [lambda server: server.send(raw(429, b"{}")), socket.socket.close])
def test_a_server_that_speaks_or_leaves_first_gets_no_request(surprise: Callable[[socket.socket], object]) -> None:
    async def use() -> None:
        client, server = socket.socketpair()
        _, protocol = await asyncio.get_running_loop().create_connection(HttpProtocol, sock=client)
        protocol.check_new()
        surprise(server)
        with pytest.raises(httpx.RemoteProtocolError):
            protocol.check_new()
        await asyncio.sleep(0.01)  # it is received
        with pytest.raises(httpx.RemoteProtocolError):
            protocol.check_new()
        protocol.abort()
        await protocol.closed
        server.close()

    asyncio.run(use())


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_cancelled_request_leaves_no_connection_open(scheme: str) -> None:
    ended = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await reader.read()  # the request, or for https the beginning of the handshake, until the end
        writer.close()
        ended.set()

    async def use() -> None:
        async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as server:
            url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            connection = HttpConnection(ssl.create_default_context(), 5)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(body_of(connection, post(url)), 0.05)
            await asyncio.wait_for(ended.wait(), 5)

    asyncio.run(use())


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_request_cancelled_while_it_connects_leaves_no_socket_behind(scheme: str) -> None:
    accepted, closed = 0, 0

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal accepted, closed
        accepted += 1
        with suppress(ConnectionError):
            await reader.read()
        closed += 1
        writer.close()

    async def use() -> None:
        async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as server:
            url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            trust = ssl.create_default_context()
            for turns in [*range(12)] * 5:
                sending = asyncio.create_task(body_of(HttpConnection(trust, 5), post(url)))
                for _ in range(turns):
                    await asyncio.sleep(0)
                sending.cancel()
                with suppress(asyncio.CancelledError):
                    await sending
            await asyncio.sleep(0.2)  # the server hears of each connection, and of its end

    gc.disable()  # it would close what nobody refers to any more
    try:
        asyncio.run(use())
    finally:
        gc.enable()
    assert accepted > 0
    assert closed == accepted


@needs_openssl
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_certificate_must_name_the_host(host: str, tmp_path: Path) -> None:
    async def use() -> None:
        async with Scripted(OK, tls=self_signed(tmp_path, name="DNS:other.example")) as server:
            connection = HttpConnection(ssl.create_default_context(cafile=tmp_path / "certificate.pem"), 5)
            with pytest.raises(httpx.ConnectError, match="mismatch") as caught:
                await body_of(connection, post(f"https://{host}:{server.port}/"))
            assert classify(caught.value, Operation.CREATE) is AttemptOutcome.UNSENDABLE
            assert server.seen == []

    asyncio.run(use())


@needs_openssl
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_certificate_that_names_the_host_is_accepted(host: str, tmp_path: Path) -> None:
    async def use() -> None:
        async with Scripted(OK, tls=self_signed(tmp_path, name="IP:127.0.0.1,DNS:localhost")) as server:
            connection = HttpConnection(ssl.create_default_context(cafile=tmp_path / "certificate.pem"), 5)
            assert await body_of(connection, post(f"https://{host}:{server.port}/")) == b'{"said": "yes"}'
            await connection.aclose()

    asyncio.run(use())
