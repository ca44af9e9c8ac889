"""Measure a plan without changes, compared with the same reads one after another with Twilio's SDK.

`python benchmarks/plan_in_sync.py [--sample] [--full] [--runs 5]`. Both are whole processes, from the start of Python
to the last byte of output. A separate server process sends the recorded responses of an emulator, each after 60 ms, and
reports its CPU time. Runs in which it used more than half a core are discarded. Absolute times depend on the machine,
so compare the ratios of one run.

One after another, the reads of 1,000 services take five minutes. `--full` measures that once; otherwise the time is
extrapolated from the smaller sizes and marked with `~`. `--sample` takes a few seconds and shows only that the
benchmark works.
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
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import httpx

from confsync.account.blocking import connect_sync
from confsync.account.configuration import load
from confsync.account.connection import Connection
from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
from confsync.emulator.transport import EmulatorTransport
from confsync.secret import Secret
from confsync.state.ledger_name import ledger_name
from confsync.twilio.credentials import Credentials
from confsync.twilio.origin import Origin

HERE = Path(__file__).resolve().parent
BIN = Path(sys.executable).parent
LATENCY = 0.060
PREFIX = "Desk "
ROLES = ("agent", "lead")
UNWRITTEN = ("Credentials?PageSize=100", "Configuration/Addresses?PageSize=50")
BUILT_IN_ROLES = 4
SINGLETONS = 3
COLUMNS = (
    *("services", "requests", "concurrency", "runs", "plan", "lower bound"),
    *("SDK script", "ratio", "CPU per request", "memory"),
)
HOPS = 3
"""The number of round trips in a row: the account, a page of services, their contents."""

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
    """One process: seconds of wall time and of CPU, peak memory in MB, and its requests."""

    wall: float
    cpu: float
    memory: float
    requests: int
    unknown: int
    server_share: float

    @property
    def valid(self) -> bool:
        """Whether the server had CPU to spare."""
        return self.server_share <= 0.5  # noqa: PLR2004 — half a core, as documented above


@dataclass(frozen=True, slots=True)
class Row:
    """The results for one number of services. Without runs of the SDK script, its time is extrapolated."""

    services: int
    at_once: int
    ours: tuple[Run, ...]
    sequence: tuple[Run, ...]
    extrapolated: float = 0.0

    @property
    def requests(self) -> int:
        """The number of requests that each side sends."""
        return expected_requests(self.services)

    @property
    def limit(self) -> float:
        """The least seconds of any client: all requests at this concurrency, and at least three round trips."""
        return max(HOPS, self.requests / self.at_once) * LATENCY

    @property
    def wall(self) -> float:
        """The median seconds of a plan."""
        return statistics.median(run.wall for run in self.ours)

    @property
    def sequence_wall(self) -> float:
        """The median seconds of the SDK script."""
        return statistics.median(run.wall for run in self.sequence) if self.sequence else self.extrapolated

    def cells(self) -> Iterator[str]:
        """Format the results."""
        walls = [each.wall for each in self.ours]
        prefix = "" if self.sequence else "~ "
        yield f"{self.services:,}"
        yield f"{self.requests:,}"
        yield f"{self.at_once}"
        yield f"{len(self.ours)}"
        yield f"{self.wall:.2f} s ({min(walls):.2f} to {max(walls):.2f})"
        yield f"{self.limit:.2f} s"
        yield f"{prefix}{self.sequence_wall:.1f} s"
        yield f"{prefix}{self.sequence_wall / self.wall:.1f} x"
        yield f"{statistics.median(each.cpu for each in self.ours) / self.requests * 1000:.2f} ms"
        yield f"{max(each.memory for each in self.ours):.0f} MB"


def expected_requests(services: int) -> int:
    """Count the reads of a plan: the account, pages of services, then the singletons and the roles of each.

    The sections that are not written, credentials and addresses, take a page each, to count what they hold.
    """
    live = services + 1  # an account has a default service
    roles = len(ROLES) + BUILT_IN_ROLES
    return 1 + len(UNWRITTEN) + max(1, math.ceil(live / 100)) + services * (SINGLETONS + max(1, math.ceil(roles / 50)))


def main() -> None:
    """Measure each size and print a table."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--runs", type=int, default=5)
    asked.add_argument("--parallelism", type=int, nargs="+", default=(32, 128))
    asked.add_argument("--full", action="store_true", help="also measure the SDK script with 1,000 services")
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
    """The results, in order of size."""

    runs: int
    parallelism: tuple[int, ...]
    rows: list[Row] = field(default_factory=list)

    def measure(self, services: int, folder: Path, url: str, *, sequence: bool) -> None:
        """Run each side in turn, so that other load on the machine affects all of them."""
        in_sequence = (sys.executable, str(HERE / "read_with_sdk.py"), url, PREFIX)
        slow = [run(in_sequence, url)] if sequence else []
        ours: dict[int, list[Run]] = {at_once: [] for at_once in self.parallelism}
        for _ in range(self.runs):
            for at_once, found in ours.items():
                found.append(run(plan_command(folder, at_once), url))
        check([*slow, *(each for found in ours.values() for each in found)], expected_requests(services))
        extrapolated = 0.0 if sequence else extrapolate(self.rows, expected_requests(services))
        for at_once, found in ours.items():
            self.rows.append(Row(services, at_once, tuple(valid_runs(found)), tuple(slow), extrapolated))

    def as_markdown(self) -> Iterator[str]:
        """Print a table that can go into the documentation as it is."""
        yield f"Python {platform.python_version()}, {os.cpu_count()} cores, {LATENCY * 1000:.0f} ms, medians (range)."
        yield ""
        yield f"| {' | '.join(COLUMNS)} |"
        yield f"|{'---:|' * len(COLUMNS)}"
        yield from (f"| {' | '.join(row.cells())} |" for row in self.rows)
        busiest = max(each.server_share for row in self.rows for each in row.ours)
        yield ""
        yield f"The server used {busiest:.0%} of a core at most."


