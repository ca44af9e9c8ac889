"""Stops an apply with a signal while requests are in flight, measures how long it takes to end, and runs it again."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap
from pathlib import Path
from random import Random
from shutil import rmtree
from time import monotonic, sleep

import httpx
from msgspec.structs import replace

from confsync.emulator.emulator import ACCOUNT_SID, Emulator
from confsync.emulator.http import Cut, Delivery, Disconnect, EmulatorRequest, EmulatorResponse
from confsync.state.ledger import Ledger
from tests.campaigns.account_state import AccountState, differences, entries_of, ledger_differences, sorted_names
from tests.campaigns.kill_points import APPLY_FILE, empty_machine
from tests.campaigns.machine import Machine
from tests.campaigns.options import Options
from tests.campaigns.report import Progress
from tests.campaigns.transports import WrappingTransport

CLAIM = (
    "if each request takes 60 ms, 99% of the runs end within 2 seconds of the signal; "
    "running the same `apply FILE` again completes the plan; "
    "no change is lost, and no resource exists twice"
)
LATENCY = 0.06
LONGEST_MS = 2000
CASES = 200
SHARE_OF_HANGS = 0.2
"""In this share of the cases, Twilio responds to no write once the signal has been sent."""

SILENCE = Delivery(cut=Cut.BEFORE_HEADERS, disconnect=Disconnect.HANG, seconds=3600.0)
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}


@dataclass(frozen=True)
class Stop:
    """Which signal comes how long after a request was sent, and whether Twilio responds to writes afterwards."""

    number: signal.Signals
    request: int
    delay: float
    hangs: bool

    @property
    def name(self) -> str:
        """Describe it in a few words."""
        return f"{self.number.name}{', without responses' if self.hangs else ''}"


@dataclass(frozen=True)
class Undisturbed:
    """The state before the apply, how many requests it sends, and the state afterwards."""

    before: Machine
    requests: int
    account: AccountState
    entries: Counter[str]


class SlowTransport(WrappingTransport):
    """A transport with latency, over which no write gets a response once `silence` is set."""

    def __init__(self, inner: httpx.AsyncBaseTransport, silence: mmap) -> None:
        super().__init__(inner)
        self._silence = silence

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(LATENCY / 2)
        response = await self._inner.handle_async_request(request)
        await asyncio.sleep(LATENCY / 2)
        if self._silence[0] and request.method != "GET":
            await asyncio.Event().wait()
        return response


class SlowEmulator:
    """An emulator with latency that responds to no write once `silence` is set."""

    def __init__(self, emulator: Emulator, silence: mmap) -> None:
        self._emulator = emulator
        self._silence = silence

    def handle(self, request: EmulatorRequest) -> EmulatorResponse:
        """Answer one request, or let the client wait."""
        sleep(LATENCY / 2)
        response = self._emulator.handle(request)
        sleep(LATENCY / 2)
        if self._silence[0] and request.method != "GET":
            return replace(response, delivery=SILENCE)
        return response


class SignallingTransport(WrappingTransport):
    """Sends this process a signal while a request is in flight."""

    def __init__(self, inner: httpx.AsyncBaseTransport, log: Path, stop: Stop | None, silence: mmap) -> None:
        super().__init__(inner)
        self._log = log
        self._stop = stop
        self._silence = silence
        self._requests = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._requests += 1
        if self._stop and self._requests == self._stop.request:
            asyncio.get_running_loop().call_later(self._stop.delay, self._send_signal, self._stop)
        if not self._stop:
            self._log.write_text(str(self._requests), "utf-8")
        return await self._inner.handle_async_request(request)

    def _send_signal(self, stop: Stop) -> None:
        self._silence[0] = stop.hangs
        self._log.write_text(str(monotonic()), "utf-8")
        os.kill(os.getpid(), stop.number)


def run_signals(options: Options, progress: Progress) -> None:
    """Run the campaign."""
    # a shell starts a command in the background with SIGINT ignored, and confsync leaves it so
    signal.signal(signal.SIGINT, signal.default_int_handler)
    undisturbed = _undisturbed(options)
    cases = list(_chosen(options, undisturbed.requests))
    progress.expect(len(cases))
    times = []
    for case, stop in cases:
        workspace = options.workspace / "case"
        workspace.mkdir()
        outcome, milliseconds, problems = run_case(undisturbed, stop, workspace)
        times += [milliseconds] if milliseconds is not None else []
        progress.add(f"{case} ({stop.name})", outcome, problems, options.command_for(case))
        if problems and options.case:
            return
        rmtree(workspace)
    if times:
        _check_times(sorted(times), progress)


def _check_times(times: list[int], progress: Progress) -> None:
    at_99 = times[min(len(times) - 1, int(len(times) * 0.99))]
    progress.facts |= {
        "ms from signal to end: median": times[len(times) // 2],
        "ms from signal to end: 99th percentile": at_99,
    }
    progress.facts |= {"ms from signal to end: longest": times[-1]}
    if at_99 > LONGEST_MS:
        progress.add("all", "too slow", [f"the 99th percentile is {at_99} ms"])


def _chosen(options: Options, requests: int) -> Iterator[tuple[str, Stop]]:
    """Yield random stops, or only the one that the options name."""
    random = Random(options.seed)  # noqa: S311 — reproducible
    for number in range(options.points or CASES):
        stop = Stop(
            number=random.choice(list(CODES)),
            request=random.randint(1, requests),
            delay=random.uniform(0, LATENCY),
            hangs=random.random() < SHARE_OF_HANGS,
        )
        if options.case in {"", str(number)}:
            yield str(number), stop


def _undisturbed(options: Options) -> Undisturbed:
    workspace = options.workspace
    before = empty_machine(workspace / "before", options.transport)
    before.plan_in_this_process()
    made = before.run("plan", "--max-deletes", "20", "--out", "plan.json")
    assert made == 0, before.output.read_text("utf-8")
    done = before.copy(_made(workspace / "undisturbed"))
    log = done.folder.with_suffix(".requests")
    assert _apply_slowly(done, log, None) == 0, done.output.read_text("utf-8")
    account = AccountState(done.database)
    entries = entries_of(done.ledger or Ledger(ACCOUNT_SID, ""), account)
    return Undisturbed(before, int(log.read_text("utf-8")), account, entries)


def run_case(undisturbed: Undisturbed, stop: Stop, workspace: Path) -> tuple[str, int | None, list[str]]:
    """Stop an apply and run it again; return how it ended, after how many milliseconds, and the problems."""
    machine = undisturbed.before.copy(workspace)
    log = machine.folder.with_suffix(".signal")
    code = _apply_slowly(machine, log, stop)
    ended = float(machine.ended_file.read_text("utf-8")) if machine.transport.is_real else monotonic()
    if not log.exists():
        return "ended before the signal", None, [f"the apply ended with {code}"] if code else []
    milliseconds = round((ended - float(log.read_text("utf-8"))) * 1000)
    output = machine.output.read_text("utf-8")
    problems = [*_problems_of_stop(code, stop, output), *_problems_of_rerun(code, machine, undisturbed)]
    return f"exit {code}{', without responses' if stop.hangs else ''}", milliseconds, problems


def _problems_of_stop(code: int, stop: Stop, output: str) -> Iterator[str]:
    if code not in {0, CODES[stop.number]}:
        yield f"the stopped run ended with {code}: {output[-500:]}"
    if "Traceback" in output:
        yield "a traceback"
    if code and [line.partition(":")[0] for line in output.splitlines()[-3:]] != ["Error", "State", "Next"]:
        yield f"not the three lines: {output[-500:]}"


def _problems_of_rerun(code: int, machine: Machine, undisturbed: Undisturbed) -> Iterator[str]:
    if code:
        again = machine.run(*APPLY_FILE)
        if again:
            yield f"the rerun ended with {again}: {machine.output.read_text('utf-8')[-500:]}"
    after = AccountState(machine.database)
    yield from differences(undisturbed.account, after)
    for each in after.duplicates():
        yield f"exists twice: {', '.join(sorted_names(after, each))}"
    ledger = machine.ledger
    if ledger is None or ledger.pending:
        yield "there is no ledger, or one with a pending create"
    else:
        yield from ledger_differences(undisturbed.entries, entries_of(ledger, after))


def _apply_slowly(machine: Machine, log: Path, stop: Stop | None) -> int:
    """Apply the saved plan with latency, on the emulator's side of the sockets if there are any."""
    with mmap(-1, 1) as silence:  # several processes share it

        def wrap(inner: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
            slow = inner if machine.transport.is_real else SlowTransport(inner, silence)
            return SignallingTransport(slow, log, stop, silence)

        if machine.transport.is_real:
            return machine.run(*APPLY_FILE, wrap=wrap, served_by=lambda emulator: SlowEmulator(emulator, silence))
        return machine.run(*APPLY_FILE, wrap=wrap)


def _made(directory: Path) -> Path:
    directory.mkdir(parents=True)
    return directory
