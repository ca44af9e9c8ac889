"""Measure an export of an account, compared with a plan of the same services.

`python benchmarks/export_account.py [--services 1000] [--runs 3]`. Both are whole processes, and both read from the
server of `plan_in_sync.py`, which sends each response after 60 ms. Other load on the machine affects both, because the
runs alternate.
"""

import argparse
import os
import platform
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from plan_in_sync import BIN, LATENCY, Run, plan_command, run, serving

COLUMNS = ("services", "concurrency", "runs", "plan", "export", "ratio", "requests", "memory of both")


def main() -> None:
    """Measure, and print a table."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--services", type=int, nargs="+", default=(100, 1_000))
    asked.add_argument("--runs", type=int, default=3)
    asked.add_argument("--parallelism", type=int, default=32)
    options = asked.parse_args()
    rows = [tuple(measured(each, options.runs, options.parallelism)) for each in options.services]
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {LATENCY * 1000:.0f} ms, medians (range).\n")
    print(f"| {' | '.join(COLUMNS)} |\n|{'---:|' * len(COLUMNS)}")
    print("\n".join(f"| {' | '.join(each)} |" for each in rows))


def measured(services: int, runs: int, at_once: int) -> Iterator[str]:
    """Run each side in turn, and format the results."""
    plans: list[Run] = []
    exports: list[Run] = []
    with tempfile.TemporaryDirectory() as folder, serving(services, Path(folder)) as url:
        for number in range(runs):
            plans.append(run(plan_command(Path(folder), at_once), url))
            exports.append(run(export_command(Path(folder), at_once, number), url))
    if any(each.unknown for each in exports):
        raise SystemExit("an export sent requests that the server does not know")
    yield from (f"{services:,}", f"{at_once}", f"{runs}", shown(plans), shown(exports))
    yield f"{statistics.median(each.wall for each in exports) / statistics.median(each.wall for each in plans):.2f} x"
    yield f"{plans[0].requests:,} and {exports[0].requests:,}"
    yield f"{max(each.memory for each in plans):.0f} and {max(each.memory for each in exports):.0f} MB"


def export_command(folder: Path, at_once: int, number: int) -> Sequence[str]:
    """Build the command line of an export without a configuration. It exits with 0 only if its plan is empty."""
    empty = folder / "empty"
    empty.mkdir(exist_ok=True)
    options = ("-C", str(empty), "--output", str(folder / f"live-{number}"), "--parallelism", str(at_once))
    return (str(BIN / "confsync"), "export", *options)


def shown(runs: Sequence[Run]) -> str:
    """Format the seconds of some runs."""
    walls = [each.wall for each in runs]
    return f"{statistics.median(walls):.2f} s ({min(walls):.2f} to {max(walls):.2f})"


if __name__ == "__main__":
    main()
