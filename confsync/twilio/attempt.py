"""What one attempt of a request was, for traces: no secret, no value of a form, no body."""

import re
from collections.abc import Callable
from time import perf_counter_ns, time_ns
from urllib.parse import parse_qsl

from msgspec import Struct

from confsync.names import is_sid
from confsync.redaction import redact
from confsync.twilio.messages import Received, Request

REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class HttpAttempt(Struct, frozen=True):
    """One attempt of a request, without secrets.

    `route` is the path without what identifies a resource; `url` has SIDs and names. `fields` are the names in the form
    that was sent. `status` and `received`, the bytes of the decompressed body, are 0 without a response; then `error`
    is the class of what happened. `started` is in nanoseconds since 1970.
    """

    method: str
    url: str
    route: str
    number: int
    started: int
    nanoseconds: int
    fields: tuple[str, ...] = ()
    sent: int = 0
    status: int = 0
    received: int = 0
    request_id: str = ""
    error: str = ""

    @property
    def milliseconds(self) -> float:
        """How long it took."""
        return round(self.nanoseconds / 1_000_000, 1)


AttemptObserver = Callable[[HttpAttempt], object]
"""Called after each attempt, in the task that sent it."""


class Stopwatch:
    """Measures one attempt; `attempt_of` describes it."""

    def __init__(self, base_url: str, request: Request, number: int, secrets: tuple[str, ...]) -> None:
        self._base_url = base_url
        self._request = request
        self._number = number
        self._secrets = secrets
        self._started = time_ns()
        self._start = perf_counter_ns()

    def attempt_of(self, result: Received | BaseException) -> HttpAttempt:
        """Describe the attempt, once it has ended."""
        request, body = self._request, self._request.body or b""
        response = result if isinstance(result, Received) else None
        found = response.headers.get("twilio-request-id", "") if response else ""
        return HttpAttempt(
            method=request.method,
            url=redact(self._base_url + request.target, self._secrets),
            route=route_of(request.path),
            number=self._number,
            started=self._started,
            nanoseconds=perf_counter_ns() - self._start,
            fields=tuple(sorted({name for name, _ in parse_qsl(body.decode("ascii"), keep_blank_values=True)})),
            sent=len(body),
            status=response.status if response else 0,
            received=len(response.content) if response else 0,
            request_id=found if REQUEST_ID.fullmatch(found) else "",
            error="" if response else type(result).__name__,
        )


def route_of(path: str) -> str:
    """Replace whatever identifies a resource: `/v1/Services/{sid}/Users/{id}`."""
    _, version, *steps = f"/{path.strip('/')}".split("/")
    route = ["", version]
    named = False
    for step in steps:
        route.append("{sid}" if is_sid(step) else "{id}" if named else step)
        named = not named and step in _COLLECTIONS
    return "/".join(route)


_COLLECTIONS = frozenset(
    {
        "Addresses",
        "Bindings",
        "Conversations",
        "Credentials",
        "Messages",
        "Participants",
        "Roles",
        "Services",
        "Users",
        "Webhooks",
    }
)
"""What the name or the SID of a resource follows in a path."""
