"""Runs that a test makes up."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from confsync.history.history import History
from confsync.history.run import DetailedRun, DriftFinding, DriftTarget, Identity

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


def random_nights(number: int, seed: int, target: DriftTarget = PROD) -> Iterator[DetailedRun]:
    """Make runs in which findings appear, change and are repaired after a few nights; some nights nothing runs."""
    choose = random.Random(seed)  # noqa: S311 — the same runs each time
    is_open: dict[Identity, DriftFinding] = {}
    for each in range(number):
        is_open = {identity: found for identity, found in is_open.items() if choose.random() > REPAIRED_EACH_NIGHT}
        for _ in range(choose.choice((0, 0, 0, 1, 1, 2, 4 if each % 23 == 20 else 0))):
            sort = choose.choice(
                ("live", "live", "live", "configuration", "configuration", "both", "deleted", "unmanaged")
            )
            section = choose.choice(("roles", "roles", "webhooks", "notifications", "users"))
            found = finding(f"{choose.choice(NAMES)} {choose.randrange(40)}", sort=sort, section=section)
            is_open[found.identity] = found
        if choose.random() > MISSED_NIGHTS:
            yield night(each, is_open.values(), complete=choose.random() > MISSED_NIGHTS / 2, target=target)


SORTS = ("live", "live", "live", "configuration", "configuration", "both", "deleted", "unmanaged")
NAMES = ("agent", "lead", "channel admin", "clerk", "supervisor", "auditor")
REPAIRED_EACH_NIGHT = 0.35
MISSED_NIGHTS = 0.06


def recorded(path: Path, runs: Iterable[DetailedRun]) -> History:
    """Record runs in a file."""
    history = History(path)
    history.prepare()
    for each in runs:
        history.append(each)
    return history
