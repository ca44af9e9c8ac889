"""Looks at everything that a run needs, one thing after the other, and mends nothing."""

from confsync.engine.checkup.check import Check, bad, doubtful
from confsync.engine.checkup.live_checks import NOT_LOOKED_AT, Patient, live_checks
from confsync.errors import ConfsyncError

LIVE = ("account", "clock", "permissions", "ledger", "names")
"""What cannot be looked at where Twilio cannot be asked."""


async def examined(patient: Patient) -> tuple[Check, ...]:
    """Ask Twilio, and give each check."""
    return tuple([each async for each in live_checks(patient)])


def unreached(trouble: ConfsyncError | None) -> tuple[Check, ...]:
    """Tell that Twilio could not even be asked: there are no credentials, or nobody knows whose emulator is meant."""
    first = bad("credentials", trouble) if trouble else _not_looked_at("credentials")
    return (first, *map(_not_looked_at, LIVE))


def _not_looked_at(name: str) -> Check:
    return doubtful(name, f"{NOT_LOOKED_AT} Twilio could not be asked", "Mend what failed first.")
