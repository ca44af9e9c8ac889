"""Measures the comparison of 10,000 resources that are in sync (P8), and counts the calls to DeepDiff."""

import gc
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

from measurement import Effort, Figure
from recorded_account import Size, applied_account

from confsync.planning.diff import field_differences
from confsync.planning.make import LivePlan, make_plan


def measure(effort: Effort) -> Iterator[Figure]:
    """Plan once, and then compare the same values several times."""
    size = Size(10 if effort.sample else 1_000, roles=6)
    with tempfile.TemporaryDirectory() as folder, applied_account(size, Path(folder)) as (account, _):
        plan = account.plan().live
    found = [timed(plan) for _ in range(effort.times(9))]
    resources = f"{size.resources:,} resources in sync"
    yield Figure("diff.compare", f"compare {resources}", "ms", [each for each, _ in found], "P8", 60)
    yield Figure("diff.plan", f"decide what to do with {resources}", "ms", [each for _, each in found])
    yield Figure("diff.deepdiff", f"calls to DeepDiff, {resources}", "calls", [deepdiff_calls(plan)], "P8", 0)


def timed(plan: LivePlan) -> tuple[float, float]:
    """Return the milliseconds of the comparison alone, and of everything that makes the plan from what was read."""
    pairs = [
        (desired, plan.snapshot.masked_fields(desired, plan.snapshot.matches[address].found))
        for address, desired in plan.config.declared.items()
    ]
    gc.collect()
    gc.freeze()  # as confsync does after it has read the configuration
    began = time.perf_counter()
    differences = [each for desired, live in pairs for each in field_differences(desired, live)]
    compared = time.perf_counter()
    replan(plan)
    planned = time.perf_counter()
    gc.unfreeze()
    if differences:
        raise SystemExit(f"the account is not in sync: {differences[0]}")
    return (compared - began) * 1000, (planned - compared) * 1000


def replan(plan: LivePlan) -> None:
    """Make the same plan again from what was read."""
    made = make_plan(
        plan.config,
        plan.snapshot,
        plan.target,
        ledger=plan.ledger,
        fingerprinter=plan.fingerprinter,
        intent=plan.intent,
    )
    if any(each.actions for each in made.changes):
        raise SystemExit("the plan has changes")


def deepdiff_calls(plan: LivePlan) -> int:
    """Count the calls while a plan is made."""
    with patch("deepdiff.DeepDiff") as calls:
        replan(plan)
    return calls.call_count
