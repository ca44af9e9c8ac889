"""References in settings, such as a region or a `lifecycle`: confsync does not replace them there."""

from collections.abc import Iterable

from confsync.config.codes import Code
from confsync.config.references.syntax import OPEN, Reference, parts_of, place_of
from confsync.config.tree import Mapping, Node, Pair, Scalar, Sequence, error_at
from confsync.diagnostics import Diagnostic
from confsync.quoting import in_quotes


def refuse_references(name: str, node: Node, errors: list[Diagnostic]) -> Node:
    """Report each value of a setting that contains a reference.

    In the result, such an item of a list is left out, and any other such value is empty, because it is reported here. A
    setting without references is returned as it is.
    """
    match node:
        case Mapping():
            return refuse_references_in(node, node.items, errors, f"{name}.")
        case Sequence():
            values = [refuse_references(name, item, errors) for item in node.items]
            kept = [value for value, item in zip(values, node.items, strict=True) if item.empty or not value.empty]
            changed = any(value is not item for value, item in zip(values, node.items, strict=True))
            return node.holding(kept) if changed else node
        case Scalar(value=str() as text) if OPEN in text:
            reference = next((each for each in parts_of(text) if isinstance(each, Reference)), None)
            if reference is not None:
                errors.append(_misplaced(name, place_of(node, reference)))
                return node.emptied()
    return node


def refuse_references_in(node: Mapping, settings: Iterable[str], errors: list[Diagnostic], above: str = "") -> Mapping:
    """Report each of some settings in a mapping that contains a reference; otherwise as `refuse_references`."""
    changed: dict[str, Pair] = {}
    for name in settings:
        entry = node.items[name]
        value = refuse_references(f"{above}{name}", entry.node, errors)
        if value is not entry.node:
            changed[name] = Pair(entry.key, value)
    return node.holding({**node.items, **changed}) if changed else node


def _misplaced(name: str, place: Scalar) -> Diagnostic:
    hint = "write the value itself: only the fields of resources and the `items` of a `for_each` can contain references"
    return error_at(place, Code.REFERENCE_IN_SETTING, f"{in_quotes(name)} cannot contain a reference", hint)
