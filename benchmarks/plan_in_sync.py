"""How long a plan takes that has nothing to do, beside the same reads with Twilio's SDK in sequence (P1, P2, P4).

`python benchmarks/plan_in_sync.py [--sample] [--full] [--runs 5]`. Both are whole processes, from the start of Python
to the last byte, against one server that answers 60 ms late with what an emulator said before. The server is a process
of its own and tells its CPU: a run in which it used more than half a core says nothing, and is not counted. Absolute
figures move from machine to machine; the ratios of one run count.

In sequence, 1,000 services take five minutes: `--full` measures that once, otherwise it is told from the smaller runs,
and marked with `~`. `--sample` is a run of a few seconds that shows that all of this works; its figures say nothing.
"""

import argparse
import asyncio
import json
import math
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import httpx

from confsync.account.blocking import connect_sync
from confsync.account.configuration import load
from confsync.account.connection import Connection, ledger_name
from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
from confsync.emulator.transport import EmulatorTransport
from confsync.secret import Secret
from confsync.twilio.credentials import Credentials
from confsync.twilio.origin import Origin

HERE = Path(__file__).resolve().parent
BIN = Path(sys.executable).parent
LATENCY = 0.060
PREFIX = "Desk "
ROLES = ("agent", "lead")
BUILT_IN_ROLES = 4
SINGLETONS = 3
COLUMNS = (
    *("services", "requests", "at once", "runs", "plan", "physical limit"),
    *("SDK in sequence", "ratio", "CPU a request", "memory"),
)
HOPS = 3
"""The account, then a page of services, then what is in them."""

SERVICE = """\
  desk-{number}:
    friendly_name: {prefix}{number}
    configuration: {{default_conversation_role: agent, reachability_enabled: true}}
    notifications: {{new_message: {{enabled: true, template: "${{PARTICIPANT}}: ${{MESSAGE}}"}}, log_enabled: true}}
    webhooks: {{post_webhook_url: https://hooks.example.com/{number}, method: POST, filters: [onMessageAdded]}}
    roles:
      agent: {{type: conversation, permissions: [sendMessage, leaveConversation, editOwnMessage]}}
      lead: {{type: service, permissions: [createConversation, joinConversation]}}
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One process from start to end: seconds of wall time and CPU, peak memory in MB, and what it asked for."""

    wall: float
    cpu: float
    memory: float
    requests: int
    lost: int
    server_share: float

    @property
    def counts(self) -> bool:
        """Whether the server had time enough for it."""
        return self.server_share <= 0.5  # noqa: PLR2004 - half a core, as the docstring of this file says


@dataclass(frozen=True, slots=True)
class Row:
    """What was found for one number of services; without runs, the sequence is told from smaller ones."""

    services: int
    at_once: int
    ours: tuple[Run, ...]
    sequence: tuple[Run, ...]
    extrapolated: float = 0.0

    @property
    def requests(self) -> int:
        """How many requests each of the two sends."""
        return expected_requests(self.services)

    @property
    def limit(self) -> float:
        """The seconds of so many requests at that concurrency, and of three hops at least: no client is faster."""
        return max(HOPS, self.requests / self.at_once) * LATENCY

    @property
    def wall(self) -> float:
        """Seconds of the median plan."""
        return statistics.median(run.wall for run in self.ours)

    @property
    def sequence_wall(self) -> float:
        """Seconds of the median sequence."""
        return statistics.median(run.wall for run in self.sequence) if self.sequence else self.extrapolated

    def cells(self) -> Iterator[str]:
        """Write down what was found."""
        walls = [each.wall for each in self.ours]
        about = "" if self.sequence else "~ "
        yield f"{self.services:,}"
        yield f"{self.requests:,}"
        yield f"{self.at_once}"
        yield f"{len(self.ours)}"
        yield f"{self.wall:.2f} s ({min(walls):.2f} to {max(walls):.2f})"
        yield f"{self.limit:.2f} s"
        yield f"{about}{self.sequence_wall:.1f} s"
        yield f"{about}{self.sequence_wall / self.wall:.1f} x"
        yield f"{statistics.median(each.cpu for each in self.ours) / self.requests * 1000:.2f} ms"
        yield f"{max(each.memory for each in self.ours):.0f} MB"


