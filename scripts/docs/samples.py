"""An example of every resource type, composed of the examples of its fields."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from confsync.annotations import holds
from confsync.model import Field, Kind

NAME = "NAME"
"""The placeholder for a YAML key."""

Sample = dict[str, object]
"""Examples of the fields of one resource that are valid together, by dotted name."""


def address_of(kind: Kind) -> tuple[str, ...]:
    """Build the address of a type, with placeholders for the YAML keys."""
    above = address_of(kind.parent) if kind.parent else ()
    return (*above, kind.section) if kind.singleton or kind.group else (*above, kind.section, NAME)


def sample_of(kind: Kind, given: Mapping[str, object] | None = None) -> Sample:
    """Take the first example of each field that is valid together with the given values and the earlier fields."""
    required = dict(given or {})
    for name in tuple(required):
        required |= {other: values[0] for other, values in kind.by_name[name].only_if if other not in required}
        firsts = (key[0] for key in kind.key_options if name in key)
        required |= {first: kind.by_name[first].examples[0] for first in firsts if first not in required}
    chosen: Sample = dict(required)
    for field in kind.fields:
        if field.name not in chosen and _fits(kind, field, chosen):
            chosen[field.name] = field.examples[0]
    return {field.name: chosen[field.name] for field in kind.fields if field.name in chosen}


def _fits(kind: Kind, field: Field, chosen: Sample) -> bool:
    other_keys = [key for key in kind.key_options if field.name not in key]
    has_other_key = any(field.name in key for key in kind.key_options) and any(key[0] in chosen for key in other_keys)
    not_required = bool(field.required_if) and not holds(field.required_if, chosen, if_unset=False)
    return holds(field.only_if, chosen, if_unset=True) and not has_other_key and not not_required


def sample_as_yaml(kind: Kind, chosen: Sample) -> str:
    """Write a sample at its place in a configuration."""
    tree: dict[str, Any] = {}
    if kind.value_field:
        _put(tree, address_of(kind), chosen[kind.value_field])
    else:
        for name, value in chosen.items():
            _put(tree, (*address_of(kind), *kind.by_name[name].path), value)
    return "\n".join(_lines(tree))


def inline(value: object) -> str:
    """Write one value as YAML on one line."""
    text = yaml.dump(
        value, Dumper=yaml.CSafeDumper, default_flow_style=True, sort_keys=False, allow_unicode=True, width=-1
    )
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
