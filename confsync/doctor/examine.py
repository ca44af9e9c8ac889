"""Looks at everything that a run needs, one thing after the other, and mends nothing."""

from confsync.doctor.check import Check, failed, warning
from confsync.doctor.live_checks import NOT_LOOKED_AT, DoctorContext, live_checks
from confsync.errors import ConfsyncError

LIVE = ("account", "clock", "permissions", "ledger", "names")
"""What cannot be looked at where Twilio cannot be asked."""


async def examined(patient: DoctorContext) -> tuple[Check, ...]:
    """Ask Twilio, and give each check."""
    return tuple([each async for each in live_checks(patient)])


def unreached(trouble: ConfsyncError | None) -> tuple[Check, ...]:
    """Tell that Twilio could not even be asked: there are no credentials, or nobody knows whose emulator is meant."""
    first = failed("credentials", trouble) if trouble else _not_looked_at("credentials")
    return (first, *map(_not_looked_at, LIVE))


def _not_looked_at(name: str) -> Check:
    return warning(name, f"{NOT_LOOKED_AT} Twilio could not be asked", "Mend what failed first.")
