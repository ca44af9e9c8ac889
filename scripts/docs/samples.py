"""An example of every type, put together from the examples of its fields."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from confsync.annotations import holds
from confsync.model import Field, Kind

NAME = "NAME"
"""What stands for a YAML key."""

Sample = dict[str, object]
"""Examples of the fields of one resource that can stand beside each other, by dotted name."""


def address_of(kind: Kind) -> tuple[str, ...]:
    """Give the steps of the addresses of a type."""
    above = address_of(kind.parent) if kind.parent else ()
    return (*above, kind.section) if kind.singleton or kind.group else (*above, kind.section, NAME)


def sample_of(kind: Kind, around: Mapping[str, object] | None = None) -> Sample:
    """Put together the first example of each field that has room beside the given values, and beside those before."""
    given = dict(around or {})
    for name in tuple(given):
        given |= {other: values[0] for other, values in kind.by_name[name].only_if if other not in given}
        firsts = (way[0] for way in kind.keys if name in way)
        given |= {first: kind.by_name[first].examples[0] for first in firsts if first not in given}
    chosen: Sample = dict(given)
    for field in kind.fields:
        if field.name not in chosen and _fits(kind, field, chosen):
            chosen[field.name] = field.examples[0]
    return {field.name: chosen[field.name] for field in kind.fields if field.name in chosen}


def _fits(kind: Kind, field: Field, beside: Sample) -> bool:
    others = [way for way in kind.keys if field.name not in way]
    taken = any(field.name in way for way in kind.keys) and any(way[0] in beside for way in others)
    needless = bool(field.required_if) and not holds(field.required_if, beside, if_unset=False)
    return holds(field.only_if, beside, if_unset=True) and not taken and not needless


def sample_as_yaml(kind: Kind, chosen: Sample) -> str:
    """Write a sample where it stands in a configuration."""
    tree: dict[str, Any] = {}
    if kind.written_as:
        _put(tree, address_of(kind), chosen[kind.written_as])
    else:
        for name, value in chosen.items():
            _put(tree, (*address_of(kind), *kind.by_name[name].path), value)
    return "\n".join(_lines(tree))


def inline(value: object) -> str:
    """Write one value as it stands in YAML, on one line."""
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=float("inf"))
    return text.removesuffix("\n").removesuffix("\n...")


def _put(tree: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    for step in path[:-1]:
        tree = tree.setdefault(step, {})
    tree[path[-1]] = inline(value)


def _lines(tree: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    for name, value in tree.items():
        if isinstance(value, str):
            yield f"{indent}{name}: {value}"
        else:
            yield f"{indent}{name}:"
            yield from _lines(value, f"{indent}  ")
