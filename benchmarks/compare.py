"""Compare two revisions: `python benchmarks/compare.py REV1 REV2 [NAME…] [--rounds 3] [--full | --sample]`.

Each revision is checked out into a temporary worktree and installed in an environment of its own (two names of one
commit share them). Then the revisions take turns, so that other load on the machine affects both. In each round, each
revision runs the benchmarks of *this* checkout. They import some modules of confsync, so they cannot measure a revision
from before these modules existed. A ratio is the median of REV2 divided by that of REV1.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from measurement import ROOT, compile_package

HERE = Path(__file__).resolve().parent
NAMES = ("start-up", "plan")
Values = dict[str, list[float]]
"""The medians of each round, by the name of the figure."""


def main() -> None:
    """Compare, and print a table."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("revisions", nargs=2, metavar="REV")
    asked.add_argument("names", nargs="*", metavar="NAME", help=f"benchmarks of run.py; default: {' '.join(NAMES)}")
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--full", action="store_true")
    asked.add_argument("--sample", action="store_true", help="one round of small sizes")
    options = asked.parse_args()
    amount = [f"--{name}" for name in ("full", "sample") if getattr(options, name)]
    arguments = (*(options.names or NAMES), "--no-results", "--no-peers", "--runs", "1", *amount)
    with tempfile.TemporaryDirectory() as folder:
        rounds = 1 if options.sample else options.rounds
        found, what = compare(options.revisions, arguments, rounds, Path(folder))
    print("\n".join(as_markdown(options.revisions, found, what)))


def compare(
    revisions: Sequence[str], arguments: Sequence[str], rounds: int, folder: Path
) -> tuple[Sequence[Values], Mapping[str, str]]:
    """Run the benchmarks as often as asked, the revisions in turn. Return the values and the meaning of each name."""
    found: list[Values] = [{} for _ in revisions]
    what: dict[str, str] = {}
    is_same = len({commit_of(each) for each in revisions}) == 1  # shows by how much figures differ by chance
    with (
        checked_out(revisions[0], folder / "1") as first,
        nullcontext(first) if is_same else checked_out(revisions[1], folder / "2") as second,
    ):
        for turn in range(rounds):
            for values, python in zip(found, (first, second), strict=True):
                print(f"round {turn + 1} of {rounds}, {python.parents[2].name}", file=sys.stderr, flush=True)
                for figure in figures_of(python, arguments, folder / "figures.json"):
                    if figure["runs"]:
                        values.setdefault(figure["name"], []).append(figure["median"])
                        what[figure["name"]] = f"{figure['figure']} ({figure['unit']})"
    return found, what


@contextmanager
def checked_out(revision: str, folder: Path) -> Iterator[Path]:
    """Check out a revision, install it, and yield its Python."""
    git("worktree", "add", "--quiet", "--detach", str(folder), revision)
    try:
        environment = folder / ".venv-benchmarks"
        subprocess.run((sys.executable, "-m", "venv", "--without-pip", str(environment)), check=True)
        python = environment / "bin" / "python"
        pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--disable-pip-version-check")
        subprocess.run((*pip, "--editable", str(folder)), stdin=subprocess.DEVNULL, check=True)
        compile_package(python, folder)
        yield python
    finally:
        git("worktree", "remove", "--force", str(folder))


def commit_of(revision: str) -> str:
    """Find out which commit a revision is."""
    command = ("git", "rev-parse", "--verify", f"{revision}^{{commit}}")
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def git(*arguments: str) -> None:
    """Run Git in the repository."""
    subprocess.run(("git", *arguments), cwd=ROOT, stdin=subprocess.DEVNULL, check=True)


def figures_of(python: Path, arguments: Sequence[str], file: Path) -> Sequence[Mapping[str, Any]]:
    """Run the benchmarks of this checkout once, with the Python of a revision."""
    command = (str(python), str(HERE / "run.py"), *arguments, "--python", str(python), "--json", str(file))
    left_out = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
    environ = {name: value for name, value in os.environ.items() if name not in left_out}
    done = subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if not file.exists():
        raise SystemExit(f"the benchmarks failed with {python}:\n{done.stdout}{done.stderr}")
    documents = json.loads(file.read_text(encoding="utf-8"))
    file.unlink()
    return [figure for document in documents.values() for figure in document["figures"]]


def as_markdown(revisions: Sequence[str], found: Sequence[Values], what: Mapping[str, str]) -> Iterator[str]:
    """Print a table of the medians and their ratios."""
    yield f"| figure | {revisions[0]} | {revisions[1]} | ratio |"
    yield "|---|---:|---:|---:|"
    for name, meaning in what.items():
        sides = [values.get(name, []) for values in found]
        first, second = (statistics.median(each) if each else None for each in sides)
        ratio = f"{second / first:.2f} x" if first and second is not None else ""
        yield f"| {meaning} | {cell(sides[0])} | {cell(sides[1])} | {ratio} |"


def cell(values: Sequence[float]) -> str:
    """Format the values of one revision."""
    if not values:
        return "not measured"
    return f"{statistics.median(values):.3f} ({min(values):.3f} to {max(values):.3f})"


if __name__ == "__main__":
    main()
