"""Measures a command against a plan of the same services.

Both are whole processes, and both read from the server of `plan_in_sync.py`, which sends each response after 60 ms.
Other load on the machine affects both, because the runs alternate.
"""

import argparse
import os
import platform
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from plan_in_sync import LATENCY, Run, plan_command, run, serving

CommandOf = Callable[[Path, int, int], Sequence[str]]
"""Builds a command line from the folder of the configuration, the concurrency and the number of the run."""

Check = Callable[[Sequence[Run], Sequence[Run]], None]
"""Exits if the runs of the plan and of the command are not what they have to be."""


def measure_against_plan(name: str, doc: str | None, command: CommandOf, check: Check = lambda _, __: None) -> None:
    """Read the options, measure each size, and print a table."""
    asked = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--services", type=int, nargs="+", default=(100, 1_000))
    asked.add_argument("--runs", type=int, default=3)
    asked.add_argument("--parallelism", type=int, default=32)
    options = asked.parse_args()
    columns = ("services", "concurrency", "runs", "plan", name, "ratio", "requests", "memory of both")
    rows = [_measured(name, command, check, each, options) for each in options.services]
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {LATENCY * 1000:.0f} ms, medians (range).\n")
    print(f"| {' | '.join(columns)} |\n|{'---:|' * len(columns)}")
    print("\n".join(f"| {' | '.join(each)} |" for each in rows))


def _measured(
    name: str, command: CommandOf, check: Check, services: int, options: argparse.Namespace
) -> tuple[str, ...]:
    """Run each side in turn, and format the results."""
    plans: list[Run] = []
    others: list[Run] = []
    with tempfile.TemporaryDirectory() as folder, serving(services, Path(folder)) as url:
        for number in range(options.runs):
            plans.append(run(plan_command(Path(folder), options.parallelism), url))
            others.append(run(command(Path(folder), options.parallelism, number), url))
    if any(each.unknown for each in others):
        raise SystemExit(f"{name} sent requests that the server does not know")
    check(plans, others)
    return tuple(_cells(services, options.parallelism, plans, others))


def _cells(services: int, at_once: int, plans: Sequence[Run], others: Sequence[Run]) -> Iterator[str]:
    yield from (f"{services:,}", f"{at_once}", f"{len(plans)}", shown(plans), shown(others))
    yield f"{statistics.median(each.wall for each in others) / statistics.median(each.wall for each in plans):.2f} x"
    yield f"{plans[0].requests:,} and {others[0].requests:,}"
    yield f"{max(each.memory for each in plans):.0f} and {max(each.memory for each in others):.0f} MB"


def shown(runs: Sequence[Run]) -> str:
    """Format the seconds of some runs."""
    walls = [each.wall for each in runs]
    return f"{statistics.median(walls):.2f} s ({min(walls):.2f} to {max(walls):.2f})"
