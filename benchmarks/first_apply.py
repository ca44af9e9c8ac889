"""Measures the first apply of an account that is still empty (P13): whole processes, from the plan to the last read.

An emulator in a process of its own answers each request 60 ms later. It needs more CPU than recorded responses do, so
only small sizes are measured. Each run begins with an empty account and without a ledger.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from measurement import Effort, Figure
from processes import Run, run, valid_runs
from recorded_account import CONFIGURATION, HERE, LATENCY, SINGLETONS, Size, write_configuration

AT_ONCE = (32, 128)


def measure(effort: Effort) -> Iterator[Figure]:
    """Measure each size, with each concurrency in turn."""
    for size in (Size(1),) if effort.sample else (Size(1), Size(10)):
        runs: dict[int, list[Run]] = {at_once: [] for at_once in AT_ONCE}
        for _ in range(effort.times(3)):
            for at_once, found in runs.items():
                found.append(applied(size, at_once, effort))
        for at_once, found in runs.items():
            yield figure_of(size, at_once, valid_runs(found))


def figure_of(size: Size, at_once: int, runs: Sequence[Run]) -> Figure:
    """Return the time of an apply."""
    note = f"{runs[0].requests:,} requests, of which {runs[0].writes:,} are writes"
    what = f"first apply, {size.words}, concurrency {at_once}"
    return Figure(f"first-apply.wall.{size.services}.{at_once}", what, "s", [each.wall for each in runs], note=note)


def applied(size: Size, at_once: int, effort: Effort) -> Run:
    """Apply once, and check that everything was created once."""
    with tempfile.TemporaryDirectory() as folder, serving() as url:
        write_configuration(size, Path(folder))
        options = ("-f", str(Path(folder, CONFIGURATION)), "--auto-approve", "--parallelism", str(at_once))
        found = run((*effort.confsync, "apply", *options), url)
    expected = size.services * (1 + SINGLETONS + size.roles)
    if (found.writes, found.unknown) != (expected, 0):
        raise SystemExit(f"an apply sent {found.writes} writes instead of {expected}, and {found.unknown} were refused")
    return found


@contextmanager
def serving() -> Iterator[str]:
    """Serve an empty account."""
    command = (sys.executable, str(HERE / "delayed_emulator.py"), str(LATENCY))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        if not server.stdout:
            raise RuntimeError
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()