def expected_requests(services: int) -> int:
    """Count the reads of a plan: the account, pages of services, then singletons and pages of roles of each (P4)."""
    live = services + 1  # an account has a default service
    roles = len(ROLES) + BUILT_IN_ROLES
    return 1 + max(1, math.ceil(live / 100)) + services * (SINGLETONS + max(1, math.ceil(roles / 50)))


def main() -> None:
    """Measure each size, and print a table."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--runs", type=int, default=5)
    asked.add_argument("--parallelism", type=int, nargs="+", default=(32, 128))
    asked.add_argument("--full", action="store_true", help="measure the sequence with 1,000 services, too")
    asked.add_argument("--sample", action="store_true", help="1 and 10 services, once")
    options = asked.parse_args()
    sizes = (1, 10) if options.sample else (1, 100, 1_000)
    table = Table(1 if options.sample else options.runs, tuple(options.parallelism))
    for services in sizes:
        with tempfile.TemporaryDirectory() as folder, serving(services, Path(folder)) as url:
            table.measure(services, Path(folder), url, sequence=options.full or services < max(sizes) or options.sample)
    print("\n".join(table.as_markdown()))


@dataclass(frozen=True, slots=True)
class Table:
    """What was found, in order of size."""

    runs: int
    parallelism: tuple[int, ...]
    rows: list[Row] = field(default_factory=list)

    def measure(self, services: int, folder: Path, url: str, *, sequence: bool) -> None:
        """Run each contender in turn, so that a busy minute of the machine meets all of them."""
        in_sequence = (sys.executable, str(HERE / "read_with_sdk.py"), url, PREFIX)
        slow = [run(in_sequence, url)] if sequence else []
        ours: dict[int, list[Run]] = {at_once: [] for at_once in self.parallelism}
        for _ in range(self.runs):
            for at_once, found in ours.items():
                found.append(run(plan_command(folder, at_once), url))
        check([*slow, *(each for found in ours.values() for each in found)], expected_requests(services))
        told = 0.0 if sequence else line_through(self.rows, expected_requests(services))
        for at_once, found in ours.items():
            self.rows.append(Row(services, at_once, tuple(kept(found)), tuple(slow), told))

    def as_markdown(self) -> Iterator[str]:
        """Print it so that it can stand in the documentation as it is."""
        yield f"Python {platform.python_version()}, {os.cpu_count()} cores, {LATENCY * 1000:.0f} ms, medians (spread)."
        yield ""
        yield f"| {' | '.join(COLUMNS)} |"
        yield f"|{'---:|' * len(COLUMNS)}"
        yield from (f"| {' | '.join(row.cells())} |" for row in self.rows)
        busiest = max(each.server_share for row in self.rows for each in row.ours)
        yield ""
        yield f"The server used {busiest:.0%} of a core at most."


def check(runs: Sequence[Run], requests: int) -> None:
    """Make sure that everybody read the same, all of it, and nothing else (P4)."""
    for each in runs:
        if (each.requests, each.lost) != (requests, 0):
            raise SystemExit(f"{each.requests} requests were sent, {each.lost} of them lost, and not {requests}")


def kept(runs: Sequence[Run]) -> Sequence[Run]:
    """Leave out the runs in which the server was too busy."""
    found = [each for each in runs if each.counts]
    if len(found) * 2 <= len(runs):
        raise SystemExit("the server was too busy: its answers measure itself")
    return found


def line_through(rows: Sequence[Row], requests: int) -> float:
    """Tell the seconds of a longer sequence: so much to start, and so much for each request."""
    first, last = rows[0], rows[-1]
    each = (last.sequence_wall - first.sequence_wall) / (last.requests - first.requests)
    return first.sequence_wall + each * (requests - first.requests)


def plan_command(folder: Path, at_once: int) -> tuple[str, ...]:
    """Build the command line of a plan. It exits with 0 only if there is nothing to do."""
    return (str(BIN / "confsync"), *plan_arguments(folder, at_once))


def plan_arguments(folder: Path, at_once: int) -> tuple[str, ...]:
    """Build the arguments of that plan."""
    options = ("-f", str(folder / "confsync.yaml"), "--detailed-exitcode", "--parallelism", str(at_once))
    return ("plan", *options)


def variables_for(url: str) -> dict[str, str]:
    """Build the environment variables of a process that reads from the local server."""
    # Where bytecode is not written, Python compiles confsync at every start, as no user's Python does.
    left_out = ("CONFSYNC_", "TWILIO_", "PYTHONDONTWRITEBYTECODE")
    others = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return others | {"CONFSYNC_BASE_URL": url, "TWILIO_ACCOUNT_SID": ACCOUNT_SID, "TWILIO_AUTH_TOKEN": AUTH_TOKEN}


def run(command: Sequence[str], url: str) -> Run:
    """Run one process, and ask the server what it took."""
    tally(url)
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, env=variables_for(url), stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{said.read().decode()[-4000:]}")
    told = tally(url)
    return Run(
        wall=wall,
        cpu=used.ru_utime + used.ru_stime,
        memory=used.ru_maxrss / (1024**2 if platform.system() == "Darwin" else 1024),
        requests=int(told["requests"]),
        lost=int(told["lost"]),
        server_share=told["cpu"] / wall,
    )


def tally(url: str) -> Mapping[str, float]:
    """Ask the server what it did since it was last asked."""
    with urlopen(f"{url}/tally") as answer:  # noqa: S310 - our own server, on this machine
        told: Mapping[str, float] = json.load(answer)
    return told


@contextmanager
def serving(services: int, folder: Path) -> Iterator[str]:
    """Put a configuration and its ledger into a folder, and serve an account that is in sync with it."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=512)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        answers = folder / "answers.json"
        answers.write_text(json.dumps(answers_in_sync(services, folder, url)), encoding="ascii")
        command = (sys.executable, str(HERE / "answer_late.py"), str(listening.fileno()), str(answers), str(LATENCY))
        server = subprocess.Popen(command, pass_fds=[listening.fileno()])
        try:
            yield url
        finally:
            server.terminate()
            server.wait()


