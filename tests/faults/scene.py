"""Where a cell of the fault matrix takes place: a folder, an account, faults, and a clock that does not wait."""

import heapq
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from itertools import count
from pathlib import Path
from typing import Any, TextIO
from unittest.mock import patch

import httpx
import pytest

from confsync.account import connection as connections
from confsync.account.connection import Connection
from confsync.cli.main import main
from confsync.config.config import Config
from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
from confsync.emulator.faults.layer import FaultLayer
from confsync.emulator.transport import EmulatorTransport
from confsync.secret import Secret
from confsync.state.state_files import journal_path
from confsync.twilio.credentials import Credentials
from confsync.twilio.origin import Origin
from tests.cli.run_result import RunResult
from tests.emulator.client import Client
from tests.faults.columns import SETTINGS, Setting
from tests.faults.row import Column
from tests.twilio.still_clock import StillClock

SendError = Callable[[httpx.Request], Exception | None]
"""Says with which exception a request fails before it is sent, if it does."""


class SceneClock(StillClock):
    """A clock in which waiting takes no time, and things may happen while somebody waits."""

    def __init__(self) -> None:
        super().__init__()
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._number = count()

    def after(self, seconds: float, function: Callable[[], object]) -> None:
        """Call a function once this much time has passed."""
        heapq.heappush(self._due, (self.monotonic() + seconds, next(self._number), function))

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        self.pass_until(self.monotonic())

    def pass_until(self, time: float) -> None:
        """Call every function that is due at a time."""
        while self._due and self._due[0][0] <= time:
            heapq.heappop(self._due)[2]()


class CountingTransport(httpx.AsyncBaseTransport):
    """Counts the requests to an emulator, and refuses some before they are sent."""

    def __init__(self, handler: FaultLayer) -> None:
        self.sent: list[str] = []
        self.refuse: SendError = lambda _: None
        self._inner = EmulatorTransport(handler)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(f"{request.method} {request.url.path}")
        if refused := self.refuse(request):
            raise refused
        return await self._inner.handle_async_request(request)


class Scene:
    """Everything that a cell needs: how to make a fault, how to run a command, and what the account contains."""

    def __init__(self, column: Column, folder: Path, emulator: Emulator) -> None:
        self.column = column
        self.folder = folder
        self.emulator = emulator
        self.clock = SceneClock()
        self.faults = FaultLayer(emulator, schedule=self.clock.after)
        self.transport = CountingTransport(self.faults)
        self.command = self.setting.command
        self.stdout: list[TextIO | None] = []
        self.environ: dict[str, str] = {}
        self._patches = pytest.MonkeyPatch()
        self._recoveries: list[Callable[[], object]] = []

    @property
    def setting(self) -> Setting:
        """The column's configuration and request."""
        return SETTINGS[self.column]

    @property
    def client(self) -> Client:
        """Changes the account without confsync."""
        return Client(self.emulator)

    @property
    def ledger(self) -> Path:
        """The path of the ledger."""
        return self.folder / "confsync.ledger.json"

    @property
    def journal(self) -> Path:
        """The path of the journal."""
        return journal_path(self.ledger)

    def connection(self, config: Config, environ: object) -> Connection:
        """Connect to the emulator as the command line connects to Twilio."""
        del config, environ
        return Connection(
            origin=Origin("http://127.0.0.1"),
            credentials=Credentials(ACCOUNT_SID, ACCOUNT_SID, Secret(AUTH_TOKEN)),
            ledger=self.ledger,
            transport=self.transport,
            clock=self.clock,
        )

    def write(self, text: str) -> None:
        """Replace the configuration."""
        (self.folder / "confsync.yaml").write_text(text, "utf-8")

    def enter(self, patched: pytest.MonkeyPatch) -> None:
        """Make the folder the current one, and let the command line connect to the emulator."""
        patched.chdir(self.folder)
        for name in list(os.environ):
            if name.startswith(("CONFSYNC_", "TWILIO_")) or name in ("CI", "NO_COLOR", "FORCE_COLOR"):
                patched.delenv(name)
        patched.setattr(connections, "twilio_connection", self.connection)

    def run(self, *arguments: str) -> RunResult:
        """Run a command line, and count its requests."""
        self.transport.sent.clear()
        out, err = StringIO(), StringIO()
        with (
            patch.dict(os.environ, self.environ),
            redirect_stdout(self.stdout[0] if self.stdout else out),
            redirect_stderr(err),
        ):
            code = main(list(arguments))
        return RunResult(code, out.getvalue(), err.getvalue())

    def finally_do(self, recovery: Callable[[], object]) -> None:
        """Do something when the fault is over."""
        self._recoveries.append(recovery)

    def recover(self) -> None:
        """End the fault."""
        self.clock.pass_until(float("inf"))
        self.faults.inject(())
        self.transport.refuse = lambda _: None
        self.stdout.clear()
        self.environ.clear()
        self._patches.undo()
        for recovery in self._recoveries:
            recovery()
        self._recoveries.clear()

    def patch(self, home: object, name: str, value: object) -> None:
        """Replace something until the fault is over."""
        self._patches.setattr(home, name, value)

    @property
    def shop(self) -> str:
        """The path of the service."""
        services = self.client.get("/Services", "PageSize=50").body["services"]
        return next(f"/v1/Services/{each['sid']}" for each in services if each["friendly_name"] == "shop")

    def roles(self) -> list[dict[str, Any]]:
        """List the roles of the service."""
        found: list[dict[str, Any]] = self.client.get(f"{self.path}/Roles", "PageSize=50").body["roles"]
        return found

    def role(self, name: str) -> str:
        """Find the SID of a role."""
        return next(str(each["sid"]) for each in self.roles() if each["friendly_name"] == name)

    @property
    def owned(self) -> dict[str, str]:
        """The SIDs of the roles that confsync owns, by the names in their addresses."""
        entries = json.loads(self.ledger.read_bytes())["entries"]
        return {each["address"].rpartition("/")[2]: each["sid"] for each in entries if "/roles/" in each["address"]}

    @property
    def declared(self) -> set[str]:
        """The names of the roles that the configuration declares, without those that it deletes."""
        return {name for name in ("agent", "old", "lead") if f"      {name}: {{type" in self.setting.configuration}

    @property
    def path(self) -> str:
        """The path of the service, without the version of the API."""
        return self.shop.removeprefix("/v1")

    def content(self) -> Counter[str]:
        """Describe everything in the service, without SIDs."""
        return Counter(f"{section}: {text}" for section, text in self._content())

    def _content(self) -> Iterator[tuple[str, str]]:
        for service in self.client.get("/Services", "PageSize=50").body["services"]:
            path = f"/Services/{service['sid']}"
            if service["friendly_name"] == "shop":
                yield "service", "shop"
                yield "reachable", self.client.get(f"{path}/Configuration").body["reachability_enabled"]
                for role in self.roles():
                    yield f"role {role['friendly_name']}", " ".join(sorted(role["permissions"]))
