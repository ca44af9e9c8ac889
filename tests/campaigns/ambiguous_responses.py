"""Loses the responses to writes, which commit before, meanwhile, later or never, and looks for duplicates."""

import asyncio
import heapq
import itertools
import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic

import httpx
from msgspec import structs

from confsync.account.connection import Settings
from confsync.apply.report import Report
from confsync.emulator.emulator import Emulator
from confsync.emulator.faults.fault import Close, Effect, Fault, Hang, Phase, Reset, Respond
from confsync.emulator.faults.layer import FaultLayer
from confsync.emulator.server import running
from confsync.emulator.transport import EmulatorTransport
from confsync.errors import ConfsyncError
from confsync.exit_codes import ExitCode, code_of_error
from confsync.twilio.limits import REQUEST_SECONDS
from confsync.twilio.retry_policy import LOOKS
from tests.campaigns.account_state import AccountState
from tests.campaigns.configurations import SMALL
from tests.campaigns.options import Options
from tests.campaigns.report import Progress
from tests.campaigns.transports import Transport, WrappingTransport, real_transport
from tests.harness import Harness
from tests.twilio.still_clock import StillClock

CLAIM = (
    "no change is lost; "
    "a write that takes effect within 10 seconds after its response was lost causes no duplicate; "
    "if a write that takes effect after more than 10 seconds causes a duplicate, "
    "the same run (exit 6) or the next plan reports it"
)
PATIENCE = 1.0
"""How many seconds a client waits for a response over a socket."""

LATEST = 1800.0
"""The longest time in seconds after which a write commits that its client has given up."""

COLLECTIONS = (
    *("/v1/Services", "/v1/Services/*/Roles", "/v1/Credentials", "/v1/Services/*/Conversations/*/Webhooks") * 2,
    *("/v1/Services/*/Users", "/v1/Services/*/Conversations", "/v1/Services/*/Conversations/*/Participants"),
    *("/v1/Configuration/Addresses", "/v1/Services/*/Configuration"),
)
"""Where a response is lost; twice as often where Twilio would create a second resource."""

DISCONNECTS: tuple[Effect, ...] = (Reset(), Close(), Hang())
UNUSABLE: tuple[Effect, ...] = (
    *(Respond(status=status) for status in (302, 404, 408, 500, 502, 503, 504)),
    Respond(status=201, body=[]),
    Respond(status=201, body={}),
    Respond(status=201, body="<html></html>"),
)


class LateClock(StillClock):
    """A clock in which waiting takes no time, and in which something happens once it is due.

    The first `sleep` of a run that is to be interrupted gets SIGINT.
    """

    def __init__(self) -> None:
        super().__init__()
        self.interrupts = False
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = itertools.count()

    def schedule(self, seconds: float, function: Callable[[], object]) -> None:
        """Call a function after some seconds."""
        heapq.heappush(self._due, (self.monotonic() + seconds, next(self._numbers), function))

    async def sleep(self, seconds: float) -> None:
        """Let the time pass, or be interrupted."""
        if self.interrupts:
            self.interrupts = False
            signal.raise_signal(signal.SIGINT)
        self.pass_time(seconds)
        await asyncio.sleep(0)

    def pass_time(self, seconds: float) -> None:
        """Move ahead."""
        self.slept.append(seconds)
        self.run_due(self.monotonic())

    def run_due(self, until: float) -> None:
        """Do everything that is due."""
        while self._due and self._due[0][0] <= until:
            due, _, function = heapq.heappop(self._due)
            self.slept.append(max(0.0, due - self.monotonic()))
            function()


@dataclass
class Result:
    """How one run ended: its exit code, and everything that it reported."""

    code: int
    text: str


@dataclass
class Case:
    """Which responses are lost, and what the user does then."""

    faults: tuple[Fault, ...]
    interrupted: bool
    reruns_at_once: bool

    @property
    def latest(self) -> float:
        """How many seconds after its client gave up the last write commits."""
        return max(each.delay - _patience(each.effect) for each in self.faults)


