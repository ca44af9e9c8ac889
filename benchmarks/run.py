"""Run all benchmarks, or those that are named, and write their figures as JSON.

`python benchmarks/run.py [NAME…] [--quick | --full | --sample] [--json FILE]`. Each benchmark writes
`benchmarks/results/NAME.json`, from which `python scripts/docs` makes the tables of the documentation. `--json` also
writes all figures to one file. `--quick` takes about six minutes, `--full` about half an hour. `--sample` takes
seconds, writes only to the file of `--json`, and shows that the benchmarks work.

confsync runs in `.venv-benchmarks`, which has only confsync, because libraries of the tests slow its start. `--python`
names the Python of another environment. Stop other programs first, and compare only figures of the same run.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import UTC, datetime
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from measurement import ROOT, Effort, Figure, compile_package

RESULTS = ROOT / "benchmarks" / "results"
BENCHMARKS = {
    "counts": "count_requests",
    "start-up": "start_up",
    "parse": "parse_yaml",
    "diff": "diff_in_sync",
    "plan": "plan_in_sync",
    "first-apply": "first_apply",
    "apply": "apply_creates",
    "scale": "plan_many_services",
    "drift": "drift_in_sync",
    "export": "export_account",
    "html": "open_html",
    "transports": "transports",
}
"""The module of each benchmark. Its function `measure` yields figures."""

ONLY_IN_FULL = ("html", "transports")
"""Benchmarks without a target. A quick run leaves them out unless it names them."""

FAILURES = (SystemExit, BrokenProcessPool, OSError, subprocess.SubprocessError)
"""What ends one benchmark and not the others."""

Measure = Callable[[Effort], Iterator[Figure]]


def main() -> int:
    """Run the benchmarks; return 1 if a target does not hold or a benchmark fails."""
    options = parse_options()
    effort = effort_of(options)
    documents, failed = {}, []
    for name in options.names or names_for(effort):
        print(f"== {name}", flush=True)
        try:
            documents[name] = measured(name, effort)
        except FAILURES as error:
            failed.append(f"{name} failed: {error}")
            continue
        if not effort.sample and not options.no_results:
            RESULTS.mkdir(exist_ok=True)
            write(RESULTS / f"{name}.json", documents[name])
    if options.json:
        write(options.json, documents)
    figures = [each for document in documents.values() for each in document["figures"]]
    missed = [each for each in figures if each["holds"] is False and not effort.sample]
    print("\n".join((f"\n{len(figures)} figures; {len(missed)} targets do not hold.", *failed)))
    return 1 if failed or missed else 0


def parse_options() -> argparse.Namespace:
    """Parse the command line."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}")
    amount = asked.add_mutually_exclusive_group()
    amount.add_argument("--quick", action="store_true", help="the default")
    amount.add_argument("--full", action="store_true", help="more sizes, and the SDK script with 1,000 services")
    amount.add_argument("--sample", action="store_true", help="small sizes, once")
    asked.add_argument("--runs", type=int, help="runs of the slower benchmarks; the default is 3, or 5 with --full")
    asked.add_argument("--json", type=Path, metavar="FILE", help="write all figures to this file too")
    asked.add_argument("--no-results", action="store_true", help="do not write to benchmarks/results")
    asked.add_argument("--no-peers", action="store_true", help="do not measure other tools")
    asked.add_argument("--python", metavar="PATH", help="the Python of the environment that has confsync")
    asked.add_argument("--terraform", metavar="PATH", help="the binary of Terraform; the default is to look for it")
    options = asked.parse_args()
    if unknown := set(options.names).difference(BENCHMARKS):
        asked.error(f"unknown: {', '.join(sorted(unknown))}; the names are {', '.join(BENCHMARKS)}")
    return options


def effort_of(options: argparse.Namespace) -> Effort:
    """Build what each benchmark receives."""
    return Effort(
        runs=options.runs or (5 if options.full else 3),
        sample=options.sample,
        full=options.full,
        peers=not options.no_peers,
        python=options.python or (sys.executable if options.sample else clean_environment()),
        terraform=options.terraform,
    )


def names_for(effort: Effort) -> Sequence[str]:
    """List what to run if nothing is named."""
    return [name for name in BENCHMARKS if effort.full or effort.sample or name not in ONLY_IN_FULL]


def clean_environment() -> str:
    """Install confsync and nothing else, and return the Python of that environment."""
    folder = ROOT / ".venv-benchmarks"
    variables = {**os.environ, "VENV": str(folder), "PYTHON": sys.executable}
    subprocess.run((str(ROOT / "scripts" / "install"),), env=variables, stdin=subprocess.DEVNULL, check=True)
    python = folder / "bin" / "python"
    compile_package(python, ROOT)
    return str(python)


def measured(name: str, effort: Effort) -> Mapping[str, Any]:
    """Run one benchmark in a new process, and return what is written to its file.

    A child's peak memory is at least what its parent had when it started, so no benchmark may follow another's memory.
    """
    load, began = os.getloadavg()[0], time.perf_counter()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        figures = process.submit(figures_of, name, effort).result()
    return {
        "benchmark": name,
        "effort": "sample" if effort.sample else "full" if effort.full else "quick",
        "date": datetime.now(UTC).date().isoformat(),
        "revision": revision(),
        "machine": {**machine(), "load": round(load, 1)},
        "seconds": round(time.perf_counter() - began, 1),
        "figures": figures,
    }


def figures_of(name: str, effort: Effort) -> list[Mapping[str, object]]:
    """Run one benchmark, and print each figure as soon as it is there."""
    measure: Measure = import_module(BENCHMARKS[name]).measure
    figures = []
    for figure in measure(effort):
        figures.append(figure.as_json())
        print(line_of(figure), flush=True)
    return figures


def line_of(figure: Figure) -> str:
    """Format a figure for the terminal."""
    if not figure.values:
        return f"  {figure.what}: not measured: {figure.note}"
    spread = f"{figure.median:.3f} {figure.unit} ({min(figure.values):.3f} to {max(figure.values):.3f})"
    limit = "" if figure.limit is None else f"; {'at least' if figure.at_least else 'at most'} {figure.limit:.3f}"
    verdict = {None: "", True: "", False: "  <-- does not hold"}[figure.holds]
    return f"  {figure.target:4}{figure.what}: {spread}{limit}{verdict}"


def revision() -> str:
    """Return the commit that is checked out, with a + if files have changed since."""
    commit = git("rev-parse", "--short", "HEAD")
    changed = git("status", "--porcelain", "--untracked-files=no", "--", "confsync", "pyproject.toml")
    return f"{commit}{'+' if changed else ''}"


def git(*arguments: str) -> str:
    """Run Git in the repository, and return its output."""
    done = subprocess.run(("git", *arguments), cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def machine() -> Mapping[str, object]:
    """Describe the machine."""
    return {"system": platform.system(), "cores": os.cpu_count(), "python": platform.python_version()}


def write(path: Path, document: Mapping[str, object]) -> None:
    """Write a JSON file."""
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
