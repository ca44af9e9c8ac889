"""An apply that is stopped: it starts nothing new, finishes what it has sent, and records it."""

import asyncio
import time
from collections.abc import Callable

import httpx
import pytest

from confsync.account.account import Account
from confsync.apply.report import Outcome, Report, Status
from confsync.exit_codes import ExitCode
from tests.harness import Harness, InterceptingTransport, json_response, outcome_lines, plan_lines
from tests.twilio.still_clock import StillClock

DESK = """
version: 1
services:
  first:
    roles:
      agent: {type: conversation, permissions: [sendMessage]}
      clerk: {type: conversation, permissions: [sendMessage]}
    configuration: {default_conversation_role: agent}
  second:
    webhooks: {method: POST, post_webhook_url: "https://example.com/hook"}
    roles: {guide: {type: conversation, permissions: [sendMessage]}}
"""
WRITES = 7
SILENCE = 60
"""Seconds for which a request is not answered."""


class Stopping(InterceptingTransport):
    """Stops the apply at a request, which is then carried out as if nothing had happened; perhaps stops it twice."""

    def __init__(
        self, harness: Harness, at: Callable[[int, httpx.Request], bool], again_after: float | None = None
    ) -> None:
        super().__init__(harness.emulator)
        self.at, self.again_after, self.writes, self.stopped_at = at, again_after, 0, 0.0
        self.task: asyncio.Task[Report] | None = None

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        self.writes += request.method != "GET"
        if self.task and not self.stopped_at and self.at(self.writes, request):
            self.stop()
            await asyncio.sleep(0.01)
        return None

    def stop(self) -> None:
        assert self.task
        self.stopped_at = time.monotonic()
        self.task.cancel()
        if self.again_after is not None:
            asyncio.get_running_loop().call_later(self.again_after, self.task.cancel)


class EndlessClock(StillClock):
    """A clock in which no wait ends, and the first one stops the apply."""

    def __init__(self, stop: Callable[[], None]) -> None:
        super().__init__()
        self.stop: Callable[[], None] | None = stop

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return
        if self.stop:
            asyncio.get_running_loop().call_soon(self.stop)
            self.stop = None
        await asyncio.Event().wait()


def stop_apply(harness: Harness, transport: Stopping) -> dict[str, Outcome]:
    """Apply until the transport or the clock stops it, and return the outcomes that were reported."""
    harness.transport = transport
    seen = dict[str, Outcome]()

    async def apply() -> None:
        account = Account(harness.config(), harness.connection(), harness.settings())
        plan = await account.plan()
        task = asyncio.create_task(account.apply(plan, lambda each: seen.update({str(each.change.address): each})))
        transport.task = task  # type: ignore[assignment]
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(apply())
    harness.transport = None
    return seen


def nth(number: int) -> Callable[[int, httpx.Request], bool]:
    return lambda writes, request: writes == number and request.method != "GET"


@pytest.mark.parametrize("number", range(1, WRITES + 1))
def test_what_was_sent_before_the_stop_is_done_and_recorded_and_the_next_apply_continues(
    harness: Harness, number: int
) -> None:
    harness.clock = StillClock()
    harness.write(DESK)
    transport = Stopping(harness, nth(number))
    seen = stop_apply(harness, transport)
    sent = transport.writes
    assert {each.status for each in seen.values()} <= {Status.DONE}
    assert sent <= number + 2, "only what was in flight"
    assert harness.ledger
    assert harness.ledger.pending == ()
    assert harness.ledger.configuration_digest is None
    assert {str(each.address) for each in harness.ledger.entries} == set(seen)
    report = harness.apply()
    assert report.exit_code is ExitCode.DONE
    assert not set(outcome_lines(report)).intersection(f"done {each}" for each in seen)
    origins = {str(each.address): each.origin for each in harness.ledger.entries}
    created = ("first", "second", "first/roles/agent", "first/roles/clerk", "second/roles/guide")
    assert {origins[f"services/{name}"] for name in created} == {"created"}
    assert plan_lines(harness.plan()) == []


