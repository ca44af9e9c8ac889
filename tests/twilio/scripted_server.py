"""A server on 127.0.0.1 that does exactly what its script says, once for each request, and remembers them all."""

import asyncio
import json
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Seen:
    """A request as it came in."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Line:
    """The connection that a request came in on."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def say(self, text: bytes) -> None:
        self.writer.write(text)
        await self.writer.drain()

    def hang_up(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        """Break the connection so that the other side hears of a reset, not of an end."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Step = Callable[[Line], Awaitable[None]]


class Scripted:
    """Serves one step of the script for each request; the last step serves all further ones too."""

    def __init__(self, *steps: Step, tls: ssl.SSLContext | None = None) -> None:
        self.seen: list[Seen] = []
        self._steps = steps
        self._tls = tls
        self._lines: set[asyncio.Task[None]] = set()

    @property
    def base_url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def targets(self) -> list[str]:
        return [f"{each.method} {each.target}" for each in self.seen]

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for line in self._lines:
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._lines.add(task)
        line = Line(reader, writer)
        try:
            while not writer.is_closing() and (request := await _request(reader)):
                step = self._steps[min(len(self.seen), len(self._steps) - 1)]
                self.seen.append(request)
                await step(line)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._lines.discard(task)
            await _closed(writer)


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError, ssl.SSLError):
        await writer.wait_closed()


async def _request(reader: asyncio.StreamReader) -> Seen | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *rest = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest)}
    return Seen(method, target, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


def raw(status: int, body: bytes, headers: Iterable[tuple[str, str]] = ()) -> bytes:
    lines = [
        f"HTTP/1.1 {status} Whatever",
        f"Content-Length: {len(body)}",
        *(f"{name}: {text}" for name, text in headers),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def answer(status: int, body: object = None, **headers: str) -> Step:
    """Answer with a body as JSON (or bytes as they are), and headers with `_` for `-`."""
    text = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    whole = raw(status, text, [(name.replace("_", "-"), value) for name, value in headers.items()])

    async def step(line: Line) -> None:
        await line.say(whole)

    return step


async def reset(line: Line) -> None:
    """Take the request, and reset the connection."""
    line.reset()


async def hang_up(line: Line) -> None:
    """Take the request, and close the connection."""
    line.hang_up()


async def break_in_headers(line: Line) -> None:
    await line.say(b"HTTP/1.1 200 OK\r\nContent-Le")
    line.reset()


async def break_in_body(line: Line) -> None:
    await line.say(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"sid": "')
    line.reset()


async def end_in_body(line: Line) -> None:
    await line.say(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"sid": "')
    line.hang_up()


async def stay_silent(line: Line) -> None:
    await line.reader.read()


async def drip(line: Line) -> None:
    """Send a header, and then a byte of the body now and then, so that no single silence is long."""
    await line.say(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        await line.say(b" ")
        await asyncio.sleep(0.02)


async def gibberish(line: Line) -> None:
    await line.say(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
    line.hang_up()
