"""In which order resources can be made: parents and what is referred to first."""

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from confsync.config.codes import Code
from confsync.config.desired import Desired
from confsync.config.tree import problem
from confsync.diagnostics import Diagnostic
from confsync.errors import InvalidConfiguration
from confsync.names import Address, parent_of


def needs(desired: Desired) -> Iterator[Address]:
    """Give the addresses that must exist before a resource can be written: its parent, and what it refers to."""
    if parent := parent_of(desired.kind, desired.address):
        yield parent
    yield from (value for value in desired.fields.values() if isinstance(value, Address))


def in_order(resources: Mapping[Address, Desired]) -> tuple[Desired, ...]:
    """Sort so that each comes right after what it needs, and otherwise as it was written.

    Raises InvalidConfiguration, naming the path, where resources refer to each other in a circle.
    """
    _check_circles(resources)
    placed: dict[Address, Desired] = {}

    def place(desired: Desired) -> None:
        if desired.address not in placed:
            for each in needs(desired):
                if each in resources:
                    place(resources[each])
            placed[desired.address] = desired

    for desired in resources.values():
        place(desired)
    return tuple(placed.values())


def _check_circles(resources: Mapping[Address, Desired]) -> None:
    graph = {address: tuple(needs(desired)) for address, desired in resources.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        raise InvalidConfiguration((_circle(resources, circle.args[1]),)) from circle


def _circle(resources: Mapping[Address, Desired], path: list[Address]) -> Diagnostic:
    names = " -> ".join(str(each) for each in path)
    summary = f"resources refer to each other in a circle: {names}"
    return problem(resources[path[0]].written, Code.CIRCLE, summary, "one of them must do without the other")
