"""Twilio's Conversations API, as a few verbs: get, pages, create, update, delete."""

import base64
import random
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

import httpx

from confsync.errors import MalformedAnswer
from confsync.names import is_sid
from confsync.secret import Secret
from confsync.twilio.body import Json
from confsync.twilio.clock import Clock, SystemClock
from confsync.twilio.credentials import Credentials
from confsync.twilio.exchange import Deadlines, Exchange, Headers
from confsync.twilio.failures import failure_of
from confsync.twilio.limiter import Limiter, RateLimiter
from confsync.twilio.origin import Origin
from confsync.twilio.outcomes import LOST, UNSENT, Operation, Outcome, classify
from confsync.twilio.pages import Filters, Paginator
from confsync.twilio.request import Request
from confsync.twilio.response import Response
from confsync.twilio.retry import Budget, Retry, moment_of
from confsync.twilio.transport import transport_to
from confsync.version import __version__

ACCOUNT = "/v1/Configuration"

Watch = Callable[[Mapping[str, int]], None]
"""Is told how many reads and writes were sent by now."""


def connect(
    origin: Origin,
    credentials: Credentials,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    concurrency: int = 32,
    timeout: float = 20.0,
    clock: Clock | None = None,
    max_rps: float | None = None,
    watch: Watch = lambda _: None,
) -> "Api":
    """Make the API for one origin and one user; it is open within `async with`.

    `timeout` is the whole of one try in seconds, its body included. `watch` is told of every answer. Without a
    transport of your own the plain one is made, which carries at most 128 requests at once.

    Raises:
        UsageError: a proxy or certificate variable of the environment cannot be used.
    """
    clock = clock or SystemClock()
    if transport is None:
        transport, concurrency = transport_to(origin, concurrency)
    exchange = Exchange(origin.base_url, _headers(credentials), transport, Deadlines.within(timeout))
    return Api(
        origin,
        transport,
        exchange,
        Retry(clock, random.random, Budget()),
        Limiter(concurrency),
        RateLimiter(max_rps, clock),
        credentials.password,
        watch,
    )


def _headers(credentials: Credentials) -> Headers:
    signature = base64.b64encode(f"{credentials.username}:{credentials.password.reveal()}".encode())
    return (
        (b"Authorization", b"Basic " + signature),
        (b"User-Agent", f"confsync/{__version__}".encode()),
        (b"Accept", b"application/json"),
        (b"Accept-Encoding", b"gzip"),
    )


class Api:
    """Every request to Twilio goes through here; paths begin with `/v1/`.

    Each method raises a `TwilioError` where it cannot give what it promises: `Unreachable`, `MalformedAnswer`,
    `ApiError` (`NotAuthorised` and `NotFound` among them), and `OutcomeUnknown` for a write that may have happened.
    `requests` counts what was really sent, repetitions included, under `reads` and `writes`.
    """

    def __init__(
        self,
        origin: Origin,
        transport: httpx.AsyncBaseTransport,
        exchange: Exchange,
        retry: Retry,
        limiter: Limiter,
        pace: RateLimiter,
        password: Secret,
        watch: Watch,
    ) -> None:
        self.requests: Counter[str] = Counter(reads=0, writes=0)
        self._origin = origin
        self._transport = transport
        self._exchange = exchange
        self._retry = retry
        self._limiter = limiter
        self._pace = pace
        self._password = password
        self._watch = watch
        self._told = "", self.clock.now()

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.__aexit__(kind, error, trace)

    @property
    def clock(self) -> Clock:
        """What its waits go by."""
        return self._retry.clock

    @property
    def clock_skew(self) -> float | None:
        """Seconds by which this machine's clock is ahead of Twilio's, by the last answer; None where it told none."""
        told, here = self._told
        there = moment_of(told)
        return (here - there).total_seconds() if there else None

    async def account(self) -> str:
        """Ask which account the credentials open, and give its SID."""
        sid = (await self.get(ACCOUNT)).get("account_sid")
        if not is_sid(sid, "AC"):
            raise MalformedAnswer(f"GET {ACCOUNT}: the answer names no account.", hint="Check the credentials.")
        return str(sid)

    async def get(self, path: str) -> Json:
        """Read one thing."""
        return _object(await self._settled(Request(Operation.READ, "GET", path)))

    async def pages(
        self, path: str, key: str, page_size: int, *, filters: Filters = (), id_key: str = "sid"
    ) -> AsyncGenerator[list[Json], None]:
        """Read a list page by page, no item twice; a list that goes wrong on the way raises before it ends.

        `id_key` is the key of the SID by which items are known; they need not have one of their own.
        """
        walk = Paginator(self._origin, path, key, page_size, filters=filters, id_key=id_key)
        target: str | None = walk.first
        while target is not None:
            page = await self.get(target)
            fresh = walk.fresh(page)
            target = walk.onward(page)
            yield fresh

    async def create(self, path: str, params: Iterable[tuple[str, str | Secret]]) -> Json:
        """Make a new thing, and give what Twilio made; the answer is sure to have a well-formed `sid`.

        It is never sent again once it may have happened: that is `OutcomeUnknown`, and looking for what was made is the
        caller's.
        """
        return _object(await self._settled(_form(Operation.CREATE, path, params)))

    async def update(self, path: str, params: Iterable[tuple[str, str | Secret]]) -> Json:
        """Change a thing, and give what it is now.

        One that may have happened is not sent again from here: that is `OutcomeUnknown`, and the caller, who can read
        the thing and compare, decides.
        """
        return _object(await self._settled(_form(Operation.UPDATE, path, params)))

    async def delete(self, path: str) -> None:
        """Make sure that a thing is gone; one that was gone before is gone too."""
        await self._settled(Request(Operation.DELETE, "DELETE", path))

    async def _settled(self, outgoing: Request) -> Response:
        ending = await self._retry.until_settled(outgoing.verb, lambda: self._try(outgoing))
        if ending.outcome is Outcome.DONE and isinstance(ending.happened, Response):
            return ending.happened
        cause = ending.happened if isinstance(ending.happened, Exception) else None
        hidden = tuple(secret.reveal() for secret in (self._password, *outgoing.secrets))
        raise failure_of(outgoing, ending, self._origin.host, hidden) from cause

    async def _try(self, outgoing: Request) -> Response:
        era = await self._limiter.enter()
        reply: Response | None = None
        try:
            await self._pace.turn()
            with self._counted(outgoing.verb):
                reply = await self._exchange.send(outgoing)
            self._told = reply.headers.get("date", ""), self.clock.now()
            self._watch(self.requests)
        finally:
            self._limiter.leave(era, None if reply is None else reply.status)
        return reply

    @contextmanager
    def _counted(self, verb: Operation) -> Iterator[None]:
        """Count one request, unless it turns out never to have been sent."""
        kind = "reads" if verb is Operation.READ else "writes"
        self.requests[kind] += 1
        try:
            yield
        except LOST as trouble:
            if classify(trouble, verb) in UNSENT:
                self.requests[kind] -= 1
            raise


def _form(verb: Operation, path: str, params: Iterable[tuple[str, str | Secret]]) -> Request:
    """Build a write with its body: the place where secrets are revealed."""
    pairs = list(params)
    plain = [(name, value.reveal() if isinstance(value, Secret) else value) for name, value in pairs]
    secrets = tuple(value for _, value in pairs if isinstance(value, Secret))
    return Request(verb, "POST", path, urlencode(plain).encode("ascii"), secrets)


def _object(reply: Response) -> Json:
    if reply.body is None:
        raise AssertionError("a reply without an object was taken for done")
    return reply.body
