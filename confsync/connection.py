"""How an account is reached, and where its ledger lies."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from confsync.config.config import Config
from confsync.request import Request
from confsync.twilio import credentials as signing
from confsync.twilio.credentials import Credentials
from confsync.twilio.origin import Origin, origin_of

if TYPE_CHECKING:
    import httpx

    from confsync.twilio.clock import Clock


class Connection(Struct, frozen=True, kw_only=True):
    """How an account is reached, and where its ledger lies. Without a transport, httpx's own is made.

    `clock` is what waits go by, this machine's without one.
    """

    origin: Origin
    credentials: Credentials
    ledger: Path
    transport: "httpx.AsyncBaseTransport | None" = None
    clock: "Clock | None" = None
    emulator: bool = False


def twilio_connection(config: Config, environ: Mapping[str, str]) -> Connection:
    """Reach the account that the environment variables have credentials for.

    Raises MissingCredentials, Refused, UsageError.
    """
    environment = config.environment
    origin = origin_of(environment.region, environment.edge, environ)
    return Connection(
        origin=origin,
        credentials=signing.read(environ, environment.credentials),
        ledger=ledger_beside(config.folder, origin, environment.name),
    )


def bare_connection(request: Request) -> Connection:
    """Reach whichever account the environment variables have credentials for, without a configuration.

    Raises MissingCredentials, Refused, UsageError.
    """
    return Connection(
        origin=origin_of(None, None, request.environ),
        credentials=signing.read(request.environ),
        ledger=request.directory / ledger_name(request.environment),
    )


def local_ledger(config: Config, environ: Mapping[str, str]) -> Path:
    """Say where the ledger of an environment lies. Raises Refused, UsageError."""
    environment = config.environment
    return ledger_beside(config.folder, origin_of(environment.region, environment.edge, environ), environment.name)


def ledger_beside(folder: Path, origin: Origin, environment: str | None) -> Path:
    """Say where a ledger lies: beside the configuration, but for that of another host than Twilio's own."""
    home = folder / ".confsync" / origin.host.replace(":", "-") if origin.redirected else folder
    return home / ledger_name(environment)


def ledger_name(environment: str | None) -> str:
    """Name the ledger's file: each environment has its own."""
    return f"confsync.ledger.{environment}.json" if environment else "confsync.ledger.json"
