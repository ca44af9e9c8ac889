"""Measure a drift without differences, compared with a plan of the same services.

`python benchmarks/drift_in_sync.py [--services 1000] [--runs 3]`. It fails if a drift sends more requests than a plan,
or any request but the reads that the server has recorded.
"""

from collections.abc import Sequence
from pathlib import Path

from against_plan import measure_against_plan
from plan_in_sync import BIN, Run


def drift_command(folder: Path, at_once: int, _: int) -> Sequence[str]:
    """Build the command line of a drift. It exits with 0 only if nothing differs."""
    return (str(BIN / "confsync"), "drift", "-f", str(folder / "confsync.yaml"), "--parallelism", str(at_once))


def check_requests(plans: Sequence[Run], drifts: Sequence[Run]) -> None:
    """Exit if a drift sent more requests than a plan."""
    if max(each.requests for each in drifts) > min(each.requests for each in plans):
        raise SystemExit("a drift sent more requests than a plan")


if __name__ == "__main__":
    measure_against_plan("drift", __doc__, drift_command, check_requests)
