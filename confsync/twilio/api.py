"""Twilio's Conversations API: get, list pages, create, update, delete."""

import base64
import random
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from http import HTTPStatus
from itertools import count
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

import httpx

from confsync.errors import MalformedResponse, RunStopped
from confsync.names import is_sid
from confsync.secret import Secret
from confsync.twilio.attempt import AttemptObserver, Stopwatch
from confsync.twilio.body import Json
from confsync.twilio.clock import Clock, SystemClock
from confsync.twilio.credentials import Credentials
from confsync.twilio.exchange import Deadlines, Exchange, Headers
from confsync.twilio.failures import failure_of
from confsync.twilio.limiter import Concurrency, ConcurrencyLimiter, RateLimiter, Rates
from confsync.twilio.limits import PARALLELISM, REQUEST_SECONDS
from confsync.twilio.messages import Operation, Received, Request, Response
from confsync.twilio.origin import Origin
from confsync.twilio.outcomes import TRANSPORT_ERRORS, UNSENT, AttemptOutcome, classify
from confsync.twilio.paginator import Filters, Paginator
from confsync.twilio.retry import Retrier, RetryBudget, parse_http_date
from confsync.twilio.stopping import StoppableClock
from confsync.twilio.transport import transport_to
from confsync.version import __version__

ACCOUNT = "/v1/Configuration"

Recheck = Callable[[], Awaitable[None]]
"""Called before an update is sent again that Twilio rejected, and raises if it must not be."""

RequestObserver = Callable[[Mapping[str, int]], None]
"""Called after each response with the number of reads and writes that were sent so far."""

ReadObserver = Callable[[str, Json], None]
"""Called with the path and the body of each successful GET."""


def create_api(
    origin: Origin,
    credentials: Credentials,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    concurrency: int = PARALLELISM,
    timeout: float = REQUEST_SECONDS,
    clock: Clock | None = None,
    rates: Rates = Rates(),  # noqa: B008 — frozen
    observe: RequestObserver = lambda _: None,
) -> "Api":
    """Create the API for one origin and one user; use it within `async with`.

    `timeout` limits one attempt in seconds, including the body of the response. The default transport sends at most
    128 requests at once.

    Raises:
        UsageError: an environment variable for proxies or certificates is invalid.
    """
    clock = StoppableClock(clock or SystemClock())
    if transport is None:
        transport, concurrency = transport_to(origin, concurrency)
    exchange = Exchange(origin.base_url, _headers(credentials), transport, Deadlines.within(timeout), clock)
    return Api(
        origin,
        transport,
        exchange,
        Retrier(clock, random.random, RetryBudget()),
        ConcurrencyLimiter(concurrency),
        RateLimiter(rates, clock),
        credentials.password,
        observe,
    )


def _headers(credentials: Credentials) -> Headers:
    basic = base64.b64encode(f"{credentials.username}:{credentials.password.reveal()}".encode())
    return (
        (b"Authorization", b"Basic " + basic),
        (b"User-Agent", f"confsync/{__version__}".encode()),
        (b"Accept", b"application/json"),
        (b"Accept-Encoding", b"gzip"),
    )


