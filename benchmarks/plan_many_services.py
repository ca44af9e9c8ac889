"""Measures plans of up to 5,000 services and 100,000 declared resources (P11, and the scale study)."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from measurement import Effort, Figure
from plan_in_sync import least_seconds
from processes import check, plan_arguments, run, valid_runs
from recorded_account import Size, serving

AT_ONCE = 128
MOST_MEMORY = {1_000: 150.0, 5_000: 300.0}
SAMPLE = (Size(5), Size(5, roles=16))
QUICK = (Size(5_000),)
FULL = (Size(1_000), Size(2_000), Size(5_000), Size(1_000, roles=16), Size(5_000, roles=16))


def measure(effort: Effort) -> Iterator[Figure]:
    """Measure each size."""
    for size in SAMPLE if effort.sample else FULL if effort.full else QUICK:
        with tempfile.TemporaryDirectory() as folder, serving(size, Path(folder)) as url:
            command = (*effort.confsync, *plan_arguments(Path(folder), AT_ONCE))
            runs = [run(command, url) for _ in range(3 if effort.full else 1)]
        check(runs, size.requests)
        runs = list(valid_runs(runs))
        name = f"scale.{{}}.{size.services}.{size.roles}"
        what = f"plan, {size.words}, {size.resources:,} resources, concurrency {AT_ONCE}"
        note = f"{size.requests:,} requests; lower bound {least_seconds(size.requests, AT_ONCE):.2f} s"
        yield Figure(name.format("wall"), what, "s", [each.wall for each in runs], note=note)
        each_read = [each.cpu / size.requests * 1000 for each in runs]
        yield Figure(name.format("cpu"), f"CPU per read, {what}", "ms", each_read)
        memory, most = [each.memory for each in runs], MOST_MEMORY.get(size.services)
        # The target is about the usual number of resources of a service.
        target = "P11" if most and size.roles == Size(1).roles else ""
        yield Figure(name.format("memory"), f"peak memory, {what}", "MB", memory, target, most if target else None)
