"""Measure an export of an account, compared with a plan of the same services.

`python benchmarks/export_account.py [--services 1000] [--runs 3]`
"""

from collections.abc import Sequence
from pathlib import Path

from against_plan import measure_against_plan
from plan_in_sync import BIN


def export_command(folder: Path, at_once: int, number: int) -> Sequence[str]:
    """Build the command line of an export without a configuration. It exits with 0 only if its plan is empty."""
    empty = folder / "empty"
    empty.mkdir(exist_ok=True)
    options = ("-C", str(empty), "--output", str(folder / f"live-{number}"), "--parallelism", str(at_once))
    return (str(BIN / "confsync"), "export", *options)


if __name__ == "__main__":
    measure_against_plan("export", __doc__, export_command)