class Api:
    """Sends every request to Twilio; paths begin with `/v1/`.

    Each method raises a `TwilioError` if it fails: `Unreachable`, `MalformedResponse`, `ApiError` (or its subclasses
    `NotAuthorised` and `NotFound`), and `OutcomeUnknown` for a write that may have taken effect. `requests` counts what
    was sent, including retries, as `reads` and `writes`.
    """

    def __init__(
        self,
        origin: Origin,
        transport: httpx.AsyncBaseTransport,
        exchange: Exchange,
        retry: Retrier,
        limiter: ConcurrencyLimiter,
        rate_limiter: RateLimiter,
        password: Secret,
        observe: RequestObserver,
    ) -> None:
        self.requests: Counter[str] = Counter(reads=0, writes=0)
        self._origin = origin
        self._transport = transport
        self._exchange = exchange
        self._retry = retry
        self._limiter = limiter
        self._rate_limiter = rate_limiter
        self._password = password
        self._observe = observe
        self.on_read: ReadObserver = lambda _, __: None
        self.on_attempt: AttemptObserver | None = None
        self._last_date = "", self.clock.now()

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.__aexit__(kind, error, trace)

    @property
    def clock(self) -> StoppableClock:
        """The clock that times the pauses between attempts. If it is stopped, nothing more is sent."""
        return self._exchange.clock

    @property
    def concurrency(self) -> Concurrency:
        """How many requests may run at once now, and how many ran at once so far."""
        return self._limiter.state

    def start_at(self, limit: int) -> None:
        """Begin with as many requests at once as another run of the same account reached."""
        self._limiter.start_at(limit)

    @property
    def clock_skew(self) -> float | None:
        """Seconds by which this machine's clock is ahead of Twilio's; None if the last response had no date."""
        header, here = self._last_date
        there = parse_http_date(header)
        return (here - there).total_seconds() if there else None

    def without_retries(self) -> Self:
        """Send each request only once from now on."""
        self._retry.budget.exhaust()
        return self

    async def account(self) -> str:
        """Read the SID of the account that the credentials belong to."""
        sid = (await self.get(ACCOUNT)).get("account_sid")
        if not is_sid(sid, "AC"):
            raise MalformedResponse(
                f"GET {ACCOUNT}: the response contains no account SID.", hint="Check the credentials."
            )
        return str(sid)

    async def get(self, path: str, *, ahead: bool = False) -> Json:
        """Read one resource; if `ahead`, before what waits to be sent."""
        return _body_of(await self._send(Request(Operation.READ, "GET", path, ahead=ahead)))

    async def pages(
        self,
        path: str,
        key: str,
        page_size: int,
        *,
        filters: Filters = (),
        id_key: str = "sid",
        ahead: bool = False,
    ) -> AsyncGenerator[list[Json], None]:
        """Read a list page by page without duplicates; if it is malformed, raise instead of ending normally.

        `id_key` is the key of the SID that identifies an item, which need not have a SID of its own. If `ahead`, each
        further page is read before what waits to be sent, because only one page after another can be read.
        """
        paginator = Paginator(self._origin, path, key, page_size, filters=filters, id_key=id_key)
        target: str | None = paginator.first_target
        while target is not None:
            page = await self.get(target, ahead=ahead and target != paginator.first_target)
            items = paginator.new_items(page)
            target = paginator.next_target(page)
            yield items

    async def create(self, path: str, params: Iterable[tuple[str, str | Secret]]) -> Json:
        """Create a resource, and return it as Twilio stored it, with a well-formed `sid`.

        A create that may have taken effect is never repeated: it raises OutcomeUnknown, and the caller must look for
        the resource.
        """
        return _body_of(await self._send(_form_request(Operation.CREATE, path, params)))

    async def update(
        self, path: str, params: Iterable[tuple[str, str | Secret]], *, recheck: Recheck | None = None
    ) -> Json:
        """Update a resource, and return it as Twilio stored it.

        An update that may have taken effect is not repeated here: it raises OutcomeUnknown, and the caller, who can
        read the resource and compare, decides.
        """
        return _body_of(await self._send(_form_request(Operation.UPDATE, path, params), recheck))

    async def delete(self, path: str) -> None:
        """Delete a resource; one that is already gone counts as deleted."""
        await self._send(Request(Operation.DELETE, "DELETE", path))

    async def _send(self, request: Request, recheck: Recheck | None = None) -> Response:
        numbers = count(1)
        settled = await self._retry.until_settled(
            request.operation, lambda: self._attempt(request, next(numbers)), recheck
        )
        if settled.outcome is AttemptOutcome.DONE and isinstance(settled.result, Response):
            return settled.result
        cause = settled.result if isinstance(settled.result, Exception) else None
        raise failure_of(request, settled, self._origin.host, self._secrets_of(request)) from cause

    def _secrets_of(self, request: Request) -> tuple[str, ...]:
        return tuple(secret.reveal() for secret in (self._password, *request.secrets))

    async def _attempt(self, request: Request, number: int) -> Response:
        if request.operation is not Operation.READ:
            await self._rate_limiter.wait_for_write(request.service)
        generation = await self._limiter.acquire(ahead=request.ahead)
        received: Received | None = None
        began = 0.0  # without a response, nobody asks for the time that it took
        try:
            await self._rate_limiter.wait()
            began = self.clock.monotonic()
            received = await self._receive(request, number)
        finally:
            # before the body is parsed, so that another request starts at once
            self._release(generation, received, self.clock.monotonic() - began)
        response = received.parse()
        self._last_date = response.headers.get("date", ""), self.clock.now()
        self._observe(self.requests)
        if request.operation is not Operation.READ and response.status == HTTPStatus.TOO_MANY_REQUESTS:
            self._rate_limiter.refuse(request.service)
        if request.operation is Operation.READ and response.is_success and response.body is not None:
            self.on_read(request.path, response.body)
        return response

    def _release(self, generation: int, received: Received | None, seconds: float) -> None:
        if received is None:
            self._limiter.release(generation, None)
        else:
            self._limiter.release(generation, received.status, seconds, received.concurrent)

    async def _receive(self, request: Request, number: int) -> Received:
        """Send a request once, and count it unless it turns out that it was not sent."""
        kind = "reads" if request.operation is Operation.READ else "writes"
        report = self._reporter_to(self.on_attempt, request, number) if self.on_attempt else None
        self.requests[kind] += 1
        try:
            received = await self._exchange.receive(request)
        except BaseException as error:
            if _was_unsent(error, request.operation):
                self.requests[kind] -= 1
            if report:
                report(error)
            raise
        if report:
            report(received)
        return received

    def _reporter_to(
        self, observe: AttemptObserver, request: Request, number: int
    ) -> Callable[[Received | BaseException], object]:
        """Return what describes an attempt that begins now to the observer, once it has ended."""
        watch = Stopwatch(self._origin.base_url, request, number, self._secrets_of(request))
        return lambda result: observe(watch.attempt_of(result))


def _was_unsent(error: BaseException, operation: Operation) -> bool:
    if isinstance(error, TRANSPORT_ERRORS):
        return classify(error, operation) in UNSENT
    return isinstance(error, RunStopped)


def _form_request(operation: Operation, path: str, params: Iterable[tuple[str, str | Secret]]) -> Request:
    """Build a write with its body; secrets are revealed here."""
    pairs = list(params)
    plain = [(name, value.reveal() if isinstance(value, Secret) else value) for name, value in pairs]
    secrets = tuple(value for _, value in pairs if isinstance(value, Secret))
    return Request(operation, "POST", path, urlencode(plain).encode("ascii"), secrets)


def _body_of(response: Response) -> Json:
    if response.body is None:
        raise AssertionError("a response without an object was classified as done")
    return response.body
