"""Measures a drift without differences, compared with a plan of the same services.

It fails if a drift sends more requests than a plan, or any request but the reads that the server has recorded.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from against_plan import measure_against_plan
from measurement import Effort, Figure
from processes import Run
from recorded_account import CONFIGURATION


def measure(effort: Effort) -> Iterator[Figure]:
    """Measure a drift."""
    return measure_against_plan("drift", effort, drift_arguments, check_requests)


def drift_arguments(folder: Path, at_once: int, _: int) -> Sequence[str]:
    """Build the arguments of a drift. It exits with 0 only if nothing differs."""
    return ("drift", "-f", str(folder / CONFIGURATION), "--parallelism", str(at_once))


def check_requests(plans: Sequence[Run], drifts: Sequence[Run]) -> None:
    """Exit if a drift sent more requests than a plan."""
    if max(each.requests for each in drifts) > min(each.requests for each in plans):
        raise SystemExit("a drift sent more requests than a plan")
