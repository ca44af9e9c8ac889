"""Measures an apply that only creates, compared with the least time that any client needs (P12).

The services exist, and the creates are roles in them. A run is a process that loads the configuration, plans, and then
measures `account.apply`: creates, read-backs, the search for duplicates, the journal and the ledger, on a real disk. A
separate server process answers each request 60 ms later with what an emulator answered. A run fails if it sends a
create twice, or more than 30 writes within a second to one service. Runs in which the server used more than half a core
are discarded. `APPLY_PROFILE=FILE` writes a profile.
"""

import cProfile
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import httpx
from measurement import Effort, Figure
from processes import tally
from recorded_account import HERE, LATENCY, response_as_text
from writing_server import write_key

from confsync.account.blocking import connect_sync
from confsync.account.configuration import load
from confsync.account.connection import Connection
from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
from confsync.emulator.transport import EmulatorTransport
from confsync.secret import Secret
from confsync.twilio.credentials import Credentials
from confsync.twilio.limits import PARALLELISM
from confsync.twilio.origin import Origin

MOST_WRITES = 30
"""Twilio refuses more writes than this within one second in one service."""

MOST_SERVER_CPU = 0.5
"""A run in which the server used more of a core than this measures the server."""

Result = TypeVar("Result")
SERVICE = """\
  desk-{service}:
    friendly_name: Desk {service}
"""
ROLE = """\
      role-{number}: {{type: conversation, permissions: [sendMessage, leaveConversation]}}
"""
PROFILE = os.environ.get("APPLY_PROFILE")
"""A file for the profile of each apply, which makes it slower."""


