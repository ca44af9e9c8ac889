"""Several files as one tree: side by side in a folder, or one layer over another."""

from collections.abc import Sequence as Several

from confsync.config.codes import Code
from confsync.config.tree import Mapping, Node, Pair, error_at, plain_value
from confsync.diagnostics import Diagnostic

MAY_REPEAT = frozenset({"version", "requires"})
"""What every file of a folder may say at its top, if all say the same."""


def merge_files(trees: Several[Mapping]) -> tuple[Mapping, list[Diagnostic]]:
    """Put the files of one folder together (one at least): mappings merge, and a value in two files is a mistake."""
    whole, *others = trees
    mistakes: list[Diagnostic] = []
    for other in others:
        whole = _beside(whole, other, MAY_REPEAT, mistakes)
    return whole, mistakes


def merge_layers(base: Mapping, over: Mapping) -> Mapping:
    """Lay one tree over another: mappings merge, whatever else is written in both is taken from the upper one."""
    items = dict(base.items)
    for name, entry in over.items.items():
        below = items.get(name)
        if below and isinstance(below.node, Mapping) and isinstance(entry.node, Mapping):
            items[name] = Pair(entry.key, merge_layers(below.node, entry.node))
        else:
            items[name] = entry
    return base.holding(items)


def _beside(first: Mapping, second: Mapping, may_repeat: frozenset[str], mistakes: list[Diagnostic]) -> Mapping:
    items = dict(first.items)
    for name, entry in second.items.items():
        there = items.setdefault(name, entry)
        if there is entry:
            continue
        if isinstance(there.node, Mapping) and isinstance(entry.node, Mapping):
            items[name] = Pair(there.key, _beside(there.node, entry.node, frozenset(), mistakes))
        elif there.node.empty:
            items[name] = entry
        elif not entry.node.empty and not (name in may_repeat and _equal(there.node, entry.node)):
            mistakes.append(_written_twice(name, there, entry))
    return first.holding(items)


def _written_twice(name: str, first: Pair, second: Pair) -> Diagnostic:
    summary = f"'{name}' is written in two files"
    return error_at(second, Code.WRITTEN_TWICE, summary, f"also in {first.position}: keep one of them")


def _equal(one: Node, other: Node) -> bool:
    """Whether both say the same in the same type: 1 is not true."""
    left, right = plain_value(one), plain_value(other)
    return type(left) is type(right) and left == right
