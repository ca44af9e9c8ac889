"""Checks that the address of every override exists: a mistyped one would silently override nothing."""

from confsync.config.config import Config
from confsync.errors import UsageError
from confsync.plan.intent import Overrides
from confsync.state.ledger import Ledger


def check_recreates(overrides: Overrides, config: Config) -> None:
    """Raise UsageError for a lift of a recreate of something that is not declared; no account is needed to tell."""
    for address in sorted(overrides.allow_recreate - config.resources.keys()):
        happened = f"--allow-recreate {address}: nothing is declared there."
        raise UsageError.misnamed(happened, str(address), map(str, config.resources))


def check_deletes(overrides: Overrides, config: Config, ledger: Ledger) -> None:
    """Raise UsageError for a lift of a delete of something that is neither declared nor ours."""
    known = {*config.resources, *ledger.current}
    for address in sorted(overrides.allow_delete - known):
        happened = f"--allow-delete {address}: nothing is declared there, and nothing there is ours."
        raise UsageError.misnamed(happened, str(address), map(str, known))
