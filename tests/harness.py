"""A test harness: a folder for YAML, an account on an emulator, and the commands that work on both."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from textwrap import dedent
from typing import Any

import httpx
from msgspec import structs

from confsync.account.account import Account
from confsync.account.blocking import BlockingAccount
from confsync.account.configuration import LoadOptions, load_configuration
from confsync.account.connection import Connection, Settings
from confsync.apply.report import Report, Status
from confsync.config.config import Config
from confsync.emulator.defaults import DEFAULT_SERVICE
from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
from confsync.emulator.log import LoggedRequest
from confsync.emulator.transport import EmulatorTransport
from confsync.errors import InvalidConfiguration
from confsync.names import Address
from confsync.plan.difference import Difference
from confsync.plan.intent import Intent
from confsync.plan.plan import Plan
from confsync.planning.make import LivePlan
from confsync.resources import KINDS
from confsync.secret import Secret
from confsync.state.ledger import Ledger
from confsync.state.ledger_file import read_ledger
from confsync.state.ledger_name import ledger_name
from confsync.twilio.clock import Clock
from confsync.twilio.credentials import Credentials
from confsync.twilio.origin import Origin
from tests.configurations import GeneratedConfiguration
from tests.emulator.client import Client

HERE = "127.0.0.1"
KEY = Secret("a key for fingerprints, which makes them fast")


@dataclass
class Harness:
    """Everything that a run needs, and short ways to look at its results.

    A test that makes requests fail sets `transport`; one that must not wait sets `clock`. With `over_network`, requests
    go through real sockets to the server at `origin`.
    """

    folder: Path
    emulator: Emulator
    environ: dict[str, str] = field(default_factory=lambda: {"PUSH_KEY": "canary of a push key"})
    transport: httpx.AsyncBaseTransport | None = None
    clock: Clock | None = None
    credentials: Credentials = field(default_factory=lambda: Credentials(ACCOUNT_SID, ACCOUNT_SID, Secret(AUTH_TOKEN)))
    origin: Origin = field(default_factory=lambda: Origin(f"http://{HERE}"))
    fingerprint_key: Secret | None = KEY
    intent: Intent = field(default_factory=Intent)
    environment: str | None = None
    over_network: bool = False

    @property
    def client(self) -> Client:
        """A client that changes the account without confsync."""
        return Client(self.emulator)

    def stop_clock(self) -> None:
        """Stop the emulator's clock, for a test in which every second counts; `advance` still moves it."""
        now = datetime.now(UTC)
        self.emulator.clock.source = lambda: now

    @property
    def ledger_path(self) -> Path:
        return self.folder / ledger_name(self.environment)

    @property
    def ledger(self) -> Ledger | None:
        return read_ledger(self.ledger_path, account_sid=ACCOUNT_SID, host=self.origin.host)

    def write(self, text: str, name: str = "confsync.yaml") -> None:
        """Replace a file of the configuration."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), "utf-8")

    def config(self, text: str | None = None) -> Config:
        if text is not None:
            self.write(text)
        return load_configuration(
            LoadOptions(environ=self.environ, directory=self.folder, environment=self.environment)
        )

    def account(self, config: Config | None = None, settings: Settings | None = None) -> BlockingAccount:
        """Give the account, with the configuration that is in the folder or another one."""
        return BlockingAccount(Account(config or self.config(), self.connection(), settings or self.settings()))

    def plan(self, text: str | None = None) -> LivePlan:
        """Plan the configuration, replaced by a text if one is given. Clears the request log first."""
        account = self.account(self.config(text))
        self.emulator.log.clear()
        return account.plan(self.intent).live

    def apply(self, text: str | None = None, meanwhile: Callable[[LivePlan], object] = lambda _: None) -> Report:
        """Apply the configuration, replaced by a text if one is given. Clears the request log first.

        `meanwhile` is called between the plan and the apply.
        """
        account = self.account(self.config(text))
        self.emulator.log.clear()
        made = account.plan(self.intent)
        meanwhile(made.live)
        report = account.apply(made).applied
        assert all(bool(each.reason) == (each.status is Status.NOT_STARTED) for each in report.outcomes)
        return report

    def mistakes(self, text: str | None = None) -> list[str]:
        """Every error in the configuration: position, code and summary."""
        try:
            self.config(text)
        except InvalidConfiguration as wrong:
            return [
                f"{each.range.start if each.range else '-'} {each.code} {each.summary}" for each in wrong.diagnostics
            ]
        return []

    def connection(self) -> Connection:
        return Connection(
            origin=self.origin,
            credentials=self.credentials,
            ledger=self.ledger_path,
            transport=None if self.over_network else self.transport or EmulatorTransport(self.emulator),
            clock=self.clock,
            emulator=True,
        )

    def settings(self) -> Settings:
        return Settings(fingerprint_key=self.fingerprint_key)

    @property
    def writes(self) -> list[str]:
        """Every write since the last command: method, path without SIDs, and parameters."""
        return [_sent(each) for each in self.emulator.log.writes()]

    def live(self, path: str) -> Any:  # noqa: ANN401 — JSON, as Twilio returns it
        """Read a path, in which names of services and roles stand for their SIDs."""
        return self.client.get(self.path(path)).body

    def path(self, path: str) -> str:
        """Replace names by SIDs: `/Services/support/Roles/agent` becomes a real path."""
        found = ""
        for step in path.strip("/").split("/"):
            collection = found.rpartition("/")[2]
            found += (
                f"/{self._sid(found, collection, step) if collection in ('Services', 'Roles', 'Credentials') else step}"
            )
        return found

    def _sid(self, collection: str, kind: str, name: str) -> str:
        members = self.client.get(collection, "PageSize=50").body[kind.lower()]
        return next((str(each["sid"]) for each in members if each["friendly_name"] == name), name)


@contextmanager
def harness_of(made: GeneratedConfiguration) -> Iterator[Harness]:
    """Write a generated configuration to a folder of its own, next to an empty account."""
    with tempfile.TemporaryDirectory() as folder, Emulator() as emulator:
        harness = Harness(Path(folder), emulator, dict(made.environ))
        harness.write(made.text)
        yield harness


def _sent(logged: LoggedRequest) -> str:
    steps = (step for step in logged.path.split("/") if step not in ("", "v1"))
    named = "/".join("…" if len(step) == _SID_LENGTH and step[:2].isupper() else step for step in steps)
    return " ".join((logged.method, named, *logged.parameters))


_SID_LENGTH = 34


def plan_lines(plan: Plan) -> list[str]:
    """Show a plan as lines: its changes, the resources that it leaves alone, and the guardrails that block it."""
    return [
        *change_lines(plan),
        *left_alone_lines(plan),
        *(f"! {each.rule} {_all(each.addresses)}" for each in plan.guardrails),
    ]


def change_lines(plan: Plan) -> list[str]:
    """Show a line for each change, with the fields that differ."""
    return [
        " ".join(("+".join(each.actions), str(each.address), *(difference(one) for one in each.differences)))
        for each in plan.changes
        if each.actions
    ]


def difference(one: Difference) -> str:
    """Show the difference of one field."""
    if one.added or one.removed:
        return f"{one.path}:{''.join(f'+{each}' for each in one.added)}{''.join(f'-{each}' for each in one.removed)}"
    return f"{one.path}:{_value(one.before)}->{_value(one.after)}"


def left_alone_lines(plan: Plan) -> list[str]:
    """Show orphaned resources with their SIDs, and unmanaged ones, except those that Twilio creates itself."""
    built_in = {(DEFAULT_SERVICE,), *(key for kind in KINDS for key in kind.built_in)}
    orphaned = [f"orphaned {each.address} {each.sid}" for each in plan.orphaned]
    strange = [each for each in plan.unmanaged if built_in.isdisjoint(each.found.natural_keys)]
    duplicates = [f"duplicate {each.address}" for each in plan.probable_duplicates]
    return [*orphaned, *duplicates, *(f"unmanaged {each.address}" for each in strange)]


def outcome_lines(report: Report) -> list[str]:
    """Show the status of each change."""
    return [f"{each.status} {each.change.address}" for each in report.outcomes]


def _value(value: object) -> str:
    return f"[{','.join(sorted(value))}]" if isinstance(value, frozenset) else str(value)


def _all(addresses: tuple[Address, ...]) -> str:
    return " ".join(str(each) for each in addresses)


def state_bytes(folder: Path) -> Iterator[bytes]:
    """Read every file in a folder except the configuration."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".yaml":
            yield path.read_bytes()


