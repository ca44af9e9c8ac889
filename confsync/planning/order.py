"""The order in which resources are created: parents first, and what a resource refers to before it."""

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from msgspec import Struct

from confsync.config.codes import Code
from confsync.config.config import Config
from confsync.config.desired import Desired
from confsync.config.tree import error_at
from confsync.diagnostics import Diagnostic
from confsync.errors import InvalidConfiguration
from confsync.model import Kind
from confsync.names import Address, linked_address, named_from, parent_of
from confsync.secret import as_secret


def required_addresses(desired: Desired, config: Config) -> Iterator[Address]:
    """Yield the addresses that must exist before a resource can be written.

    These are its parent, its references, what Twilio would create with it, and for a link the resource that creates it.
    """
    if parent := parent_of(desired.kind, desired.address):
        yield parent
    kind = desired.kind
    yield from (value for value in desired.fields.values() if isinstance(value, Address))
    if kind.created_by:
        yield from (each.address for each in link_creators(desired, config))
    if kind.may_name_fields:
        yield from _named_resources(desired, config)


def default_sources(desired: Desired) -> Iterator[Address]:
    """Yield the addresses of the singletons from which a new resource takes the values that it does not declare."""
    for field in desired.kind.fields:
        if field.default_from and field.name not in desired.fields:
            yield _singleton_for(desired, field.default_from.kind)


def link_creators(desired: Desired, config: Config) -> tuple[Desired, ...]:
    """Return the declared resources that create a link: those on its other side that have its parent's name."""
    kind = desired.kind
    parent = config.resources.get(parent_of(kind, desired.address))
    if kind.created_by is None or parent is None:
        return ()
    collection = (linked_address(kind, desired.address), kind.created_by, parent.kind)
    return config.followers.get((*collection, as_secret(parent.name)), ())


def _singleton_for(desired: Desired, kind: Kind) -> Address:
    if kind.parent is not None and kind.parent.group:
        return Address((kind.parent.section, kind.section))
    return Address(named_from(desired.kind, desired.address, kind, "")[:-1])


def _named_resources(desired: Desired, config: Config) -> Iterator[Address]:
    for field in desired.kind.may_name_fields:
        if field.may_name is None or field.name not in desired.fields:
            continue
        home = Address(named_from(desired.kind, desired.address, field.may_name.kind, "")[:-2])
        named = config.by_name.get((home, field.may_name.kind, as_secret(desired.fields[field.name])))
        if named:
            yield named.address


def creation_order(config: Config) -> tuple[Desired, ...]:
    """Sort resources so that each follows what it requires, and otherwise stays in the order of the files.

    Raises InvalidConfiguration, naming the path, if resources refer to each other in a cycle.
    """
    resources = config.resources
    required = {address: tuple(required_addresses(desired, config)) for address, desired in resources.items()}
    order = _Order(resources, required, placed={}, waiting=set())
    for address in resources:
        if address not in order.placed:
            order.place(address)
    return tuple(order.placed.values())


class _Order(Struct, frozen=True):
    """Places each resource after what it requires. `waiting` are those whose requirements are being placed."""

    resources: Mapping[Address, Desired]
    required: Mapping[Address, tuple[Address, ...]]
    placed: dict[Address, Desired]
    waiting: set[Address]

    def place(self, address: Address) -> None:
        if address in self.waiting:
            _report_cycle(self.resources, self.required)
        self.waiting.add(address)
        for each in self.required[address]:
            if each not in self.placed and each in self.resources:
                self.place(each)
        self.waiting.remove(address)
        self.placed[address] = self.resources[address]


def _report_cycle(resources: Mapping[Address, Desired], required: Mapping[Address, tuple[Address, ...]]) -> None:
    try:
        TopologicalSorter(required).prepare()
    except CycleError as cycle:
        raise InvalidConfiguration((_cycle_problem(resources, cycle.args[1]),)) from cycle


def _cycle_problem(resources: Mapping[Address, Desired], path: list[Address]) -> Diagnostic:
    names = " -> ".join(str(each) for each in path)
    summary = f"resources refer to each other in a cycle: {names}"
    return error_at(resources[path[0]].written, Code.CIRCLE, summary, "remove one of these references")
