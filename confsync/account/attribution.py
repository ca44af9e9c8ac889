"""Adds to a drift who changed what, as far as Twilio's Monitor tells."""

from datetime import datetime

from msgspec.structs import replace

from confsync.account.connection import Connection, Settings, monitor_of
from confsync.live.attribution import MonitorEvents, find_changes
from confsync.plan.drift import Drift
from confsync.planning.attribution import questions_about
from confsync.state.ledger import Ledger


async def attributed(drift: Drift, ledger: Ledger, connection: Connection, settings: Settings, at: datetime) -> Drift:
    """Ask about what somebody changed in Twilio. A drift without such a change sends no request.

    Raises RunStopped, and no other error: without an answer, the drift says nothing about it.
    """
    questions = tuple(questions_about(drift, ledger, at))
    if not questions:
        return drift
    async with monitor_of(connection, settings) as api:
        found = await find_changes(MonitorEvents(api), questions)
    plan = replace(drift.plan, reads=drift.plan.reads + api.requests["reads"])
    return replace(drift, plan=plan, changed_by=found)
