"""Measures a plan without changes, compared with the same reads by Twilio's SDK (P1 to P3, P6, P10, P11 and P13).

All are whole processes, from the start of Python to the last byte of output. A separate server process sends the
recorded responses of an emulator, each after 60 ms, and reports its CPU time. Runs in which it used more than half a
core are discarded.

One after another, the reads of 1,000 services take five minutes. A full run measures that once; otherwise the time is
extrapolated from the smaller sizes, and the figure says so.
"""

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from measurement import Effort, Figure
from processes import Run, check, plan_arguments, run, valid_runs
from recorded_account import HERE, LATENCY, PREFIX, Size, serving

SIZES = (1, 10, 100, 1_000)
LARGE = 100
"""From this number of services on, the number of concurrent requests limits a plan."""

HOPS = 2
"""The round trips that must follow each other: a page of services, and their contents."""

LATENCIES = 3
"""P13 leaves out as many times the latency. It dates from when the account was checked before anything was read."""

AT_ONCE = (32, 64, 128)
SDK_AT_ONCE = 64
FASTER_THAN_SDK = {32: 25.0, 128: 90.0}


class Key(NamedTuple):
    """What ran: `plan`, or a script with the SDK (`sequence` or `async`), and with what concurrency."""

    who: str
    at_once: int


class Measured(NamedTuple):
    """The valid runs for one size."""

    size: Size
    runs: Mapping[Key, Sequence[Run]]

    @property
    def services(self) -> int:
        """The number of services."""
        return self.size.services

    @property
    def requests(self) -> int:
        """The number of requests that everyone sends."""
        return self.size.requests

    @property
    def words(self) -> str:
        """The size, for people."""
        return self.size.words

    def walls(self, who: str, at_once: int) -> tuple[float, ...]:
        """Return the seconds of each run, or nothing if there was none."""
        return tuple(each.wall for each in self.runs.get(Key(who, at_once), ()))

    def figure(self, name: str, what: str, unit: str, values: Sequence[float]) -> Figure:
        """Return a figure without a target."""
        return Figure(f"plan.{name}.{self.services}", f"{what}, {self.words}", unit, values)


def measure(effort: Effort) -> Iterator[Figure]:
    """Measure each size, and derive the figures of the targets."""
    sizes: list[Measured] = []
    for services in (1, 10) if effort.sample else SIZES:
        with tempfile.TemporaryDirectory() as folder, serving(Size(services), Path(folder)) as url:
            commands = commands_for(services, Path(folder), url, effort)
            size = Measured(Size(services), measured(Size(services), commands, url, effort))
        sizes.append(size)
        yield from figures_of(size)
        yield from compared_with_sdk(size, sizes, effort)
    yield from growth(sizes)


def least_seconds(requests: int, at_once: int) -> float:
    """Return the least seconds of any client."""
    return max(HOPS, requests / at_once) * LATENCY


def commands_for(services: int, folder: Path, url: str, effort: Effort) -> Mapping[Key, Sequence[str]]:
    """List what is measured with this number of services."""
    commands: dict[Key, Sequence[str]] = {}
    for at_once in AT_ONCE:
        commands[Key("plan", at_once)] = (*effort.confsync, *plan_arguments(folder, at_once))
    if effort.peers:
        script = (sys.executable, str(HERE / "read_with_async_sdk.py"), url, PREFIX, str(SDK_AT_ONCE))
        commands[Key("async", SDK_AT_ONCE)] = script
    if effort.peers and (effort.full or services <= LARGE):
        commands[Key("sequence", 1)] = (sys.executable, str(HERE / "read_with_sdk.py"), url, PREFIX)
    return commands


def measured(
    size: Size, commands: Mapping[Key, Sequence[str]], url: str, effort: Effort
) -> Mapping[Key, Sequence[Run]]:
    """Run each command in turn, so that other load on the machine affects all of them."""
    runs: dict[Key, list[Run]] = {key: [] for key in commands}
    for turn in range(effort.times(3 if size.services >= LARGE else 5)):
        for key, command in commands.items():
            if turn == 0 or key.who != "sequence" or size.services < LARGE:
                runs[key].append(run(command, url))
    for each in runs.values():
        check(each, size.requests)
    return {key: valid_runs(each) for key, each in runs.items()}