class InterceptingTransport(httpx.AsyncBaseTransport):
    """Intercepts requests to an emulator, and may replace or fail them.

    `before` may respond instead of the emulator, or raise; `after` may replace the emulator's response, or raise.
    """

    def __init__(self, emulator: Emulator) -> None:
        self.inner = EmulatorTransport(emulator)
        self.seen: list[str] = []

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        """Pass every request on."""
        del request
        return None

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        """Return every response unchanged."""
        del request
        return response

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(f"{request.method} {request.url.path}")
        answered = await self.before(request)
        if answered is not None:
            return answered
        return await self.after(request, await self.inner.handle_async_request(request))


def json_response(request: httpx.Request, status: int, body: Mapping[str, object]) -> httpx.Response:
    """Build a response."""
    return httpx.Response(status, json=body, request=request)


def ledger_differences(before: Ledger | None, after: Ledger | None) -> list[str]:
    """Show each field in which two ledgers differ: once for the whole ledger, and once for each entry."""
    if before is None or after is None:
        return [] if before is after else [f"{before} -> {after}"]
    entries = {each.id: each for each in before.entries}
    pairs = [(entries.pop(each.id, None), each) for each in after.entries]
    return [
        *_differences("ledger", structs.asdict(before), structs.asdict(after)),
        *(f"new: {entry}" for known, entry in pairs if known is None),
        *(f"gone: {entry}" for entry in entries.values()),
        *chain.from_iterable(
            _differences(str(entry.address), structs.asdict(known), structs.asdict(entry))
            for known, entry in pairs
            if known is not None
        ),
    ]


def _differences(what: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    names = (name for name in after if name != "entries" and before[name] != after[name])
    return (f"{what}#{name}: {before[name]} -> {after[name]}" for name in names)
