"""Runs one process to its end, and measures its time, its memory and its requests."""

import json
import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from recorded_account import CONFIGURATION

from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN


@dataclass(frozen=True, slots=True)
class Run:
    """One process: seconds of wall time and of CPU, peak memory in MB, and its requests.

    `repeated` counts the writes that it sent more than once, and `rate` is the most writes to one service in a second.
    """

    wall: float
    cpu: float
    memory: float
    requests: int
    unknown: int
    server_share: float
    writes: int = 0
    repeated: int = 0
    rate: int = 0

    @property
    def valid(self) -> bool:
        """Whether the server had CPU to spare."""
        return self.server_share <= 0.5  # noqa: PLR2004 — half a core, as documented above


def plan_arguments(folder: Path, at_once: int) -> tuple[str, ...]:
    """Build the arguments of that plan."""
    options = ("-f", str(folder / CONFIGURATION), "--detailed-exitcode", "--parallelism", str(at_once))
    return ("plan", *options)


def variables_for(url: str) -> dict[str, str]:
    """Build the environment variables of a process that reads from the local server."""
    # Where bytecode is not written, Python compiles confsync at every start, as no user's Python does.
    left_out = ("CONFSYNC_", "TWILIO_", "PYTHONDONTWRITEBYTECODE")
    others = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return others | {"CONFSYNC_BASE_URL": url, "TWILIO_ACCOUNT_SID": ACCOUNT_SID, "TWILIO_AUTH_TOKEN": AUTH_TOKEN}


def run(command: Sequence[str], url: str) -> Run:
    """Run one process and measure it."""
    tally(url)
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, env=variables_for(url), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            raise SystemExit(f"{' '.join(command)} exited with {process.returncode}:\n{output.read().decode()[-4000:]}")
    counts = tally(url)
    return Run(
        wall=wall,
        cpu=used.ru_utime + used.ru_stime,
        memory=used.ru_maxrss / (1024**2 if platform.system() == "Darwin" else 1024),
        requests=int(counts["requests"]),
        unknown=int(counts["unknown"]),
        server_share=counts["cpu"] / wall,
        writes=int(counts.get("writes", 0)),
        repeated=int(counts.get("repeated", 0)),
        rate=int(counts.get("rate", 0)),
    )


def tally(url: str) -> Mapping[str, float]:
    """Read the counts of the server since the last tally."""
    with urlopen(f"{url}/tally") as response:  # noqa: S310 — our own server on this machine
        counts: Mapping[str, float] = json.load(response)
    return counts


def check(runs: Sequence[Run], requests: int) -> None:
    """Exit unless every process sent exactly the expected requests."""
    for each in runs:
        if (each.requests, each.unknown) != (requests, 0):
            raise SystemExit(f"a process sent {each.requests} requests ({each.unknown} unknown) instead of {requests}")


def valid_runs(runs: Sequence[Run]) -> Sequence[Run]:
    """Discard the runs in which the server was too busy."""
    found = [each for each in runs if each.valid]
    if len(found) * 2 <= len(runs):
        raise SystemExit("the server was too busy, so the times measure the server: stop other programs and try again")
    return found