def answers_in_sync(services: int, folder: Path, url: str) -> dict[str, str]:
    """Apply a configuration to an emulator, and write down every answer that a plan or the SDK can ask for."""
    desks = "".join(SERVICE.format(number=number, prefix=PREFIX) for number in range(services))
    (folder / "confsync.yaml").write_text(f"version: 1\nservices:\n{desks}", encoding="utf-8")
    config = load(directory=folder, environ={})
    origin = Origin(url)
    with Emulator() as emulator:
        connection = Connection(
            origin=origin,
            credentials=Credentials(ACCOUNT_SID, ACCOUNT_SID, Secret(AUTH_TOKEN)),
            ledger=folder / ".confsync" / origin.host.replace(":", "-") / ledger_name(None),
            transport=EmulatorTransport(emulator),
        )
        with connect_sync(config, connection=connection, environ={}) as account:
            report = account.apply(account.plan()).applied
        if report.errors:
            raise SystemExit(f"the account could not be made: {report.errors[0]}")
        return asyncio.run(written_down(emulator, url))


async def written_down(emulator: Emulator, url: str) -> dict[str, str]:
    """Walk through the account as a reader would."""
    answers: dict[str, str] = {}
    async with httpx.AsyncClient(
        transport=EmulatorTransport(emulator), base_url=url, auth=(ACCOUNT_SID, AUTH_TOKEN)
    ) as client:
        waiting = ["/v1/Configuration", "/v1/Services?PageSize=100"]
        while waiting:
            target = waiting.pop()
            answer = await client.get(target)
            answers[target] = as_text(answer)
            waiting.extend(onward(answer.json()))
    return answers


def onward(body: Mapping[str, object]) -> Iterator[str]:
    """Name what a reader asks for after it has seen this."""
    meta = body.get("meta")
    if isinstance(meta, dict) and meta["next_page_url"]:
        parts = urlsplit(meta["next_page_url"])
        yield f"{parts.path}?{parts.query}"
    services = body.get("services")
    for service in services if isinstance(services, list) else ():
        inside = f"/v1/Services/{service['sid']}"
        yield from (f"{inside}/Configuration{part}" for part in ("", "/Notifications", "/Webhooks"))
        yield f"{inside}/Roles?PageSize=50"


def as_text(answer: httpx.Response) -> str:
    """Write a whole response, as it goes over the network."""
    headers = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items() if name != "content-length")
    return f"HTTP/1.1 200 OK\r\n{headers}Content-Length: {len(answer.content)}\r\n\r\n{answer.text}"


if __name__ == "__main__":
    main()
