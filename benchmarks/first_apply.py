"""Measures the first apply of an account that is still empty (P13): whole processes, from the plan to the last read.

A separate server process answers each request 60 ms later with what an emulator answered to a first apply. Each run
begins with an empty account and without a ledger. Its peers are scripts with Twilio's asynchronous SDK that create
the same resources. A run fails if it sends a create twice, leaves one out, or sends more than 30 writes within a second
to one service.
"""

import json
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from apply_creates import MOST_WRITES, Recorder, in_process
from measurement import Effort, Figure
from processes import Run, run, valid_runs
from recorded_account import CONFIGURATION, HERE, LATENCY, PREFIX, SINGLETONS, Size, write_configuration

from confsync.account.blocking import connect_sync
from confsync.account.configuration import load
from confsync.account.connection import Connection
from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
from confsync.secret import Secret
from confsync.twilio.credentials import Credentials
from confsync.twilio.origin import Origin

AT_ONCE = (32, 128)
SDK_AT_ONCE = 64
SCRIPTS = {"at-once": "SDK, asynchronous", "in-order": "SDK, asynchronous, in order and read back"}
"""What a script with the SDK does: all writes in a service at once, or what an apply has to do."""

LARGE = 100
"""From so many services on, a benchmark runs less often."""


class Client(NamedTuple):
    """What creates the resources, with so many requests at once: confsync or a script with the SDK."""

    who: str
    at_once: int


class EmptyAccount(NamedTuple):
    """Where an empty account can be served again and again: the socket, and the recorded responses."""

    listening: socket.socket
    recorded: Path

    @property
    def url(self) -> str:
        """The URL of the server."""
        return f"http://127.0.0.1:{self.listening.getsockname()[1]}"

    @contextmanager
    def served(self) -> Iterator[None]:
        """Serve the account, in which nothing has been created yet."""
        descriptor = self.listening.fileno()
        command = (sys.executable, str(HERE / "writing_server.py"), str(descriptor), str(self.recorded), str(LATENCY))
        server = subprocess.Popen(command, pass_fds=[descriptor])
        try:
            yield
        finally:
            server.terminate()
            server.wait()


def measure(effort: Effort) -> Iterator[Figure]:
    """Measure each size, with each client in turn."""
    sizes = (1,) if effort.sample else (1, 10, 100, 1_000) if effort.full else (1, 10, 100)
    for services in sizes:
        size = Size(services)
        with closing(socket.create_server(("127.0.0.1", 0), backlog=512)) as listening:
            runs = measured(size, listening, effort)
        yield from figures_of(size, runs)


def measured(size: Size, listening: socket.socket, effort: Effort) -> Mapping[Client, Sequence[Run]]:
    """Run each client in turn, so that other load on the machine affects all of them."""
    clients = [Client("confsync", at_once) for at_once in AT_ONCE]
    clients += [Client(how, SDK_AT_ONCE) for how in SCRIPTS] if effort.peers else []
    runs: dict[Client, list[Run]] = {each: [] for each in clients}
    with tempfile.TemporaryDirectory() as folder:
        account = EmptyAccount(listening, Path(folder, "responses.json"))
        in_process(record, size, account.url, account.recorded)
        for _ in range(effort.times(3 if size.services >= LARGE else 5)):
            for client, found in runs.items():
                found.append(created(client, size, account, effort))
    return {client: valid_runs(found) for client, found in runs.items()}


def figures_of(size: Size, runs: Mapping[Client, Sequence[Run]]) -> Iterator[Figure]:
    """Yield the time of each client, and how much longer the SDK takes."""
    for client, found in runs.items():
        note = f"{found[0].requests:,} requests, of which {found[0].writes:,} are writes"
        name = "wall" if client.who == "confsync" else f"sdk-{client.who}"
        words = f"{SCRIPTS.get(client.who, 'first apply')}, {size.words}, concurrency {client.at_once}"
        walls = [each.wall for each in found]
        yield Figure(f"first-apply.{name}.{size.services}.{client.at_once}", words, "s", walls, note=note)
    ours = runs[Client("confsync", max(AT_ONCE))]
    for how, script in SCRIPTS.items():
        if theirs := runs.get(Client(how, SDK_AT_ONCE)):
            ratios = [their.wall / our.wall for their, our in zip(theirs, ours, strict=False)]
            name, words = f"first-apply.over-{how}.{size.services}", f"{script}, over first apply, {size.words}"
            yield Figure(name, words, "x", ratios, "P13", 1.0, at_least=True)


def created(client: Client, size: Size, account: EmptyAccount, effort: Effort) -> Run:
    """Create everything once, and check that."""
    with tempfile.TemporaryDirectory() as folder, account.served():
        write_configuration(size, Path(folder))
        found = run(command_of(client, size, Path(folder), account.url, effort), account.url)
    expected = size.services * (1 + SINGLETONS + size.roles)
    if (found.writes, found.repeated, found.unknown) != (expected, 0, 0):
        raise SystemExit(f"{client.who} sent other requests than {expected} writes: {found}")
    if found.rate > MOST_WRITES:
        raise SystemExit(f"{client.who} sent {found.rate} writes within a second to a service")
    return found


def command_of(client: Client, size: Size, folder: Path, url: str, effort: Effort) -> Sequence[str]:
    """Return the command line of a client."""
    if client.who in SCRIPTS:
        script = str(HERE / "create_with_async_sdk.py")
        return (sys.executable, script, url, PREFIX, str(size.services), str(client.at_once), client.who)
    options = ("-f", str(folder / CONFIGURATION), "--auto-approve", "--parallelism", str(client.at_once))
    return (*effort.confsync, "apply", *options)


def record(size: Size, url: str, recorded: Path) -> None:
    """Write every response that an emulator gives to a first apply."""
    with tempfile.TemporaryDirectory() as folder, Emulator() as emulator:
        write_configuration(size, Path(folder))
        recorder = Recorder(emulator)
        credentials = Credentials(ACCOUNT_SID, ACCOUNT_SID, Secret(AUTH_TOKEN))
        connection = Connection(
            origin=Origin(url), credentials=credentials, ledger=Path(folder, "ledger.json"), transport=recorder
        )
        with connect_sync(load(directory=Path(folder), environ={}), connection=connection, environ={}) as account:
            report = account.apply(account.plan()).applied
    if report.errors or report.unread:
        raise SystemExit(f"the apply failed: {report.errors}")
    recorded.write_text(json.dumps(recorder.responses), encoding="utf-8")
