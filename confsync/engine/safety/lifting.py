"""Whether what is lifted is there at all: a mistyped address lifts nothing, and its rail may not stand in this plan."""

from confsync.config.config import Config
from confsync.engine.intent import Lifts
from confsync.engine.ownership.ledger import Ledger
from confsync.errors import UsageError


def check_recreates(lifts: Lifts, config: Config) -> None:
    """Raise UsageError for a lift of a recreate of something that is not declared; no account is needed to tell."""
    for address in sorted(lifts.allow_recreate - config.resources.keys()):
        happened = f"--allow-recreate {address}: nothing is declared there."
        raise UsageError.misnamed(happened, str(address), map(str, config.resources))


def check_deletes(lifts: Lifts, config: Config, ledger: Ledger) -> None:
    """Raise UsageError for a lift of a delete of something that is neither declared nor ours."""
    known = {*config.resources, *ledger.current}
    for address in sorted(lifts.allow_delete - known):
        happened = f"--allow-delete {address}: nothing is declared there, and nothing there is ours."
        raise UsageError.misnamed(happened, str(address), map(str, known))