def test_a_stop_while_everything_is_read_back_leaves_the_plan_to_be_finished(harness: Harness) -> None:
    harness.clock = StillClock()
    harness.write(DESK)
    transport = Stopping(harness, lambda writes, request: writes == WRITES and request.method == "GET")
    seen = stop_apply(harness, transport)
    assert len(seen) == WRITES
    assert harness.ledger
    assert harness.ledger.configuration_digest is None
    assert harness.apply().writes == 0
    assert harness.ledger.configuration_digest == harness.config().digest


def to_roles(_: int, request: httpx.Request) -> bool:
    return request.method == "POST" and request.url.path.endswith("/Roles")


class Silent(Stopping):
    """Does not respond to the creates of roles."""

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        await super().before(request)
        if to_roles(0, request):
            await asyncio.sleep(SILENCE)
        return None


def test_a_write_without_a_response_in_time_is_unknown_and_the_next_apply_settles_it(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("confsync.twilio.exchange.STOP_SECONDS", 0.2)
    harness.clock = StillClock()
    harness.write(DESK)
    transport = Silent(harness, to_roles)
    seen = stop_apply(harness, transport)
    assert 0.2 <= time.monotonic() - transport.stopped_at < SILENCE
    unknown = {name for name, each in seen.items() if each.status is Status.UNKNOWN}
    assert unknown <= {"services/first/roles/agent", "services/first/roles/clerk", "services/second/roles/guide"}
    assert unknown
    assert harness.ledger
    assert {str(each.entry.address) for each in harness.ledger.pending} == unknown
    assert harness.apply().exit_code is ExitCode.DONE
    assert plan_lines(harness.plan()) == []


def test_a_second_stop_waits_for_nothing_but_the_ledger(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("confsync.twilio.exchange.STOP_SECONDS", SILENCE)
    harness.clock = StillClock()
    harness.write(DESK)
    transport = Silent(harness, to_roles, again_after=0.05)
    seen = stop_apply(harness, transport)
    assert time.monotonic() - transport.stopped_at < SILENCE, "the writes in flight had that long after a single stop"
    assert Status.UNKNOWN in {each.status for each in seen.values()}
    assert harness.ledger
    assert harness.ledger.pending


class Busy(Stopping):
    """Asks for a long pause before the creates of roles."""

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if to_roles(0, request):
            return httpx.Response(429, headers={"retry-after": "50"}, request=request)
        return None


class Lost(Stopping):
    """Loses the creates of roles, so that confsync looks for them."""

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if to_roles(0, request):
            raise httpx.ReadError("reset", request=request)
        return None


class Lagging(Stopping):
    """Returns another value than was written, so that confsync reads it back several times."""

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.method == "GET" and self.writes == WRITES and request.url.path.endswith("/Webhooks"):
            return json_response(request, 200, {"post_webhook_url": "https://example.com/old"})
        return response


@pytest.mark.parametrize(("waiting", "status"), [(Busy, None), (Lost, Status.UNKNOWN), (Lagging, Status.DONE)], ids=str)
def test_every_wait_ends_at_once(harness: Harness, waiting: type[Stopping], status: Status | None) -> None:
    transport = waiting(harness, lambda _, __: False)
    harness.clock = EndlessClock(transport.stop)
    harness.write(DESK)
    seen = stop_apply(harness, transport)
    assert {each.status for name, each in seen.items() if "/roles/" in name} == ({status} if status else set())
    assert harness.ledger
    assert bool(harness.ledger.pending) == (status is Status.UNKNOWN)


def test_a_progress_that_fails_stops_the_apply_only_after_what_was_sent_is_recorded(harness: Harness) -> None:
    harness.clock = StillClock()
    harness.write(DESK)
    account = harness.account()
    seen = list[str]()

    def fail(outcome: Outcome) -> None:
        seen.append(str(outcome.change.address))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        account.apply(account.plan(), fail)
    assert harness.ledger
    assert {str(each.address) for each in harness.ledger.entries} == set(seen)
    assert harness.ledger.pending == ()
    assert harness.apply().exit_code is ExitCode.DONE
