"""Counts the requests of a plan and the writes of an apply without changes (P4, P5). It measures no time.

`tests/acceptance/test_counts.py` asserts the same counts.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from measurement import Effort, Figure
from recorded_account import Size, applied_account


def measure(effort: Effort) -> Iterator[Figure]:
    """Count the requests of each size."""
    for services in (1, 10) if effort.sample else (1, 10, 100):
        with (
            tempfile.TemporaryDirectory() as folder,
            applied_account(Size(services), Path(folder)) as (account, emulator),
        ):
            emulator.log.clear()
            plan = account.plan()
            requests = len(emulator.log)
            emulator.log.clear()
            account.apply(plan)
            writes = sum(each.method != "GET" for each in emulator.log)
        what = Size(services).words
        more = requests - Size(services).requests
        note = f"{requests:,} requests"
        yield Figure(
            f"counts.reads.{services}",
            f"requests of a plan beyond the formula, {what}",
            "requests",
            [more],
            "P4",
            0,
            note=note,
        )
        yield Figure(
            f"counts.writes.{services}", f"writes of an apply without changes, {what}", "requests", [writes], "P5", 0
        )
