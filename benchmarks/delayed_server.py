"""A server that sends recorded responses after a delay: `delayed_server.py SOCKET RESPONSES SECONDS [CERTIFICATE]`.

SOCKET is an inherited listening file descriptor. RESPONSES is a JSON file that maps request targets to whole responses.
With CERTIFICATE, a PEM file that contains its key too, the server speaks TLS. It parses only request lines, so that it
leaves most of the CPU to the client that is measured. It answers `/tally` without delay, with the CPU seconds, the
requests, and the unknown requests since the last tally.
"""

import asyncio
import json
import socket
import ssl
import sys
import time
from pathlib import Path

TALLY = b"/tally"
END = b"\r\n\r\n"
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class Responses:
    """The recorded responses, and counts of the requests."""

    def __init__(self, by_target: dict[bytes, bytes], delay: float) -> None:
        self.by_target = by_target
        self.delay = delay
        self.requests = 0
        self.unknown = 0
        self.since = time.process_time()

    def respond(self, method: bytes, target: bytes) -> bytes:
        """Find a response, and count the request. Only reads are known."""
        self.requests += 1
        response = self.by_target.get(target) if method == b"GET" else None
        self.unknown += response is None
        return response or NOT_FOUND

    def tally(self) -> bytes:
        """Report the counts, and reset them."""
        now = time.process_time()
        body = json.dumps({"cpu": now - self.since, "requests": self.requests, "unknown": self.unknown}).encode()
        self.requests, self.unknown, self.since = 0, 0, now
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


class Connection(asyncio.Protocol):
    """A kept-alive connection of a client that sends only GET requests."""

    def __init__(self, responses: Responses) -> None:
        self.responses = responses
        self.pending = b""
        self.loop = asyncio.get_running_loop()
        self.transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the transport."""
        if isinstance(transport, asyncio.WriteTransport):
            self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every complete request."""
        *heads, self.pending = (self.pending + data).split(END)
        for head in heads:
            method, target, _ = head.split(b" ", 2)
            if target == TALLY:
                self.write(self.responses.tally())
            else:
                self.loop.call_later(self.responses.delay, self.write, self.responses.respond(method, target))

    def write(self, response: bytes) -> None:
        """Send a response, unless the client has closed the connection."""
        if self.transport and not self.transport.is_closing():
            self.transport.write(response)


async def serve(listening: socket.socket, responses: Responses, tls: ssl.SSLContext | None) -> None:
    """Serve until the process is terminated."""
    server = await asyncio.get_running_loop().create_server(lambda: Connection(responses), sock=listening, ssl=tls)
    async with server:
        await server.serve_forever()


def main() -> None:
    """Serve on the inherited socket."""
    descriptor, recorded, seconds, *certificate = sys.argv[1:]
    by_target = json.loads(Path(recorded).read_text(encoding="ascii"))
    responses = Responses({target.encode(): text.encode() for target, text in by_target.items()}, float(seconds))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if certificate else None
    if tls:
        tls.load_cert_chain(certificate[0])
    asyncio.run(serve(socket.socket(fileno=int(descriptor)), responses, tls))


if __name__ == "__main__":
    main()
