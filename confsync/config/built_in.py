"""References to resources that Twilio creates by itself, and that the configuration does not declare."""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from confsync.config.config import Config
from confsync.config.desired import Desired
from confsync.config.lifecycle import Lifecycle
from confsync.config.tree import Node, Pair, Scalar
from confsync.model import Kind
from confsync.names import Address, parent_of

_LOOKUP = Lifecycle(lookup=True)


def built_in_fields(kind: Kind, name: str) -> dict[str, str]:
    """Return the key fields of the resource of that name that Twilio creates with the parent, if there is one."""
    key: tuple[str, ...] = next((each for each in kind.built_in if each[0] == name), ())
    return dict(zip((each.name for each in kind.key_fields), key, strict=False))


def built_in_references(resources: Mapping[Address, Desired]) -> dict[Address, Desired]:
    """Find the built-in resources that others refer to without a declaration; confsync only looks them up."""
    found: dict[Address, Desired] = {}
    for desired in resources.values():
        for name, kind, target in _references(desired):
            fields = built_in_fields(kind, target.key)
            if target in resources or target in found or not fields or declared_as(target, kind, resources):
                continue
            place = desired.nodes.get(name, desired.written)
            found[target] = Desired(target, kind, fields, _LOOKUP, _written_at(place), {}, implicit=True)
    return found


def with_built_in_resources(config: Config, implicit: Mapping[Address, Desired]) -> Config:
    """Add built-in resources to a configuration, and the collections in which they are to be found."""
    collections = frozenset((parent_of(each.kind, address), each.kind) for address, each in implicit.items())
    return replace(
        config,
        resources={**config.resources, **implicit},
        collections=config.collections | collections,
        implicit_collections=collections - config.collections,
    )


def declared_as(target: Address, kind: Kind, resources: Mapping[Address, Desired]) -> Desired | None:
    """Return the resource that declares a built-in one under a different key."""
    key = tuple(built_in_fields(kind, target.key).values())
    home = parent_of(kind, target)
    return next((each for each in _members(home, kind, resources) if each.natural_key() == key), None)


def _members(home: Address, kind: Kind, resources: Mapping[Address, Desired]) -> Iterator[Desired]:
    return (each for each in resources.values() if each.kind is kind and parent_of(kind, each.address) == home)


def _references(desired: Desired) -> Iterator[tuple[str, Kind, Address]]:
    for field in desired.kind.refs:
        target = desired.fields.get(field.name)
        if field.ref and field.ref.kind.built_in and isinstance(target, Address) and not desired.lifecycle.absent:
            yield field.name, field.ref.kind, target


def _written_at(place: Node | Pair) -> Pair:
    """Return a place in the configuration for a resource that has none: that of the reference."""
    if isinstance(place, Pair):
        return place
    return Pair(Scalar(place.file, place.line, place.column, place.end_line, place.end_column, None), place)
