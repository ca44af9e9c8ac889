"""An account whose responses are recorded from an emulator, and a server that sends them after a delay."""

import asyncio
import json
import math
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx

from confsync.account.blocking import BlockingAccount, connect_sync
from confsync.account.configuration import load
from confsync.account.connection import Connection
from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
from confsync.emulator.transport import EmulatorTransport
from confsync.secret import Secret
from confsync.state.ledger_name import ledger_name
from confsync.twilio.credentials import Credentials
from confsync.twilio.origin import Origin

HERE = Path(__file__).resolve().parent
LATENCY = 0.060
CONFIGURATION = "confsync.d"
"""The folder with the configuration. A file may not be larger than 1 MiB."""

SERVICES_PER_FILE = 250
PREFIX = "Desk "
ROLES = ("agent", "lead")
UNWRITTEN = ("Credentials?PageSize=100", "Configuration/Addresses?PageSize=50")
BUILT_IN_ROLES = 4
SINGLETONS = 3

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


RANK = """\
      rank-{number}: {{type: conversation, permissions: [sendMessage, leaveConversation, editOwnMessage]}}
"""


class Size(NamedTuple):
    """How many services a configuration declares, and how many roles in each."""

    services: int
    roles: int = len(ROLES)

    @property
    def resources(self) -> int:
        """All declared resources."""
        return self.services * (1 + SINGLETONS + self.roles)

    @property
    def requests(self) -> int:
        """The reads of a plan: the account, pages of services, then the singletons and the roles of each.

        The sections that are not written, credentials and addresses, take a page each, to count what they hold.
        """
        pages = math.ceil((self.services + 1) / 100)  # an account has a default service
        below = SINGLETONS + math.ceil((self.roles + BUILT_IN_ROLES) / 50)
        return 1 + len(UNWRITTEN) + pages + self.services * below

    @property
    def words(self) -> str:
        """The number of services, for people."""
        return "1 service" if self.services == 1 else f"{self.services:,} services"


@contextmanager
def serving(size: Size, folder: Path) -> Iterator[str]:
    """Write a configuration and its ledger to a folder, and serve an account that matches it."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=512)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        recorded = folder / "responses.json"
        # Linux counts the memory of the parent to the peak of a child, so another process builds the large account.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as builder:
            builder.submit(record_account, size, folder, url, recorded).result()
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


def record_account(size: Size, folder: Path, url: str, recorded: Path) -> None:
    """Write to a file every response of an account that matches the configuration."""
    recorded.write_text(json.dumps(responses_in_sync(size, folder, url)), encoding="ascii")


def responses_in_sync(size: Size, folder: Path, url: str) -> dict[str, str]:
    """Apply a configuration to an emulator and record every response that a plan or the SDK script can read."""
    with applied_account(size, folder, url) as (_, emulator):
        return asyncio.run(record_responses(emulator, url))


@contextmanager
def applied_account(
    size: Size, folder: Path, url: str = "http://127.0.0.1"
) -> Iterator[tuple[BlockingAccount, Emulator]]:
    """Write a configuration and its ledger to a folder, and yield an account on an emulator that matches it."""
    write_configuration(size, folder)
    origin = Origin(url)
    with Emulator() as emulator:
        connection = Connection(
            origin=origin,
            credentials=Credentials(ACCOUNT_SID, ACCOUNT_SID, Secret(AUTH_TOKEN)),
            ledger=folder / ".confsync" / origin.host.replace(":", "-") / ledger_name(None),
            transport=EmulatorTransport(emulator),
        )
        with connect_sync(load(directory=folder, environ={}), connection=connection, environ={}) as account:
            report = account.apply(account.plan()).applied
            if report.errors:
                raise SystemExit(f"the apply failed: {report.errors[0]}")
            yield account, emulator


def write_configuration(size: Size, folder: Path) -> None:
    """Write the configuration, in files that are small enough."""
    ranks = "".join(RANK.format(number=number) for number in range(size.roles - len(ROLES)))
    (folder / CONFIGURATION).mkdir()
    for start in range(0, size.services, SERVICES_PER_FILE):
        numbers = range(start, min(start + SERVICES_PER_FILE, size.services))
        services = "".join(SERVICE.format(number=number, prefix=PREFIX) + ranks for number in numbers)
        file = folder / CONFIGURATION / f"services-{start}.yaml"
        file.write_text(f"version: 1\nservices:\n{services}", encoding="utf-8")


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
