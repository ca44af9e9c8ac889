"""Measures an export of an account, compared with a plan of the same services."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from against_plan import measure_against_plan
from measurement import Effort, Figure


def measure(effort: Effort) -> Iterator[Figure]:
    """Measure an export."""
    return measure_against_plan("export", effort, export_arguments)


def export_arguments(folder: Path, at_once: int, number: int) -> Sequence[str]:
    """Build the arguments of an export without a configuration. It exits with 0 only if its plan is empty."""
    empty = folder / "empty"
    empty.mkdir(exist_ok=True)
    options = ("-C", str(empty), "--output", str(folder / f"live-{number}"), "--parallelism", str(at_once))
    return ("export", *options)
