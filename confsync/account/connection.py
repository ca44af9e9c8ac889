"""How confsync reaches an account, where the account's ledger is, and how fast it may go."""

import os
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from msgspec import Struct, field

from confsync.account.configuration import LoadOptions
from confsync.config.config import Config
from confsync.errors import UsageError
from confsync.secret import Secret
from confsync.state.ledger_name import ledger_name
from confsync.twilio.credentials import Credentials, read_credentials
from confsync.twilio.limits import MONITOR_SECONDS, PARALLELISM, REQUEST_SECONDS, WRITES_PER_SECOND
from confsync.twilio.origin import Origin, monitor_of_origin, origin_of

if TYPE_CHECKING:
    import httpx

    from confsync.state.fingerprints import Fingerprinter
    from confsync.twilio.api import Api, ReadObserver
    from confsync.twilio.attempt import AttemptObserver
    from confsync.twilio.clock import Clock

FINGERPRINT_KEY = "CONFSYNC_FINGERPRINT_KEY"
PLAN_KEY = "CONFSYNC_PLAN_KEY"

_LOCK_TIMEOUT_IN_CI = 600.0

EMULATOR_ORIGIN = Origin("http://127.0.0.1")
"""Stands for the emulator in this process, which has no address."""


class Settings(Struct, frozen=True, kw_only=True):
    """How fast and how patient a run is, and which keys it uses.

    `timeout` limits one request, in seconds; `max_rps` limits the requests per second. `plan_key` signs saved plans;
    with it, unsigned ones are refused. `watch` is called after each response with the numbers of reads and writes sent.

    `trace` is called after each attempt of a request, even if there is no response.

    `lock_timeout` is how many seconds an apply waits for another one in the same folder to finish; `waiting` is called
    once with who holds the lock, and `command` is what the other processes are told about this one.
    """

    parallelism: int = PARALLELISM
    timeout: float = REQUEST_SECONDS
    max_rps: float | None = None
    fingerprint_key: Secret | None = None
    plan_key: Secret | None = None
    watch: Callable[[Mapping[str, int]], None] = lambda _: None
    lock_timeout: float = 0.0
    waiting: Callable[[str], object] = lambda _: None
    trace: "AttemptObserver | None" = None
    command: str = field(default_factory=lambda: Path(sys.argv[0]).name or "python")

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Take both keys from environment variables; in CI, wait for the lock. Raises UsageError if one is not text."""
        environ = os.environ if environ is None else environ
        return cls(
            fingerprint_key=_key(environ, FINGERPRINT_KEY),
            plan_key=_key(environ, PLAN_KEY),
            lock_timeout=_LOCK_TIMEOUT_IN_CI if is_ci(environ) else 0.0,
        )

    @property
    def fingerprinter(self) -> "Fingerprinter":
        """What takes and compares the fingerprints of secrets."""
        from confsync.state.fingerprints import Fingerprinter

        return Fingerprinter(self.fingerprint_key)


class Connection(Struct, frozen=True, kw_only=True):
    """How to reach an account, and where its ledger is.

    Tests and the command line's `--emulator` give a transport of their own, and tests a clock. `read` is called with
    the path and the body of each successful GET.
    """

    origin: Origin
    credentials: Credentials
    ledger: Path
    transport: "httpx.AsyncBaseTransport | None" = None
    clock: "Clock | None" = None
    emulator: bool = False
    read: "ReadObserver" = lambda _, __: None

    def now(self) -> datetime:
        """Return the time of day in UTC."""
        return self.clock.now() if self.clock else datetime.now(UTC)

    @property
    def identity(self) -> tuple[Origin, Credentials, Path]:
        """What two connections to the same account have in common."""
        return self.origin, self.credentials, self.ledger


def twilio_connection(config: Config, environ: Mapping[str, str]) -> Connection:
    """Connect to the account that the environment variables hold credentials for.

    Raises MissingCredentials, Refused, UsageError.
    """
    environment, origin = config.environment, origin_in(config, environ)
    return Connection(
        origin=origin,
        credentials=read_credentials(environ, environment.credentials),
        ledger=ledger_path_in(config.folder, origin, environment.name),
    )


def bare_connection(options: LoadOptions) -> Connection:
    """Connect without a configuration, to the account that the environment variables hold credentials for.

    Raises MissingCredentials, Refused, UsageError.
    """
    return Connection(
        origin=origin_of(None, None, options.environ),
        credentials=read_credentials(options.environ),
        ledger=options.directory / ledger_name(options.environment),
    )


def emulator_connection(
    account_sid: str, auth_token: str, ledger: Path, transport: "httpx.AsyncBaseTransport"
) -> Connection:
    """Connect to an emulator in this process, through its transport."""
    return Connection(
        origin=EMULATOR_ORIGIN,
        credentials=Credentials(account_sid, account_sid, Secret(auth_token)),
        ledger=ledger,
        transport=transport,
        emulator=True,
    )


def local_ledger(config: Config, environ: Mapping[str, str]) -> Path:
    """Return the path of an environment's ledger. Raises Refused, UsageError."""
    return ledger_path_in(config.folder, origin_in(config, environ), config.environment.name)


def origin_in(config: Config, environ: Mapping[str, str]) -> Origin:
    """Return where the requests of an environment go. Raises Refused, UsageError."""
    return origin_of(config.environment.region, config.environment.edge, environ)


def ledger_path_in(folder: Path, origin: Origin, environment: str | None) -> Path:
    """Return the path of a ledger: next to the configuration, unless requests go to another host than Twilio's."""
    home = folder / ".confsync" / origin.host.replace(":", "-") if origin.redirected else folder
    return home / ledger_name(environment)


def api_of(connection: Connection, settings: Settings) -> "Api":
    """Make the API of a connection; it is open within `async with`."""
    from confsync.twilio.api import create_api
    from confsync.twilio.limiter import Rates

    api = create_api(
        connection.origin,
        connection.credentials,
        transport=connection.transport,
        concurrency=settings.parallelism,
        timeout=settings.timeout,
        clock=connection.clock,
        # an emulator in this process accepts any rate
        rates=Rates(settings.max_rps, writes_per_service=None if connection.transport else WRITES_PER_SECOND),
        observe=settings.watch,
    )
    api.on_read = connection.read
    api.on_attempt = settings.trace
    return api


def monitor_of(connection: Connection, settings: Settings) -> "Api":
    """Make the API of Twilio's Monitor for the same account. It repeats no request."""
    from confsync.twilio.api import create_api

    api = create_api(
        monitor_of_origin(connection.origin),
        connection.credentials,
        transport=connection.transport,
        timeout=min(settings.timeout, MONITOR_SECONDS),
        clock=connection.clock,
    )
    api.on_attempt = settings.trace
    return api.without_retries()


def is_ci(environ: Mapping[str, str]) -> bool:
    """Whether a CI system runs this process, so that nobody can be asked."""
    return environ.get("CI", "").lower() in ("true", "1")


def _key(environ: Mapping[str, str], variable: str) -> Secret | None:
    key = environ.get(variable)
    if key and not key.isprintable():
        raise UsageError(f"{variable} is not text.", hint=f"Set {variable} to a key from `openssl rand -hex 32`.")
    return Secret(key) if key else None
