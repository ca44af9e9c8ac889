"""Who wrote what: the events of Twilio's Monitor, a different API that this emulator answers on the same host.

https://www.twilio.com/docs/usage/monitor-events describes it. Nobody has tried whether Twilio records events of
Conversations, and how it names them.
"""

import json
import os
import re
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import parse_qs, urlencode

from msgspec import Struct

from confsync.emulator.account import EmulatedAccount
from confsync.emulator.api_error import BAD_PAGE_SIZE, ErrorResponse, method_not_allowed
from confsync.emulator.http import EmulatorRequest, EmulatorResponse, json_response
from confsync.emulator.router import RouteMatch
from confsync.emulator.spec import OperationName

EVENTS: Final = "/v1/Events"
MAX_EVENTS: Final = 10_000
MAX_PAGE_SIZE: Final = 1000
DEFAULT_PAGE_SIZE: Final = 50

_FILTERS: Final = {
    "ResourceSid": "resource_sid",
    "ActorSid": "actor_sid",
    "EventType": "event_type",
    "SourceIpAddress": "source_ip_address",
}


class Actor(Struct, frozen=True):
    """Who writes: its SID, and Twilio's words for its type and for where the write comes from."""

    sid: str
    type: str = "account"
    source: str = "api"


class MonitorEvents:
    """The most recent events. They are kept in memory only. Safe to use from several threads."""

    def __init__(self, account: EmulatedAccount) -> None:
        self._account = account
        self._events: deque[Mapping[str, Any]] = deque(maxlen=MAX_EVENTS)
        self._lock = threading.Lock()
        self._console: Actor | None = None

    @contextmanager
    def console(self, user_sid: str) -> Iterator[None]:
        """Record every write of the block as one that a user makes in Twilio's Console."""
        self._console = Actor(user_sid, "user", "web")
        try:
            yield
        finally:
            self._console = None

    def record(self, user_name: str, match: RouteMatch, operation: OperationName, response: EmulatorResponse) -> None:
        """Add an event if a request wrote a resource that has a SID."""
        sid = _written_sid(match, response) if operation in _VERBS else ""
        if not sid:
            return
        actor, resource = self._console or Actor(user_name), match.route.spec.name.replace(" ", "-")
        event: Mapping[str, Any] = {
            "sid": f"AE{os.urandom(16).hex()}",
            "account_sid": self._account.sid,
            "actor_sid": actor.sid,
            "actor_type": actor.type,
            "source": actor.source,
            "source_ip_address": "127.0.0.1",
            "event_date": self._account.timestamp(),
            "event_type": f"{resource}.{_VERBS[operation]}",
            "event_data": {},
            "resource_sid": sid,
            "resource_type": resource,
            "description": None,
        }
        with self._lock:
            self._events.appendleft(event)

    def answer(self, request: EmulatorRequest) -> EmulatorResponse:
        """Return one page of the events that match the filters, the newest first."""
        if request.method != "GET":
            raise method_not_allowed(request.method)
        sent = {name: values[-1] for name, values in parse_qs(request.query).items()}
        size, number = _number(sent, "PageSize", DEFAULT_PAGE_SIZE), _number(sent, "Page", 0)
        size = min(max(size, 1), MAX_PAGE_SIZE)
        with self._lock:
            found = [each for each in self._events if _matches(each, sent)]
        url = f"http://{request.host}{EVENTS}"
        page = found[size * number : size * (number + 1)]
        meta = _meta(url, sent, size, number, more=len(found) > size * (number + 1))
        return json_response(200, {"meta": meta, "events": [_with_urls(each, url) for each in page]})


def _written_sid(match: RouteMatch, response: EmulatorResponse) -> str:
    """Return the SID of the resource in a response, or of the one that was deleted."""
    sid = json.loads(response.body).get("sid") if response.body else match.values.get(match.route.spec.member)
    return sid if isinstance(sid, str) and _SID.fullmatch(sid) else ""


_SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}", re.ASCII)
_VERBS: Final[Mapping[OperationName, str]] = {"create": "created", "update": "updated", "delete": "deleted"}


def _number(sent: Mapping[str, str], name: str, default: int) -> int:
    text = sent.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) < len(str(MAX_EVENTS * 10))):
        raise ErrorResponse(400, BAD_PAGE_SIZE, f"Invalid value for parameter {name}")
    return int(text)


def _matches(event: Mapping[str, Any], sent: Mapping[str, str]) -> bool:
    """Whether an event passes the filters. Dates are compared as text, since all have the same form."""
    equal = all(event[key] == sent[name] for name, key in _FILTERS.items() if name in sent)
    return equal and sent.get("StartDate", "") <= event["event_date"] <= sent.get("EndDate", "~")


def _meta(url: str, sent: Mapping[str, str], size: int, number: int, *, more: bool) -> dict[str, Any]:
    def page_url(page: int) -> str:
        return f"{url}?{urlencode({**sent, 'PageSize': size, 'Page': page})}"

    return {
        "page": number,
        "page_size": size,
        "first_page_url": page_url(0),
        "previous_page_url": page_url(number - 1) if number else None,
        "url": page_url(number),
        "next_page_url": page_url(number + 1) if more else None,
        "key": "events",
    }


def _with_urls(event: Mapping[str, Any], url: str) -> dict[str, Any]:
    return {**event, "url": f"{url}/{event['sid']}", "links": {}}
