"""Finds what Flex owns, so that an export only looks it up: the team manages what is in it, and Flex the rest."""

from collections.abc import Iterable

from confsync.annotations import Trait
from confsync.export.tree import ExportedResource, walk_resources


def look_up_what_flex_owns(roots: Iterable[ExportedResource]) -> None:
    """Mark each resource that Flex uses or created. One in another resource counts only if Flex owns that one, too."""
    roots = tuple(roots)
    used = frozenset(
        each.live.fields.get(field.name)
        for each in walk_resources(roots)
        for field in each.kind.fields
        if Trait.USED_BY_FLEX in field.traits
    )
    _look_up(roots, used)


def _look_up(resources: Iterable[ExportedResource], used: frozenset[object]) -> None:
    for each in resources:
        each.lookup = each.live.sid in used - {None} or each.live.name in each.kind.flex_names
        if each.lookup:
            _look_up(each.children, used)