def check(runs: Sequence[Run], requests: int) -> None:
    """Exit unless every process sent exactly the expected requests."""
    for each in runs:
        if (each.requests, each.unknown) != (requests, 0):
            raise SystemExit(f"a process sent {each.requests} requests ({each.unknown} unknown) instead of {requests}")


def valid_runs(runs: Sequence[Run]) -> Sequence[Run]:
    """Discard the runs in which the server was too busy."""
    found = [each for each in runs if each.valid]
    if len(found) * 2 <= len(runs):
        raise SystemExit("the server was too busy, so the times measure the server: stop other programs and try again")
    return found


def extrapolate(rows: Sequence[Row], requests: int) -> float:
    """Extrapolate the seconds of the SDK script linearly from the smallest and the largest measured size."""
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
    """Run one process and measure it."""
    tally(url)
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, env=variables_for(url), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            raise SystemExit(f"{' '.join(command)} exited with {process.returncode}:\n{output.read().decode()[-4000:]}")
    counts = tally(url)
    return Run(
        wall=wall,
        cpu=used.ru_utime + used.ru_stime,
        memory=used.ru_maxrss / (1024**2 if platform.system() == "Darwin" else 1024),
        requests=int(counts["requests"]),
        unknown=int(counts["unknown"]),
        server_share=counts["cpu"] / wall,
    )


def tally(url: str) -> Mapping[str, float]:
    """Read the counts of the server since the last tally."""
    with urlopen(f"{url}/tally") as response:  # noqa: S310 — our own server on this machine
        counts: Mapping[str, float] = json.load(response)
    return counts


@contextmanager
def serving(services: int, folder: Path) -> Iterator[str]:
    """Write a configuration and its ledger to a folder, and serve an account that matches it."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=512)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        recorded = folder / "responses.json"
        # Linux counts the memory of the parent to the peak of a child, so another process builds the large account.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as builder:
            builder.submit(record_account, services, folder, url, recorded).result()
        command = (
            sys.executable,
            str(HERE / "delayed_server.py"),
            str(listening.fileno()),
            str(recorded),
            str(LATENCY),
        )
        server = subprocess.Popen(command, pass_fds=[listening.fileno()])
        try:
            yield url
        finally:
            server.terminate()
            server.wait()


def record_account(services: int, folder: Path, url: str, recorded: Path) -> None:
    """Write to a file every response of an account that matches the configuration."""
    recorded.write_text(json.dumps(responses_in_sync(services, folder, url)), encoding="ascii")


def responses_in_sync(services: int, folder: Path, url: str) -> dict[str, str]:
    """Apply a configuration to an emulator and record every response that a plan or the SDK script can read."""
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
            raise SystemExit(f"the apply failed: {report.errors[0]}")
        return asyncio.run(record_responses(emulator, url))


async def record_responses(emulator: Emulator, url: str) -> dict[str, str]:
    """Read the whole account."""
    responses: dict[str, str] = {}
    async with httpx.AsyncClient(
        transport=EmulatorTransport(emulator), base_url=url, auth=(ACCOUNT_SID, AUTH_TOKEN)
    ) as client:
        pending = [
            "/v1/Configuration",
            "/v1/Configuration/Webhooks",
            "/v1/Services?PageSize=100",
            *(f"/v1/{each}" for each in UNWRITTEN),
        ]
        while pending:
            target = pending.pop()
            response = await client.get(target)
            responses[target] = response_as_text(response)
            pending.extend(next_targets(response.json()))
    return responses


def next_targets(body: Mapping[str, object]) -> Iterator[str]:
    """List the requests that follow this response."""
    meta = body.get("meta")
    if isinstance(meta, dict) and meta["next_page_url"]:
        parts = urlsplit(meta["next_page_url"])
        yield f"{parts.path}?{parts.query}"
    services = body.get("services")
    for service in services if isinstance(services, list) else ():
        prefix = f"/v1/Services/{service['sid']}"
        yield from (f"{prefix}/Configuration{part}" for part in ("", "/Notifications", "/Webhooks"))
        yield f"{prefix}/Roles?PageSize=50"


def response_as_text(response: httpx.Response) -> str:
    """Format a response as it is sent over the network."""
    headers = "".join(f"{name}: {value}\r\n" for name, value in response.headers.items() if name != "content-length")
    return f"HTTP/1.1 200 OK\r\n{headers}Content-Length: {len(response.content)}\r\n\r\n{response.text}"


if __name__ == "__main__":
    main()