def random_case(random: Random) -> Case:
    """Choose a case."""
    number = random.choice((1, 1, 1, 2, 3))
    return Case(
        faults=tuple(_random_fault(random) for _ in range(number)),
        interrupted=random.random() < 0.2,
        reruns_at_once=random.random() < 0.5,
    )


def _random_fault(random: Random) -> Fault:
    phase = random.choice((Phase.BEFORE_COMMIT, Phase.AFTER_COMMIT, Phase.MID_BODY, *[Phase.LATE_COMMIT] * 4))
    effects = DISCONNECTS if phase is Phase.MID_BODY else (*DISCONNECTS, *UNUSABLE)
    effect = random.choice(effects)
    delay = random.choice((random.uniform(0, LOOKS[-1]), random.uniform(LOOKS[-1], LATEST))) + _patience(effect)
    return Fault(
        phase=phase,
        effect=effect,
        method="POST",
        path=random.choice(COLLECTIONS),
        skip=random.choice((0, 0, 0, 1, 2)),
        delay=delay if phase is Phase.LATE_COMMIT else 0.0,
    )


def _patience(effect: Effect) -> float:
    """Return after how many seconds the client gives up."""
    return REQUEST_SECONDS if isinstance(effect, Hang) else 0.0


class _WaitingTransport(WrappingTransport):
    """Lets the time pass in which a client waits for a response in vain."""

    def __init__(self, inner: httpx.AsyncBaseTransport, clock: LateClock) -> None:
        super().__init__(inner)
        self._clock = clock

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        started = monotonic()
        try:
            return await self._inner.handle_async_request(request)
        except (httpx.ReadTimeout, asyncio.CancelledError) as error:
            # a run that is stopped cancels its requests, too, but earlier
            if isinstance(error, httpx.ReadTimeout) or monotonic() - started >= PATIENCE:
                self._clock.pass_time(REQUEST_SECONDS)
            raise


class _ImpatientHarness(Harness):
    """Waits for a response over a socket only a moment, which counts as `REQUEST_SECONDS`."""

    def settings(self) -> Settings:
        return structs.replace(super().settings(), timeout=PATIENCE) if self.over_network else super().settings()


def run_ambiguous_responses(options: Options, progress: Progress) -> None:
    """Run the campaign."""
    progress.expect(1 if options.case else options.points)
    clocks = [LateClock()]

    def now() -> datetime:
        return clocks[-1].now()

    with TemporaryDirectory(dir=options.workspace) as folder, Emulator(now=now) as emulator:
        harness = _ImpatientHarness(Path(folder), emulator, {"SECRET": "a secret"}, clock=clocks[-1])
        harness.write(SMALL.read_text("utf-8"))
        empty = emulator.dump()
        harness.apply()
        expected = AccountState(emulator.dump())
        for number in [int(options.case)] if options.case else range(1, options.points + 1):
            emulator.load(empty)
            _forget_state(harness)
            case = random_case(Random(f"{options.seed} {number}"))  # noqa: S311 — reproducible
            clocks.append(LateClock())
            tried = _Trial(harness, case, expected, clocks[-1])
            with _connected(harness, tried, options.transport):
                problems = list(tried.problems())
            progress.facts["responses lost"] += len(tried.layer.struck)
            progress.facts["duplicates"] += tried.duplicates
            progress.add(f"{number} {case}", tried.outcome, problems, options.command_for(str(number)))


@contextmanager
def _connected(harness: Harness, tried: "_Trial", transport: Transport) -> Iterator[None]:
    """Connect the applies of a case with the faults, in process or over sockets."""
    if not transport.is_real:
        harness.transport = tried.wrap(EmulatorTransport(tried.layer))
        yield
        return
    harness.over_network = True
    try:
        with running(tried.layer) as url, real_transport(url, tried.wrap):
            yield
    finally:
        harness.over_network = False


