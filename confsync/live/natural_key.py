"""Finds the live resources that a declaration names by its natural key."""

from collections.abc import Iterable, Mapping

from confsync.config.desired import Desired
from confsync.plan.match import LiveResource
from confsync.secret import as_secret

ByNaturalKey = Mapping[tuple[object, ...], list[LiveResource]]


def by_natural_key(members: Iterable[LiveResource]) -> ByNaturalKey:
    """Group live resources by every natural key that they have."""
    by_key: dict[tuple[object, ...], list[LiveResource]] = {}
    for each in members:
        for key in each.natural_keys:
            by_key.setdefault(key, []).append(each)
    return by_key


def has_declared_key(desired: Desired, live: LiveResource) -> bool:
    """Whether a live resource has the declared part of a natural key: what must be absent needs no whole one."""
    names = [each.name for each in desired.kind.key_fields if each.name in desired.fields]
    declared = [as_secret(desired.fields[name]) for name in names]
    return bool(names) and declared == [as_secret(live.fields.get(name)) for name in names]