def figures_of(size: Measured) -> Iterator[Figure]:
    """Yield the time, the CPU time and the memory of a plan."""
    for key, runs in size.runs.items():
        if key.who == "plan":
            yield from figures_for(size, key, runs)
    if size.services < LARGE:
        beyond = [each - LATENCIES * LATENCY for each in size.walls("plan", 128)]
        what = f"plan, {size.words}, minus three times the latency"
        yield Figure(f"plan.beyond-latency.{size.services}", what, "s", beyond, "P13", 0.35)


def figures_for(size: Measured, key: Key, runs: Sequence[Run]) -> Iterator[Figure]:
    """Yield what one command took."""
    what = f"plan, {size.words}, concurrency {key.at_once}"
    name = f"{key.who}.{{}}.{size.services}.{key.at_once}"
    walls, large = [each.wall for each in runs], size.services >= LARGE
    bound = least_seconds(size.requests, key.at_once)
    note = f"{size.requests:,} requests; lower bound {bound:.2f} s"
    limit = 1.15 * bound + 0.4 if large else None
    yield Figure(name.format("wall"), what, "s", walls, "P1" if large else "", limit, note=note)
    cpu = [each.cpu for each in runs]
    yield Figure(name.format("cpu-total"), f"CPU time, {what}", "s", cpu)
    if size.services >= max(SIZES):
        each_read = [each / size.requests * 1000 for each in cpu]
        most = 0.45 if key.at_once == max(AT_ONCE) else None
        yield Figure(name.format("cpu"), f"CPU per read, {what}", "ms", each_read, "P6" if most else "", most)
        memory = [each.memory for each in runs]
        yield Figure(name.format("memory"), f"peak memory, {what}", "MB", memory, "P11", 150)


def compared_with_sdk(size: Measured, sizes: Sequence[Measured], effort: Effort) -> Iterator[Figure]:
    """Yield how much longer the scripts with Twilio's SDK take."""
    if not effort.peers:
        return
    concurrent = size.walls("async", SDK_AT_ONCE)
    yield size.figure("sdk-async", f"SDK, asynchronous, concurrency {SDK_AT_ONCE}", "s", concurrent)
    ratios = [theirs / ours for theirs, ours in zip(concurrent, size.walls("plan", SDK_AT_ONCE), strict=False)]
    what = f"asynchronous SDK over plan, {size.words}, concurrency {SDK_AT_ONCE}"
    yield Figure(f"plan.over-async.{size.services}", what, "x", ratios, "P3", 1.0, at_least=True)
    sequence = size.walls("sequence", 1)
    note = "" if sequence else "extrapolated from the smaller sizes"
    sequence = sequence or (extrapolate(sizes[:-1], size.requests),)
    what = f"SDK, one request after another, {size.words}"
    yield Figure(f"plan.sdk-sequence.{size.services}", what, "s", sequence, note=note)
    for at_once, least in FASTER_THAN_SDK.items():
        ratios = [sequence[0] / ours for ours in size.walls("plan", at_once)]
        what = f"sequential SDK over plan, {size.words}, concurrency {at_once}"
        name, large = f"plan.over-sequence.{size.services}.{at_once}", size.services >= max(SIZES)
        target, limit = ("P2", least) if large else ("", None)
        yield Figure(name, what, "x", ratios, target, limit, at_least=True, note=note)


def extrapolate(sizes: Sequence[Measured], requests: int) -> float:
    """Extrapolate the seconds of the sequential script linearly from the smallest and the largest measured size."""
    first, last = sizes[0], sizes[-1]
    seconds = first.walls("sequence", 1)[0], last.walls("sequence", 1)[0]
    each = (seconds[1] - seconds[0]) / (last.requests - first.requests)
    return seconds[0] + each * (requests - first.requests)


def growth(sizes: Sequence[Measured]) -> Iterator[Figure]:
    """Yield how much more each service takes in the largest plan than in the one before."""
    small, large = sizes[-2:]
    what = f"time per service, {large.services:,} over {small.services:,} services, concurrency"
    for at_once in AT_ONCE:
        pairs = zip(small.walls("plan", at_once), large.walls("plan", at_once), strict=False)
        ratios = [(later / large.services) / (earlier / small.services) for earlier, later in pairs]
        yield Figure(f"plan.growth.{at_once}", f"{what} {at_once}", "x", ratios, "P10", 1.1)
