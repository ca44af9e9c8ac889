"""Whether what is lifted is there at all: a mistyped address lifts nothing, and its rail may not stand in this plan."""

from confsync.config.config import Config
from confsync.diagnostics import did_you_mean
from confsync.engine.intent import Lifts
from confsync.engine.ownership.ledger import Ledger
from confsync.errors import UsageError


def check_lifts(lifts: Lifts, config: Config, ledger: Ledger) -> None:
    """Raise UsageError for a lift of a delete of something that is neither declared nor ours."""
    known = {*config.resources, *ledger.current}
    for address in sorted(lifts.allow_delete - known):
        meant = did_you_mean(str(address), map(str, known))
        raise UsageError(
            f"--allow-delete {address}: nothing is declared there, and nothing there is ours.",
            next_step=meant[:1].upper() + meant[1:],
        )
