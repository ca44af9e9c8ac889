"""In which order resources can be made: parents and what is referred to first."""

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from confsync.config.codes import Code
from confsync.config.config import Config
from confsync.config.desired import Desired
from confsync.config.tree import problem
from confsync.diagnostics import Diagnostic
from confsync.errors import InvalidConfiguration
from confsync.names import Address, linked, named_from, parent_of
from confsync.secret import as_secret


def required_addresses(desired: Desired, config: Config) -> Iterator[Address]:
    """Give the addresses that must exist before a resource can be written.

    Those are its parent, what it refers to, what Twilio would make along with it, and for a link what makes it.
    """
    if parent := parent_of(desired.kind, desired.address):
        yield parent
    yield from (value for value in desired.fields.values() if isinstance(value, Address))
    yield from (each.address for each in link_creators(desired, config))
    yield from _followed(desired, config)


def link_creators(desired: Desired, config: Config) -> tuple[Desired, ...]:
    """Give what is declared and makes a link: whatever has its parent's name on the other side."""
    kind = desired.kind
    parent = config.resources.get(parent_of(kind, desired.address))
    if kind.created_by is None or parent is None:
        return ()
    place = (linked(kind, desired.address), kind.created_by, parent.kind)
    return config.followers.get((*place, as_secret(parent.name)), ())


def _followed(desired: Desired, config: Config) -> Iterator[Address]:
    for field in desired.kind.may_name_fields:
        if field.may_name is None or field.name not in desired.fields:
            continue
        home = Address(named_from(desired.kind, desired.address, field.may_name.kind, "")[:-2])
        followed = config.by_name.get((home, field.may_name.kind, as_secret(desired.fields[field.name])))
        if followed:
            yield followed.address


def creation_order(config: Config) -> tuple[Desired, ...]:
    """Sort so that each comes right after what it needs, and otherwise as it was written.

    Raises InvalidConfiguration, naming the path, where resources refer to each other in a circle.
    """
    resources = config.resources
    _check_circles(config)
    placed: dict[Address, Desired] = {}

    def place(desired: Desired) -> None:
        if desired.address not in placed:
            for each in required_addresses(desired, config):
                if each in resources:
                    place(resources[each])
            placed[desired.address] = desired

    for desired in resources.values():
        place(desired)
    return tuple(placed.values())


def _check_circles(config: Config) -> None:
    graph = {address: tuple(required_addresses(desired, config)) for address, desired in config.resources.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        raise InvalidConfiguration((_circle(config.resources, circle.args[1]),)) from circle


def _circle(resources: Mapping[Address, Desired], path: list[Address]) -> Diagnostic:
    names = " -> ".join(str(each) for each in path)
    summary = f"resources refer to each other in a circle: {names}"
    return problem(resources[path[0]].written, Code.CIRCLE, summary, "one of them must do without the other")
