"""A server that says what it was given, each answer a while late: `answer_late.py SOCKET ANSWERS SECONDS`.

SOCKET is an inherited file descriptor that listens, ANSWERS a JSON file of whole responses by request target. It reads
request lines and nothing else, so that on two cores there is room for the client that is measured. `/tally` is answered
at once: the CPU seconds, the requests and the requests without an answer since the last tally.
"""

import asyncio
import json
import socket
import sys
import time
from pathlib import Path

TALLY = b"/tally"
END = b"\r\n\r\n"
LOST = b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class Said:
    """What is answered, and how often it was asked for."""

    def __init__(self, answers: dict[bytes, bytes], late: float) -> None:
        self.answers = answers
        self.late = late
        self.requests = 0
        self.lost = 0
        self.since = time.process_time()

    def answer(self, target: bytes) -> bytes:
        """Find an answer, and count it."""
        self.requests += 1
        found = self.answers.get(target)
        self.lost += found is None
        return found or LOST

    def tally(self) -> bytes:
        """Say what was counted, and count from here."""
        now = time.process_time()
        body = json.dumps({"cpu": now - self.since, "requests": self.requests, "lost": self.lost}).encode()
        self.requests, self.lost, self.since = 0, 0, now
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


class Connection(asyncio.Protocol):
    """One client that asks with GET, and keeps its connection."""

    def __init__(self, said: Said) -> None:
        self.said = said
        self.pending = b""
        self.loop = asyncio.get_running_loop()
        self.transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        if isinstance(transport, asyncio.WriteTransport):
            self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request whose head is complete."""
        *heads, self.pending = (self.pending + data).split(END)
        for head in heads:
            target = head.split(b" ", 2)[1]
            if target == TALLY:
                self.write(self.said.tally())
            else:
                self.loop.call_later(self.said.late, self.write, self.said.answer(target))

    def write(self, answer: bytes) -> None:
        """Send one answer, if anybody waits for it still."""
        if self.transport and not self.transport.is_closing():
            self.transport.write(answer)


async def serve(listening: socket.socket, said: Said) -> None:
    """Answer until the process is ended."""
    server = await asyncio.get_running_loop().create_server(lambda: Connection(said), sock=listening)
    async with server:
        await server.serve_forever()


def main() -> None:
    """Take over the socket, and serve."""
    descriptor, answers, seconds = sys.argv[1:]
    known = json.loads(Path(answers).read_text(encoding="ascii"))
    said = Said({target.encode(): answer.encode() for target, answer in known.items()}, float(seconds))
    asyncio.run(serve(socket.socket(fileno=int(descriptor)), said))


if __name__ == "__main__":
    main()
