"""Measures a command against a plan of the same services.

Both are whole processes, and both read from the server of `recorded_account.py`, which sends each response after 60 ms.
Other load on the machine affects both, because the runs alternate.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from measurement import Effort, Figure
from processes import Run, plan_arguments, run
from recorded_account import Size, serving

AT_ONCE = 32
ArgumentsOf = Callable[[Path, int, int], Sequence[str]]
"""Builds the arguments from the folder of the configuration, the concurrency and the number of the run."""

Check = Callable[[Sequence[Run], Sequence[Run]], None]
"""Exits if the runs of the plan and of the command are not what they have to be."""


def measure_against_plan(
    name: str, effort: Effort, arguments: ArgumentsOf, check: Check = lambda _, __: None
) -> Iterator[Figure]:
    """Measure each size."""
    for services in (1, 10) if effort.sample else (100, 1_000) if effort.full else (100,):
        plans: list[Run] = []
        others: list[Run] = []
        with tempfile.TemporaryDirectory() as folder, serving(Size(services), Path(folder)) as url:
            for number in range(effort.times(3)):
                plans.append(run((*effort.confsync, *plan_arguments(Path(folder), AT_ONCE)), url))
                others.append(run((*effort.confsync, *arguments(Path(folder), AT_ONCE, number)), url))
        if any(each.unknown for each in others):
            raise SystemExit(f"{name} sent requests that the server does not know")
        check(plans, others)
        yield from _figures(name, services, plans, others)


def _figures(name: str, services: int, plans: Sequence[Run], others: Sequence[Run]) -> Iterator[Figure]:
    what = f"{{}}, {Size(services).words}, concurrency {AT_ONCE}"
    ratios = [other.wall / plan.wall for plan, other in zip(plans, others, strict=True)]
    yield Figure(f"{name}.wall.{services}", what.format(name), "s", [each.wall for each in others])
    yield Figure(f"{name}.plan.{services}", what.format("plan"), "s", [each.wall for each in plans])
    yield Figure(f"{name}.ratio.{services}", what.format(f"{name} over plan"), "x", ratios)
    requests = [each.requests - plan.requests for plan, each in zip(plans, others, strict=True)]
    more = what.format(f"extra requests of {name}, compared with plan")
    yield Figure(f"{name}.requests.{services}", more, "requests", requests)
    yield Figure(
        f"{name}.memory.{services}", what.format(f"peak memory, {name}"), "MB", [each.memory for each in others]
    )
