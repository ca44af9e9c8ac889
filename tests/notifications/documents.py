"""Notifications to test with."""

from datetime import UTC, datetime
from typing import Any

from confsync.history.deliveries import UndeliveredChange
from confsync.history.run import DriftFinding, StateChange
from confsync.views.documents import TargetPart
from confsync.views.notification import NotificationDocument, drift_notification

TARGET = TargetPart(
    account_sid="AC" + "a" * 32,
    environment="prod",
    region=None,
    base_url="https://conversations.twilio.com",
    emulator=False,
)


def found(address: str, **fields: Any) -> DriftFinding:  # noqa: ANN401 — the fields of a finding
    """Make a finding about a role."""
    return DriftFinding(**{"sort": "live", "section": "roles", "address": address, "digest": "0", **fields})


def notification(
    new: tuple[DriftFinding, ...] = (),
    edited: tuple[DriftFinding, ...] = (),
    repaired: tuple[DriftFinding, ...] = (),
    *,
    now: int = 0,
    recovered: bool = False,
    run_url: str | None = None,
) -> NotificationDocument:
    """Make the notification of a change; there are `now` findings."""
    change = StateChange(since=datetime(2026, 1, 1, tzinfo=UTC), new=new, edited=edited, repaired=repaired)
    return drift_notification(
        TARGET,
        UndeliveredChange(change, now),
        2 if now else 0,
        created_at="2026-01-02T03:04:05Z",
        recovered=recovered,
        run_url=run_url,
    )