class _Trial:
    """Runs one case. The transports over which it runs send their requests to `layer`, and are wrapped with `wrap`."""

    def __init__(self, harness: Harness, case: Case, expected: AccountState, clock: LateClock) -> None:
        self.outcome = ""
        self.duplicates = 0
        self._clock = clock
        self.layer = FaultLayer(harness.emulator, case.faults, schedule=self._clock.schedule)
        self._harness = harness
        self._case = case
        self._expected = expected
        self._reports = ""

    def wrap(self, transport: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        """Let the time pass while a client waits."""
        return _WaitingTransport(transport, self._clock)

    def problems(self) -> Iterator[str]:
        """Apply, apply again if that failed, and yield what is wrong then."""
        self._harness.clock = self._clock
        self._clock.interrupts = self._case.interrupted
        code = self._apply().code
        reruns, struck = 0, 0
        # a run that was interrupted leaves faults for the next one, which may fail as well
        while code != ExitCode.DONE and (not reruns or len(self.layer.struck) > struck):
            struck = len(self.layer.struck)
            if not self._case.reruns_at_once:
                self._clock.run_due(float("inf"))
            code = self._apply().code
            reruns += 1
        self._clock.run_due(float("inf"))
        reported = self._reports
        plan = self._plan()
        after = AccountState(self._harness.emulator.dump())
        yield from (f"lost: {name}" for name, _ in self._expected.rows - after.rows if code == ExitCode.DONE)
        yield from self._silent_duplicates(after, reported, plan)
        if code != ExitCode.DONE and not self.duplicates and not self._still_unknown(code):
            yield f"the last rerun ended with {code}: {reported[-600:]}"
        self.outcome = self._describe(reruns=reruns, code=code)

    def _still_unknown(self, code: int) -> bool:
        """Whether responses were lost in the rerun, too, so that it cannot know."""
        return code == ExitCode.UNKNOWN and len(self._case.faults) > 1

    def _silent_duplicates(self, after: AccountState, reported: str, plan: str) -> Iterator[str]:
        for sids in after.duplicates():
            self.duplicates += 1
            name = f"{after.name_of(sids[0])} ({', '.join(sids)})"
            if self._case.latest <= LOOKS[-1]:
                yield f"exists twice, although nothing committed after the settle window: {name}"
            owned = {str(each.sid) for each in self._harness.ledger.entries} if self._harness.ledger else set()
            for sid in set(sids) - owned:
                if sid not in reported and sid not in plan:
                    yield f"nobody reports {sid}, a duplicate: {name}"

    def _describe(self, *, reruns: int, code: int) -> str:
        if self.duplicates:
            return "duplicates, all of them reported"
        if not self.layer.struck:
            return "no response was lost"
        if code:
            return f"exit {int(code)} in the end"
        return {0: "succeeded in one run", 1: "succeeded after one rerun"}.get(reruns, "succeeded after several reruns")

    def _apply(self) -> Result:
        result = self._attempt(self._harness.apply)
        self._reports += result.text
        return result

    def _plan(self) -> str:
        """Return what the next plan reports, apart from the list of what is not managed."""
        self._harness.transport = None
        try:
            document = json.loads(self._harness.account().plan().to_json())
        except ConfsyncError as error:
            return f"{error.happened} {error.changed} {error.hint}"
        document.pop("unmanaged", None)
        return json.dumps(document)

    def _attempt(self, run: Callable[[], Report]) -> Result:
        try:
            report = run()
        except ConfsyncError as error:
            return Result(code_of_error(error), f"{error.happened} {error.changed} {error.hint}")
        except KeyboardInterrupt:
            return Result(ExitCode.INTERRUPTED, "")
        return Result(
            report.exit_code, " ".join(f"{each.happened} {each.changed} {each.hint}" for each in report.errors)
        )


def _forget_state(harness: Harness) -> None:
    harness.ledger_path.unlink(missing_ok=True)
    for each in (harness.folder / ".confsync").glob("*"):
        each.unlink()
