"""A server that an apply writes to: `writing_server.py SOCKET RESPONSES SECONDS`.

SOCKET is an inherited listening file descriptor. RESPONSES is a JSON file with the responses that an emulator gave
during the same apply: to each write by its target and its form, and to each read, before and after the writes. A list
is as it was before until everything that belongs in it has been created. The server answers after a delay, and it does
so little that most of the CPU is left to the client that is measured. It answers `/tally` without delay.
"""

import asyncio
import json
import socket
import sys
import time
from collections import Counter, deque
from pathlib import Path
from urllib.parse import parse_qsl

TALLY = "/tally"
END = b"\r\n\r\n"
LENGTH = b"content-length:"
NOT_FOUND = "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class Account:
    """The recorded responses, what was created so far, and counts of the requests."""

    def __init__(self, recorded: dict[str, dict[str, str]]) -> None:
        self.before = recorded["before"]
        self.after = recorded["after"]
        self.writes = recorded["writes"]
        self.missing = Counter(target_of(each) for each in self.writes)
        self.sent: set[str] = set()
        self.starts: dict[str, deque[float]] = {}
        self.counts: Counter[str] = Counter()
        self.since = time.process_time()

    def respond(self, method: str, target: str, form: str) -> str:
        """Find the response to a request, and count it."""
        response = self._write(target, form) if method == "POST" else self._read(target)
        self.counts["unknown"] += response is None
        return response or NOT_FOUND

    def _read(self, target: str) -> str | None:
        self.counts["reads"] += 1
        unfinished = self.missing[target.partition("?")[0]] > 0
        return self.before.get(target) if unfinished else self.after.get(target, self.before.get(target))

    def _write(self, target: str, form: str) -> str | None:
        self.counts["writes"] += 1
        write = write_key(target, form)
        self.counts["repeated"] += write in self.sent
        self.sent.add(write)
        self.missing[target] -= 1
        self._count_rate(target)
        return self.writes.get(write)

    def _count_rate(self, target: str) -> None:
        """Count the most writes within any second in one service."""
        service, now = "/".join(target.split("/")[:4]), time.monotonic()
        if service.count("/") < 3:  # noqa: PLR2004 — the collection of services itself
            return
        starts = self.starts.setdefault(service, deque())
        starts.append(now)
        while starts[0] <= now - 1.0:
            starts.popleft()
        self.counts["rate"] = max(self.counts["rate"], len(starts))

    def tally(self) -> str:
        """Report the counts and the CPU seconds so far, and reset both."""
        now = time.process_time()
        totals = {"cpu": now - self.since, "requests": self.counts["reads"] + self.counts["writes"]}
        body = json.dumps({**totals, "unknown": 0, **self.counts})
        self.counts, self.since = Counter(), now
        return f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}"


def write_key(target: str, form: str) -> str:
    """Identify a write, in whatever order and encoding a client sends its parameters."""
    return f"{target} {json.dumps(sorted(parse_qsl(form, keep_blank_values=True)))}"


def target_of(write: str) -> str:
    """Return the target of a recorded write."""
    return write.partition(" ")[0]


class Connection(asyncio.Protocol):
    """A kept-alive connection of one client."""

    def __init__(self, account: Account, delay: float) -> None:
        self.account = account
        self.delay = delay
        self.pending = b""
        self.loop = asyncio.get_running_loop()
        self.transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the transport."""
        if isinstance(transport, asyncio.WriteTransport):
            self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every complete request."""
        self.pending += data
        while END in self.pending:
            head, _, rest = self.pending.partition(END)
            length = length_of(head)
            if len(rest) < length:
                return
            self.pending = rest[length:]
            method, target, _ = head.decode("ascii").split(" ", 2)
            self.answer(method, target, rest[:length].decode("ascii"))

    def answer(self, method: str, target: str, form: str) -> None:
        """Answer one request."""
        if target == TALLY:
            self.write(self.account.tally())
        else:
            self.loop.call_later(self.delay, self.write, self.account.respond(method, target, form))

    def write(self, response: str) -> None:
        """Send a response, unless the client has closed the connection."""
        if self.transport and not self.transport.is_closing():
            self.transport.write(response.encode())


def length_of(head: bytes) -> int:
    """Return the length of the body that follows the head of a request."""
    lines = head.lower().split(b"\r\n")
    return next((int(each.removeprefix(LENGTH)) for each in lines if each.startswith(LENGTH)), 0)


async def serve(listening: socket.socket, account: Account, delay: float) -> None:
    """Serve until the process is terminated."""
    server = await asyncio.get_running_loop().create_server(lambda: Connection(account, delay), sock=listening)
    async with server:
        await server.serve_forever()


def main() -> None:
    """Serve on the inherited socket."""
    descriptor, recorded, seconds = sys.argv[1:]
    account = Account(json.loads(Path(recorded).read_text(encoding="utf-8")))
    asyncio.run(serve(socket.socket(fileno=int(descriptor)), account, float(seconds)))


if __name__ == "__main__":
    main()
