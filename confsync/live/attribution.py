"""Asks who changed live resources. Without an answer, nothing is said: no run fails because of it.

Twilio's Monitor is the one source so far. It is described at https://www.twilio.com/docs/usage/monitor-events; whether
it has events of roles, services and webhooks has not been tried on a live account.
"""

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import urlencode

from confsync.errors import RunStopped, TwilioError
from confsync.names import Sid
from confsync.plan.attribution import AttributionQuestion, ChangedBy
from confsync.twilio.api import Api
from confsync.twilio.body import Json

MOST_ASKED = 20
"""A drift asks about this many resources at most."""

PATIENCE_SECONDS = 10.0
"""How long all questions together may take."""

PAGE_SIZE = 100
"""Events of one resource. If there are more, the newest of them may be missing."""


class AttributionSource(Protocol):
    """Something that may know who changed a resource."""

    async def last_change(self, question: AttributionQuestion) -> ChangedBy | None:
        """Return the last change, or None if the source knows none. Raises TwilioError."""
        ...


async def find_changes(
    source: AttributionSource, questions: Iterable[AttributionQuestion], patience: float = PATIENCE_SECONDS
) -> Mapping[Sid, ChangedBy]:
    """Return the last change of each resource that the source knows, by SID. `patience` is in seconds.

    The questions are asked one after the other, and none after the first that fails. Raises RunStopped.
    """
    found: dict[Sid, ChangedBy] = {}
    try:
        async with asyncio.timeout(patience):
            for question in tuple(questions)[:MOST_ASKED]:
                if changed := await source.last_change(question):
                    found[question.sid] = changed
    except RunStopped:
        raise
    except (TwilioError, TimeoutError):
        pass
    return found


class MonitorEvents:
    """Twilio's Monitor. The API must be that of its host, which is not the one of Conversations."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def last_change(self, question: AttributionQuestion) -> ChangedBy | None:
        """Find the newest event that fits. Sends one request."""
        since = question.since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        query = urlencode({"ResourceSid": question.sid, "StartDate": since, "PageSize": PAGE_SIZE})
        page = await self._api.get(f"/v1/Events?{query}")
        events = page.get("events")
        dated = list(_dated(events)) if isinstance(events, list) else []
        times = [time for time, _ in dated]
        if _is_one_of_several(page) and times != sorted(times, reverse=True):
            return None
        fitting = ((time, event) for time, event in dated if _fits(event, question) and time >= question.since)
        newest = max(fitting, key=lambda each: each[0], default=None)
        return _changed_by(question, *newest) if newest else None


def _dated(events: Iterable[object]) -> Iterator[tuple[datetime, Json]]:
    """Yield each event that has a date, with that date."""
    for event in events:
        if isinstance(event, dict):
            try:
                time = datetime.fromisoformat(str(event.get("event_date")))
                time = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
            except (ValueError, OverflowError):
                continue
            yield time, event


def _is_one_of_several(page: Json) -> bool:
    meta = page.get("meta")
    return not isinstance(meta, dict) or meta.get("next_page_url") is not None


def _fits(event: Json, question: AttributionQuestion) -> bool:
    named = str(event.get("event_type"))
    return event.get("resource_sid") == question.sid and named.endswith(f".{question.verb}")


def _changed_by(question: AttributionQuestion, time: datetime, event: Json) -> ChangedBy:
    """Take what is safe to show: a SID and two words. The address of the client is not."""
    return ChangedBy(
        verb=question.verb,
        actor=_matching(_SID, event.get("actor_sid")),
        actor_type=_matching(_WORD, event.get("actor_type")),
        source=_matching(_WORD, event.get("source")),
        at=time,
    )


_SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}", re.ASCII)
_WORD = re.compile(r"[a-z][a-z-]{0,31}", re.ASCII)


def _matching(pattern: re.Pattern[str], value: object) -> str:
    return value if isinstance(value, str) and pattern.fullmatch(value) else ""
