"""Which resources of a drift to ask about: who changed them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from confsync.names import Sid
from confsync.plan.attribution import AttributionQuestion, ChangeVerb
from confsync.plan.drift import Drift, Side
from confsync.state.ledger import Ledger

LOOK_BACK = timedelta(days=30)
"""How long Twilio keeps events at least."""

_AFTER_OWN_WRITE = timedelta(seconds=5)
"""Twilio may record confsync's own last write a little later than the resource says."""


def questions_about(drift: Drift, ledger: Ledger, at: datetime) -> Iterator[AttributionQuestion]:
    """Ask about each resource that somebody changed, deleted or added in Twilio, once. `at` is the time of the drift.

    A singleton has no SID of its own, so nobody can be asked about it.
    """
    asked = dict(_changed(drift))
    for sid, verb in asked.items():
        entry = ledger.owner.get(sid)
        known = _after_own_write(entry.date_updated) if entry and entry.date_updated else None
        since = max(at - LOOK_BACK, known) if known else at - LOOK_BACK
        yield AttributionQuestion(sid, verb, since)


def _changed(drift: Drift) -> Iterator[tuple[Sid, ChangeVerb]]:
    for field in drift.fields:
        if field.side in (Side.LIVE, Side.BOTH) and field.change.sid:
            yield field.change.sid, ChangeVerb.UPDATED
    for deleted in drift.deleted_outside:
        yield deleted.sid, ChangeVerb.DELETED
    for added in drift.added_outside:
        if added.resource.found.sid:
            yield added.resource.found.sid, ChangeVerb.CREATED


def _after_own_write(date: str) -> datetime | None:
    """Return a time after which confsync did not write; None if the date of its last write is not a date."""
    try:
        time = datetime.fromisoformat(date)
        return (time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)) + _AFTER_OWN_WRITE
    except (ValueError, OverflowError):
        return None
