"""Combines several files into one tree: the files of a folder, or layers of which the upper ones win."""

from collections.abc import Sequence as Several

from confsync.config.codes import Code
from confsync.config.tree import Mapping, Node, Pair, error_at, plain_value
from confsync.diagnostics import Diagnostic
from confsync.quoting import in_quotes

MAY_REPEAT = frozenset({"version", "requires"})
"""The keys that every file of a folder may have, if their values are equal."""


def merge_files(trees: Several[Mapping]) -> tuple[Mapping, list[Diagnostic]]:
    """Merge the mappings of the files of one folder (at least one); a value in two files is an error."""
    whole, *others = trees
    errors: list[Diagnostic] = []
    for other in others:
        whole = _merged(whole, other, MAY_REPEAT, errors)
    return whole, errors


def merge_layers(base: Mapping, over: Mapping) -> Mapping:
    """Merge the mappings of two layers; any other value that both have comes from the upper one."""
    items = dict(base.items)
    for name, entry in over.items.items():
        below = items.get(name)
        if below and isinstance(below.node, Mapping) and isinstance(entry.node, Mapping):
            items[name] = Pair(entry.key, merge_layers(below.node, entry.node))
        else:
            items[name] = entry
    return base.holding(items)


def _merged(first: Mapping, second: Mapping, may_repeat: frozenset[str], errors: list[Diagnostic]) -> Mapping:
    items = dict(first.items)
    for name, entry in second.items.items():
        there = items.setdefault(name, entry)
        if there is entry:
            continue
        if isinstance(there.node, Mapping) and isinstance(entry.node, Mapping):
            items[name] = Pair(there.key, _merged(there.node, entry.node, frozenset(), errors))
        elif there.node.empty:
            items[name] = entry
        elif not entry.node.empty and not (name in may_repeat and _equal(there.node, entry.node)):
            errors.append(_written_twice(name, there, entry))
    return first.holding(items)


def _written_twice(name: str, first: Pair, second: Pair) -> Diagnostic:
    summary = f"{in_quotes(name)} is written in two files"
    return error_at(second, Code.WRITTEN_TWICE, summary, f"also in {first.position}: keep one of them")


def _equal(one: Node, other: Node) -> bool:
    """Whether both have the same value of the same type: 1 is not true."""
    left, right = plain_value(one), plain_value(other)
    return type(left) is type(right) and left == right
