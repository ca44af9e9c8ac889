"""`defaults`: what every resource of a mapping has unless it says otherwise."""

from collections.abc import Iterator

from confsync.config.codes import Code
from confsync.config.references.syntax import OPEN
from confsync.config.tree import Mapping, Node, Pair, Scalar, Sequence, entry_at, error_at, plain_value
from confsync.diagnostics import Diagnostic
from confsync.model import Kind
from confsync.resources import children_of

DEFAULTS = "defaults"
FOR_EACH = "for_each"


def default_errors(kind: Kind, defaults: Pair) -> Iterator[Diagnostic]:
    """Report what cannot be a default at all. Reading the fields reports every other error."""
    if kind.value_field:
        hint = f"write the value of each: a {kind.title} has only one"
        yield error_at(defaults, Code.BAD_DEFAULTS, f"{kind.plural} cannot have defaults", hint)
    elif not isinstance(defaults.node, Mapping):
        if not defaults.node.empty:
            hint = f"write fields of {kind.a_title} below it"
            yield error_at(defaults.node, Code.BAD_DEFAULTS, "`defaults` must be a mapping of fields", hint)
    else:
        lifecycle = defaults.node.get("lifecycle")
        for name in _OF_ONE_RESOURCE if isinstance(lifecycle, Mapping) else ():
            if isinstance(lifecycle, Mapping) and (entry := lifecycle.items.get(name)):
                hint = "write it in each resource that it applies to"
                yield error_at(entry, Code.BAD_DEFAULTS, f"`{name}` cannot be a default", hint)


_OF_ONE_RESOURCE = ("absent", "previously")
"""Keys of a lifecycle that would be wrong for every resource but one, or would delete them all."""


def with_defaults(kind: Kind, defaults: Mapping, written: Mapping) -> Mapping:
    """Merge defaults below a resource: mappings are merged, and any other value of the resource wins.

    Nothing is added to a resource that must not exist. Values keep their positions; the result has that of the
    resource.
    """
    return written if is_absent(written) else _merged(kind, defaults, written)


def is_absent(resource: Mapping) -> bool:
    """Whether a resource says that it must not exist."""
    lifecycle = resource.get("lifecycle")
    said = lifecycle.get("absent") if isinstance(lifecycle, Mapping) else None
    return isinstance(said, Scalar) and said.value is True


def limited_to(resource: Node) -> frozenset[str] | None:
    """Return the environments under `lifecycle.only` of a resource; None if it has no valid `only`."""
    entry = entry_at(resource, "lifecycle", "only")
    if entry is None or not isinstance(entry.node, Sequence):
        return None
    names = [plain_value(each) for each in entry.node.items]
    texts = [each for each in names if isinstance(each, str) and OPEN not in each]
    return frozenset(texts) if texts == names else None


def is_left_out(resource: Node, environment: str | None) -> bool:
    """Whether a resource is limited to other environments. Nothing in it is then expanded or checked."""
    only = limited_to(resource)
    return only is not None and environment not in only


def _merged(kind: Kind, below: Mapping, over: Mapping) -> Mapping:
    """Merge two mappings that have the keys of a resource, or the sections of a group."""
    sections = {each.section: each for each in children_of(kind)}
    items = dict(below.items)
    for name, entry, lower, upper in _in_both(items, over):
        section = sections.get(name)
        items[name] = Pair(entry.key, _section(section, lower, upper) if section else _values(lower, upper))
    return over.holding(items)


def _section(kind: Kind, below: Mapping, over: Mapping) -> Mapping:
    """Merge two sections of one kind: every resource in them by its own rules."""
    if kind.group:
        return _merged(kind, below, over)
    if kind.singleton:
        return with_defaults(kind, below, over)
    items = dict(below.items)
    for name, entry, lower, upper in _in_both(items, over):
        merged = _values(lower, upper) if name == FOR_EACH else with_defaults(kind, lower, upper)
        items[name] = Pair(entry.key, merged)
    return over.holding(items)


def _values(below: Mapping, over: Mapping) -> Mapping:
    items = dict(below.items)
    for name, entry, lower, upper in _in_both(items, over):
        items[name] = Pair(entry.key, _values(lower, upper))
    return over.holding(items)


def _in_both(items: dict[str, Pair], over: Mapping) -> Iterator[tuple[str, Pair, Mapping, Mapping]]:
    """Replace entries by those of the upper mapping, and yield each that is a mapping in both."""
    for name, entry in over.items.items():
        below = items.get(name)
        items[name] = entry
        if below is not None and isinstance(below.node, Mapping) and isinstance(entry.node, Mapping):
            yield name, entry, below.node, entry.node