@dataclass(frozen=True, slots=True)
class Size:
    """What is applied: services, and the number of roles to create in each."""

    services: int
    creates: int

    @property
    def total(self) -> int:
        """The number of creates."""
        return self.services * self.creates

    def limit(self, requests: int, at_once: int) -> float:
        """Return the least seconds of any client that writes one after another within a service.

        Neither the writes of one service nor all requests together can take less, and the last write is read back.
        """
        in_order = max(self.creates * LATENCY, (self.creates - 1) // MOST_WRITES)
        return max(in_order, requests / at_once * LATENCY) + LATENCY


@dataclass(frozen=True, slots=True)
class Applied:
    """One apply: seconds of wall time and of CPU, calls to fsync, and what the server counted."""

    wall: float
    cpu: float
    fsyncs: int
    counts: Mapping[str, float]

    @property
    def requests(self) -> int:
        """All requests of the apply."""
        return int(self.counts["reads"] + self.counts["writes"])

    @property
    def server_share(self) -> float:
        """How much of a core the server used."""
        return self.counts["cpu"] / self.wall


def measure(effort: Effort) -> Iterator[Figure]:
    """Measure 1,000 creates in 50 services."""
    size = Size(2, 3) if effort.sample else Size(50, 20)
    with tempfile.TemporaryDirectory() as folder:
        recorded = Path(folder, "responses.json")
        in_process(record, size, Path(folder), recorded)
        runs = [applied(Path(folder), recorded, PROFILE) for _ in range(effort.times(5))]
    for each in runs:
        check(each, size)
    yield from figures_of(size, valid_runs(runs))


def figures_of(size: Size, runs: Sequence[Applied]) -> Iterator[Figure]:
    """Return the time relative to the lower bound, and the counts that explain it."""
    limit = size.limit(runs[0].requests, PARALLELISM)
    ratios = [each.wall / limit for each in runs]
    name, what = f"apply.creates.{PARALLELISM}", f"{size.creates * size.services:,} creates in {size.services} services"
    note = f"{runs[0].requests:,} requests; lower bound {limit:.2f} s"
    yield Figure(name, f"apply of {what}", "x", ratios, "P12", 1.3, note=note)
    per_request = [each.cpu / each.requests * 1000 for each in runs]
    yield Figure("apply.creates.cpu", f"CPU per request, {what}", "ms", per_request)
    yield Figure("apply.creates.fsyncs", f"calls to fsync, {what}", "calls", [each.fsyncs for each in runs])


def check(applied: Applied, size: Size) -> None:
    """Exit unless every create was sent exactly once, no faster than Twilio allows, and every read was expected."""
    counts = applied.counts
    if counts.get("unknown") or counts.get("repeated") or counts["writes"] != size.total:
        raise SystemExit(f"an apply sent other requests than expected: {counts}")
    if counts.get("rate", 0) > MOST_WRITES:
        raise SystemExit(f"a service got {counts['rate']:.0f} writes within a second")


def valid_runs(runs: Sequence[Applied]) -> Sequence[Applied]:
    """Discard the runs in which the server was too busy."""
    found = [each for each in runs if each.server_share <= MOST_SERVER_CPU]
    if len(found) * 2 <= len(runs):
        raise SystemExit("the server was too busy, so the times measure the server: stop other programs and try again")
    return found


def applied(folder: Path, recorded: Path, profile: str | None) -> Applied:
    """Apply once, in a new process, to a new server, and without a ledger."""
    with serving(recorded) as url, tempfile.TemporaryDirectory(dir=HERE.parent) as state:
        return in_process(apply_once, folder, Path(state), url, profile)


def in_process(function: Callable[..., Result], *arguments: object) -> Result:
    """Run a function in a new process, so that it starts like any other and frees its memory at the end."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(function, *arguments).result()


@contextmanager
def serving(recorded: Path) -> Iterator[str]:
    """Serve an account in which nothing has been created yet."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=512)) as listening:
        command = (sys.executable, str(HERE / "writing_server.py"), str(listening.fileno()), str(recorded))
        server = subprocess.Popen((*command, str(LATENCY)), pass_fds=[listening.fileno()])
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.terminate()
            server.wait()


def record(size: Size, folder: Path, recorded: Path) -> None:
    """Write the configuration, and every response that an emulator with its services gives while it is applied."""
    with Emulator() as emulator:
        write_configuration(size.services, 0, folder)
        apply_to(EmulatorTransport(emulator), folder)
        write_configuration(size.services, size.creates, folder)
        recorder = Recorder(emulator)
        apply_to(recorder, folder)
    recorded.write_text(json.dumps(recorder.responses), encoding="utf-8")


def write_configuration(services: int, roles: int, folder: Path) -> None:
    """Write services with roles."""
    written = "".join(ROLE.format(number=number) for number in range(roles))
    service = SERVICE + ("    roles:\n" + written if roles else "")
    text = "".join(service.replace("{service}", str(number)) for number in range(services))
    (folder / "confsync.yaml").write_text(f"version: 1\nservices:\n{text}", encoding="utf-8")


def apply_to(transport: EmulatorTransport, folder: Path) -> None:
    """Apply the configuration without a ledger, so that existing services are adopted."""
    with tempfile.TemporaryDirectory() as state:
        connected = connection(Origin("http://127.0.0.1"), Path(state), transport)
        with connect_sync(load(directory=folder, environ={}), connection=connected, environ={}) as account:
            report = account.apply(account.plan()).applied
    if report.errors:
        raise SystemExit(f"the apply failed: {report.errors[0]}")


class Recorder(EmulatorTransport):
    """Records every response, those to reads before and after the first write."""

    def __init__(self, emulator: Emulator) -> None:
        super().__init__(emulator)
        self.responses: dict[str, dict[str, str]] = {"before": {}, "after": {}, "writes": {}}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request, and record the response."""
        response = await super().handle_async_request(request)
        target = request.url.raw_path.decode("ascii")
        if request.method == "POST":
            self.responses["writes"][write_key(target, request.content.decode("ascii"))] = response_as_text(response)
        else:
            self.responses["after" if self.responses["writes"] else "before"][target] = response_as_text(response)
        return response


def connection(origin: Origin, state: Path, transport: httpx.AsyncBaseTransport | None = None) -> Connection:
    """Connect to the account, with an empty ledger."""
    credentials = Credentials(ACCOUNT_SID, ACCOUNT_SID, Secret(AUTH_TOKEN))
    return Connection(origin=origin, credentials=credentials, ledger=state / "ledger.json", transport=transport)


def apply_once(folder: Path, state: Path, url: str, profile: str | None) -> Applied:
    """Plan, and measure the apply."""
    fsyncs = count_fsyncs()
    config = load(directory=folder, environ={})
    with connect_sync(config, connection=connection(Origin(url), state), environ={}) as account:
        plan = account.plan()
        tally(url)
        fsyncs.clear()
        profiler = cProfile.Profile()
        if profile:
            profiler.enable()
        began, used = time.perf_counter(), time.process_time()
        report = account.apply(plan).applied
        wall, cpu = time.perf_counter() - began, time.process_time() - used
        if profile:
            profiler.disable()
            profiler.dump_stats(profile)
    if report.errors or report.unread:
        raise SystemExit(f"the apply failed: {report}")
    return Applied(wall, cpu, len(fsyncs), tally(url))


def count_fsyncs() -> list[int]:
    """Note each fsync of this process from now on."""
    fsyncs: list[int] = []
    original = os.fsync

    def counted(file: int) -> None:
        fsyncs.append(file)
        original(file)

    setattr(os, "fsync", counted)  # noqa: B010 — mypy knows a wider type of argument
    return fsyncs
