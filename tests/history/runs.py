"""Runs that a test makes up."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from confsync.history.run import DetailedRun, DriftFinding, DriftTarget

PROD = DriftTarget(account_sid="ACa", environment="prod", region=None, host="twilio.com")
STAGING = DriftTarget(account_sid="ACa", environment="staging", region=None, host="twilio.com")
FIRST_NIGHT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


def finding(
    name: str, digest: str = "1", *, sort: str = "live", path: str | None = "permissions", section: str = "roles"
) -> DriftFinding:
    """Make a finding about a role."""
    return DriftFinding(
        sort=sort,
        section=section,
        address=f"services/desk/{section}/{name}",
        path=path if sort in ("live", "configuration", "both", "unknown") else None,
        digest=digest,
        shown=f"value {digest}",
    )


def night(
    number: float,
    findings: Iterable[DriftFinding] = (),
    *,
    complete: bool = True,
    target: DriftTarget = PROD,
    unchecked: Iterable[tuple[str, str]] = (),
) -> DetailedRun:
    """Make the run of a night; nights count from 0."""
    found = tuple(findings)
    return DetailedRun(
        at=FIRST_NIGHT + timedelta(days=number),
        seconds=2.5,
        requests=12,
        complete=complete,
        target=target,
        version="1.0",
        commit="c" * 40,
        managed=37,
        live=41,
        counts=Counter(each.sort for each in found),
        findings=found,
        unchecked=frozenset(unchecked),
    )
