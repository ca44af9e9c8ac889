"""What a benchmark reports: figures, each with the number of runs, the median, the spread and its target."""

import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / ".venv-peers"
"""Other tools, if they are installed: see docs/benchmarks.md."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, in one unit. `name` identifies it in the files; `what` is for people.

    A figure without values could not be measured, and `note` says what is missing. `target` is the number of a target
    in docs/performance-targets.md. `limit` is the most that the median may be, or the least with `at_least`.
    """

    name: str
    what: str
    unit: str
    values: Sequence[float] = ()
    target: str = ""
    limit: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def median(self) -> float:
        """The median of all runs."""
        return statistics.median(self.values)

    @property
    def holds(self) -> bool | None:
        """Whether the target holds; None if there is no limit or nothing was measured."""
        if self.limit is None or not self.values:
            return None
        return self.median >= self.limit if self.at_least else self.median <= self.limit

    def as_json(self) -> Mapping[str, object]:
        """Return what is written to a file."""
        measured = {"median": self.median, "min": min(self.values), "max": max(self.values)} if self.values else {}
        return {
            "name": self.name,
            "figure": self.what,
            "target": self.target,
            "unit": self.unit,
            "runs": len(self.values),
            **{name: round(value, 5) for name, value in measured.items()},
            "limit": None if self.limit is None else round(self.limit, 5),
            "at_least": self.at_least,
            "holds": self.holds,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Effort:
    """How much to measure. `python` runs confsync; `sample` only shows that a benchmark works."""

    runs: int = 3
    sample: bool = False
    full: bool = False
    peers: bool = True
    python: str = sys.executable
    terraform: str | None = None

    def times(self, runs: int) -> int:
        """Return how often to measure what is measured `runs` times in a quick run."""
        return 1 if self.sample else max(1, runs * self.runs // 3)

    @property
    def confsync(self) -> tuple[str, ...]:
        """The command line that starts confsync."""
        return (str(Path(self.python).parent / "confsync"),)


def missing(name: str, what: str, reason: str, target: str = "") -> Figure:
    """Return a figure that could not be measured, with the reason."""
    return Figure(name, what, "", target=target, note=reason)


def compile_package(python: Path, folder: Path) -> None:
    """Write the bytecode of confsync, so that the first run does not take longer than the others."""
    left_out = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH")
    environ = {name: value for name, value in os.environ.items() if name not in left_out}
    subprocess.run((python, "-m", "compileall", "-q", folder / "confsync"), env=environ, check=True)
