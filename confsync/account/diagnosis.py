"""The checks behind `confsync doctor`."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

from confsync.account.blocking import Runner, run_blocking
from confsync.account.checks import check_account, check_claim
from confsync.account.configuration import LoadOptions, load_configuration
from confsync.account.connection import Connection, Settings, api_of
from confsync.account.shared_state import ledger_use, other_environments
from confsync.config.config import Config
from confsync.doctor.check import Check, Diagnosis
from confsync.doctor.live_checks import DoctorContext, run_live_checks, skip_live_checks
from confsync.doctor.local_checks import run_local_checks
from confsync.errors import ConfsyncError
from confsync.state.other_environments import NO_OTHERS


def diagnose(
    options: LoadOptions,
    connect: Callable[[Config | None], AbstractContextManager[Connection | None]],
    settings: Settings,
    run: Runner = run_blocking,
) -> Diagnosis:
    """Check everything that a run needs, and fix nothing. A failed check skips only the checks that depend on it.

    `connect` connects to the account of a configuration, or to that of the credentials if no configuration is valid. It
    returns None if neither is known.
    """
    config, error = _load(options)
    keyed, folder = settings.fingerprint_key is not None, config.folder if config else options.directory
    local = tuple(run_local_checks(config, error, folder, keyed=keyed))
    try:
        with connect(config) as connection:
            live = run(_live_checks(config, connection, settings)) if connection else skip_live_checks(None)
    except ConfsyncError as failure:
        live = skip_live_checks(failure)
    return Diagnosis((*local, *live), getattr(error, "diagnostics", ()))


def _load(options: LoadOptions) -> tuple[Config | None, ConfsyncError | None]:
    try:
        return load_configuration(options), None
    except ConfsyncError as error:
        return None, error


async def _live_checks(config: Config | None, connection: Connection, settings: Settings) -> tuple[Check, ...]:
    """Run every check that needs the account; without a valid configuration, some are left out."""
    claimed = connection.credentials.account_sid

    def check(account_sid: str) -> None:
        check_claim(claimed, account_sid)
        if config:
            check_account(config, account_sid)

    async with api_of(connection, settings) as api:
        return await run_live_checks(
            DoctorContext(
                api=api,
                host=connection.origin.host,
                ledger=connection.ledger,
                expected=(config.environment.account_sid if config else None) or claimed,
                check_account=check,
                config=config,
                fingerprinter=settings.fingerprinter,
                use=ledger_use(config, connection) if config else None,
                other_environments=partial(other_environments, config, connection) if config else lambda _: NO_OTHERS,
            )
        )
