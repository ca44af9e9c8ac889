"""Opens an account with the credentials in the environment variables."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from confsync.account.account import Account
from confsync.account.connection import Connection, Settings, twilio_connection
from confsync.config.config import Config


@asynccontextmanager
async def connect(
    config: Config,
    *,
    settings: Settings | None = None,
    environ: Mapping[str, str] | None = None,
    connection: Connection | None = None,
) -> AsyncIterator[Account]:
    """Connect to the account of a configuration, with the credentials in the environment variables.

    Each call of a method opens its own HTTP connections and closes them, so any time may pass between two calls.

    Raises MissingCredentials, Refused, UsageError.
    """
    yield account_of(config, settings=settings, environ=environ, connection=connection)


def account_of(
    config: Config,
    *,
    settings: Settings | None = None,
    environ: Mapping[str, str] | None = None,
    connection: Connection | None = None,
) -> Account:
    """Find the credentials for the account of a configuration. Raises MissingCredentials, Refused, UsageError."""
    environ = os.environ if environ is None else environ
    return Account(config, connection or twilio_connection(config, environ), settings or Settings.from_environ(environ))
