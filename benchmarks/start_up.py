"""Measure how long confsync takes to start, relative to starting Python alone in the same run (P9, P13).

`python benchmarks/start_up.py [--runs 15] [--now PYTHON] [--before PYTHON] [--sample]`. Every command is a whole
process, and the commands take turns, so that a busy moment of the machine affects all of them. `--now` and `--before`
name the Python of virtual environments in which one revision each is installed, without extras: httpx imports its own
command line where it finds rich, which the `test` extra brings. The plan reads one service that is in sync from a local
server that answers 60 ms late; three round trips of it are latency, and the rest is ours. "libraries" is what the
required packages take by themselves: the floor for every command that reads a configuration.
"""

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from plan_in_sync import HOPS, LATENCY, plan_arguments, serving, variables_for

QUICKSTART = Path(__file__).resolve().parent.parent / "examples/quickstart/confsync.yaml"
LIBRARIES = "import click; from pydantic import BaseModel, BeforeValidator, ConfigDict, Field; import yaml.cyaml"
TARGETS = {"libraries": "- x", "version": "5 x", "--help": "6 x", "validate": "12 x", "plan of one service": "0.35 s"}
"""The targets: ratios to starting Python alone, and for the plan the seconds beyond three times the latency."""

Walls = dict[str, list[float]]


def main() -> None:
    """Measure each command and print a table."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--runs", type=int, default=15)
    asked.add_argument("--now", metavar="PYTHON", default=sys.executable, help="the Python of the revision to measure")
    asked.add_argument("--before", metavar="PYTHON", help="the Python of a revision to compare with")
    asked.add_argument("--sample", action="store_true", help="run each command once, to show that all of this works")
    options = asked.parse_args()
    pythons = {"now": options.now, **({"before": options.before} if options.before else {})}
    with tempfile.TemporaryDirectory() as name, serving(1, Path(name)) as url:
        shutil.copy(QUICKSTART, Path(name, "quickstart.yaml"))
        walls = measure(Path(name), url, pythons, 1 if options.sample else options.runs)
    print("\n".join(as_markdown(walls, tuple(pythons))))


def measure(folder: Path, url: str, pythons: Mapping[str, str], runs: int) -> Walls:
    """Run every command in turn, once to warm up and then as often as asked."""
    commands = dict(commands_of(folder, pythons))
    environ = variables_for(url)
    walls: Walls = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            wall = timed(command, folder, environ)
            if turn:
                walls[name].append(wall)
    return walls


def commands_of(folder: Path, pythons: Mapping[str, str]) -> Iterator[tuple[str, Sequence[str]]]:
    """Name each command by what it does and by the revision that runs it."""
    yield "bare", (pythons["now"], "-c", "pass")
    for revision, python in pythons.items():
        confsync = (python, "-m", "confsync")
        yield f"libraries {revision}", (python, "-c", LIBRARIES)
        yield f"version {revision}", (*confsync, "version")
        yield f"--help {revision}", (*confsync, "--help")
        yield f"validate {revision}", (*confsync, "validate", "-f", "quickstart.yaml")
        yield f"plan of one service {revision}", (*confsync, *plan_arguments(folder, 32))


def timed(command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> float:
    """Run one process to its end and return the seconds that it took. Raises SystemExit where it fails."""
    began = time.perf_counter()
    ended = subprocess.run(
        command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, capture_output=True, check=False, text=True
    )
    wall = time.perf_counter() - began
    if ended.returncode:
        raise SystemExit(f"{' '.join(command)} exited with {ended.returncode}:\n{ended.stdout}{ended.stderr}")
    return wall


def as_markdown(walls: Walls, revisions: Sequence[str]) -> Iterator[str]:
    """Print a table that can go into the documentation as it is."""
    bare = statistics.median(walls["bare"])
    yield f"Python {platform.python_version()}, {os.cpu_count()} cores, medians of {len(walls['bare'])} runs (spread)."
    yield f"Starting Python alone takes {bare * 1000:.0f} ms."
    yield ""
    yield f"| command | target | {' | '.join(revisions)} |"
    yield f"|---|---:|{'---:|' * len(revisions)}"
    for command, target in TARGETS.items():
        cells = (cell(walls[f"{command} {revision}"], target, bare) for revision in revisions)
        yield f"| {command} | {limit_of(target)} | {' | '.join(cells)} |"


def limit_of(target: str) -> str:
    """Describe a target; the libraries have none."""
    return "" if target.startswith("-") else f"at most {target}"


def cell(walls: Sequence[float], target: str, bare: float) -> str:
    """Express the times in the unit of their target."""
    if target.endswith("x"):
        low, middle, high = (each / bare for each in (min(walls), statistics.median(walls), max(walls)))
        return f"{middle:.1f} x ({low:.1f} to {high:.1f})"
    low, middle, high = (each - HOPS * LATENCY for each in (min(walls), statistics.median(walls), max(walls)))
    return f"{middle:.2f} s ({low:.2f} to {high:.2f})"


if __name__ == "__main__":
    main()
