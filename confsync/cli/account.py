"""The account that a command works on: Twilio's, or that of the embedded emulator; and a plan of it."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from confsync.account import connection as connections
from confsync.account.blocking import BlockingAccount, connect_sync
from confsync.account.checks import check_intent
from confsync.account.connection import Connection
from confsync.account.results import Plan
from confsync.cli.configuration import read_config
from confsync.cli.embedded_emulator import embedded_connection, emulator_ledger
from confsync.cli.invocation import Invocation
from confsync.cli.progress import Progress
from confsync.config.config import Config
from confsync.names import Address
from confsync.plan.guardrails import OVERRIDES, OverrideValue
from confsync.plan.intent import Intent, Overrides, Selection


@contextmanager
def open_connection(invocation: Invocation, config: Config) -> Iterator[Connection]:
    """Connect to the account of a configuration. Raises what `twilio_connection` raises, and LocalFileError."""
    if invocation.options.emulator:
        with embedded_connection(invocation, config) as connection:
            yield connection
    else:
        yield connections.twilio_connection(config, invocation.environ)


@contextmanager
def open_account(invocation: Invocation, config: Config, progress: Progress | None = None) -> Iterator[BlockingAccount]:
    """Open the account of a configuration. Raises as `open_connection` does."""
    settings = replace(invocation.settings, watch=progress.watch) if progress else invocation.settings
    with open_connection(invocation, config) as connection:
        if progress:
            progress.read_from(_name_of(connection))
        with connect_sync(config, settings=settings, connection=connection, run=invocation.stop.run) as account:
            yield account


def _name_of(connection: Connection) -> str:
    """Name what the requests of a connection reach."""
    if connection.emulator:
        return "the emulator"
    return connection.origin.host if connection.origin.redirected else "Twilio"


def ledger_path(invocation: Invocation, config: Config) -> Path:
    """Return the path of the account's ledger, without a connection. Raises UsageError, Refused."""
    if invocation.options.emulator:
        return emulator_ledger(invocation, config)
    return connections.local_ledger(config, invocation.environ)


def read_and_plan(invocation: Invocation, intended: Mapping[str, Any] | None = None) -> Plan:
    """Read the configuration and the live state, and make a plan."""
    config = read_config(invocation)
    progress = Progress(invocation.console, quiet=invocation.options.quiet)
    intent = intent_of(invocation, intended or {})
    check_intent(intent, config)
    with open_account(invocation, config, progress) as account, progress.reading():
        plan = account.plan(intent)
    note_warnings(invocation, plan)
    return plan


def intent_of(invocation: Invocation, intended: Mapping[str, Any]) -> Intent:
    """Build the intent from the options."""
    given = {each.name: intended[each.name] for each in OVERRIDES if each.name in intended}
    addresses = (each.name for each in OVERRIDES if each.value is OverrideValue.ADDRESSES)
    return Intent(
        overrides=Overrides(**given | {name: _addresses(given.get(name, ())) for name in addresses}),
        selection=selection_of(invocation),
        destroy=intended.get("destroy", False),
    )


def selection_of(invocation: Invocation) -> Selection:
    """Build the selection from the options."""
    options = invocation.options
    return Selection(targets=options.target, excludes=options.exclude, kinds=options.kind)


def note_warnings(invocation: Invocation, plan: Plan) -> None:
    """Print the warnings about the live state on stderr; those about the configuration have been printed."""
    live = plan.live
    warnings = live.warnings[len(live.config.warnings) :]
    if warnings and not invocation.json:
        invocation.diagnose(warnings)
    if invocation.options.verbose:
        _note_requests(invocation, plan)


def _note_requests(invocation: Invocation, plan: Plan) -> None:
    live, ran = plan.live, plan.live.concurrency
    most = f", at most {ran.peak} at once" if ran else ""
    fields: dict[str, int | None] = {"reads": live.reads, "writes": live.writes, "peak": ran.peak if ran else None}
    text = f"Reads sent: {live.reads}{most}. Writes planned: {live.writes}."
    invocation.remark(text, event="requests", fields=fields)
    if ran and ran.rejected:
        who = "The emulator" if live.target.emulator else "Twilio"
        text = f"{who} rejected {ran.rejected} of them (429), so confsync sends at most {ran.limit} at once now."
        invocation.remark(text, event="requests", fields={"rejected": ran.rejected, "limit": ran.limit})


def _addresses(texts: Iterable[str]) -> frozenset[Address]:
    return frozenset(map(Address.parse, texts))
