"""`for_each`: one resource for each item of a list or a mapping."""

from collections.abc import Iterator
from functools import partial

from msgspec import Struct

from confsync.config.codes import Code
from confsync.config.references.substitution import substitute_references
from confsync.config.references.syntax import OPEN, place_of
from confsync.config.reuse.defaults import DEFAULTS, FOR_EACH, is_left_out
from confsync.config.reuse.each import Item, Report, Template, read_template
from confsync.config.reuse.limits import Budget
from confsync.config.tree import Mapping, Node, Pair, Scalar, Sequence, error_at
from confsync.config.variables.values import Variables
from confsync.diagnostics import Diagnostic, Position, did_you_mean
from confsync.model import Kind
from confsync.names import Address
from confsync.quoting import in_quotes

GROUP_KEYS = ("items", "key", "resource")
"""The keys of one group in a `for_each`."""


class Generated(Struct, frozen=True):
    """The item of a `for_each` that a resource was made for. `group` is the address of its group.

    `mixed` are the texts of the group's resource that contain a part of the item.
    """

    group: Address
    item: Scalar
    mixed: frozenset[Position]


class ForEach(Struct):
    """Makes the resources of one `for_each`. `unused` collects values of items that no field can check.

    `uses_variables` says whether a variable has the items, so that each environment may have others.
    """

    kind: Kind
    home: Address
    variables: Variables
    environment: str | None
    budget: Budget
    report: Report
    unused: list[Node]
    uses_variables: bool = False

    def resources(self, entry: Pair) -> Iterator[tuple[Pair, Generated]]:
        """Yield a resource for each item of each group: a key and its value, both at the item."""
        if not isinstance(entry.node, Mapping):
            if not entry.node.empty:
                hint = "write a label of your choice, and below it `items` and `resource`"
                self.report(error_at(entry.node, Code.BAD_FOR_EACH, "`for_each` must be a mapping of groups", hint))
            return
        if "items" in entry.node.items and "resource" in entry.node.items:
            hint = "write a label of your choice below `for_each`, and indent the rest below it"
            self.report(error_at(entry, Code.BAD_FOR_EACH, "this group of `for_each` has no label", hint))
            return
        for label, group in entry.node.items.items():
            yield from self._group(label, group)

    def blank(self, entry: Pair) -> Iterator[Pair]:
        """Yield the resource of each group that has no items, without what the items would add."""
        groups = entry.node.items.values() if isinstance(entry.node, Mapping) else ()
        for group in groups:
            resource = group.node.items.get("resource") if isinstance(group.node, Mapping) else None
            if resource and isinstance(group.node, Mapping) and _is_blank(group.node.get("items")):
                template = read_template(self.kind, resource.node, lambda _: None)
                nothing = Item(resource.key.emptied(), resource.key.emptied())
                yield Pair(resource.key, template.fill(nothing, self.budget, lambda _: None))

    def _group(self, label: str, group: Pair) -> Iterator[tuple[Pair, Generated]]:
        if not isinstance(group.node, Mapping):
            if not group.node.empty:
                hint = "write `items` and `resource` below it"
                self.report(error_at(group.node, Code.BAD_FOR_EACH, f"{in_quotes(label)} must be a mapping", hint))
            return
        for name, entry in group.node.items.items():
            if name not in GROUP_KEYS:
                summary = f"unknown key {in_quotes(name)} in a group of `for_each`"
                self.report(error_at(entry, Code.UNKNOWN_KEY, summary, did_you_mean(name, GROUP_KEYS)))
        items, resource = group.node.get("items"), group.node.get("resource")
        for name, node in (("items", items), ("resource", resource)):
            if node is None:
                summary = f"{in_quotes(label)} has no `{name}`"
                self.report(error_at(group, Code.BAD_FOR_EACH, summary, f"write `{name}:` below it"))
        if items is not None and resource is not None and not resource.empty:
            generated = Address((*self.home, FOR_EACH, label))
            yield from self._filled(generated, tuple(self._items(items, resource)), resource, group.node.get("key"))

    def _items(self, node: Node, resource: Node) -> Iterator[Item]:
        if isinstance(node, Scalar):
            self.uses_variables = True
            node, errors = substitute_references(node, self.variables)
            for error in () if is_left_out(resource, self.environment) else errors:
                self.report(error)
        match node:
            case Mapping():
                yield from (Item(entry.key, entry.node) for entry in node.items.values())
            case Sequence():
                for item in node.items:
                    if isinstance(item, Scalar) and isinstance(item.value, str):
                        yield Item(item, item)
                    elif not item.empty:
                        hint = "quote a number; write `items` as a mapping if an item has several values"
                        self.report(error_at(item, Code.BAD_FOR_EACH, "an item of a list must be text", hint))
            case _ if not node.empty:
                hint = "write `[one, two]`, or keys and values"
                self.report(error_at(node, Code.BAD_FOR_EACH, "`items` must be a list of strings or a mapping", hint))

    def _filled(
        self, group: Address, items: tuple[Item, ...], resource: Node, key: Node | None
    ) -> Iterator[tuple[Pair, Generated]]:
        value = read_template(self.kind, resource, self.report)
        name = None if key is None or key.empty else read_template(None, key, self.report)
        for template in filter(None, (value, name)):
            self.budget.spend(template.size * len(items), resource)
            self._check_items(items, template)
        mixed = frozenset(node.position for node in value.mixed)
        used = frozenset(name.removeprefix("value.").partition(".")[0] for name in value.references)
        for item in items:
            self.unused.extend(_unused(item, used))
            filled = value.fill(item, self.budget, self.report)
            made = self._key(item, name)
            if made is not None:
                yield Pair(made, _at_item(filled, item)), Generated(group, item.key, mixed)

    def _check_items(self, items: tuple[Item, ...], template: Template) -> None:
        """Report what items lack: at the item, or at the reference if several items all lack it."""
        for name, (node, reference) in template.references.items():
            lacking = [each for each in items if each.at(name) is None]
            place = place_of(node, reference)
            if lacking and len(lacking) == len(items) > 1:
                meant = _meant(name, items[0]) or "write it in each item"
                self.report(error_at(place, Code.BAD_EACH, f"no item has {_shown(name)}", meant))
                continue
            for item in lacking[:_MOST_LACKING]:
                summary = f"item {in_quotes(item.key.value)} has no {_shown(name)}"
                use = f"`{reference.written}` in {place.position} uses it"
                self.report(error_at(item.key, Code.BAD_EACH, summary, f"{_meant(name, item) or 'add it'}; {use}"))

    def _key(self, item: Item, template: Template | None) -> Scalar | None:
        """Return the key of a resource, at the item; None if there can be none, which is reported."""
        node = item.key if template is None else template.fill(item, self.budget, self.report)
        if node.empty:
            return None
        report = partial(self._bad_key, item)
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            return report("a key must be text", "quote it, or choose a text as the key")
        if not node.value:
            return report("the key of a resource cannot be empty", "choose a different key")
        if OPEN in node.value:
            return report("a key cannot contain a reference to anything but the item", "use the reference in a field")
        if node.value in (DEFAULTS, FOR_EACH):
            return report(f"{in_quotes(node.value)} cannot be the key of a resource", "choose a different key")
        return item.key.holding(node.value)

    def _bad_key(self, item: Item, summary: str, hint: str) -> None:
        self.report(error_at(item.key, Code.BAD_FOR_EACH, summary, hint))


_MOST_LACKING = 50
"""How many items are reported for one reference: a hostile file has a hundred thousand."""


def same_key(kind: Kind, first: Scalar, again: Scalar) -> Diagnostic:
    """Report that an item makes the key of another resource."""
    summary = f"two {kind.plural} have the key {in_quotes(again.value)}"
    hint = f"rename one of them, or write a different `key`; the other is in {first.position}"
    return error_at(again, Code.SAME_KEY, summary, hint)


def _unused(item: Item, used: frozenset[str]) -> Iterator[Node]:
    """Yield the values of an item to which no reference leads."""
    if isinstance(item.value, Mapping) and "value" not in used:
        yield from (entry.node for name, entry in item.value.items.items() if name not in used)


def _is_blank(items: Node | None) -> bool:
    return isinstance(items, Mapping | Sequence) and not items.items


def _at_item(node: Node, item: Item) -> Node:
    """Give the whole resource the position of its item, so that errors about all of it point there."""
    place = item.value
    if not isinstance(node, Mapping):
        return node
    return Mapping(place.file, place.line, place.column, place.end_line, place.end_column, node.items)


def _shown(name: str) -> str:
    """Return what a reference leads to, as the keys of an item."""
    return in_quotes(name.removeprefix("value."))


def _meant(name: str, item: Item) -> str:
    """Return the hint for what an item lacks: the key of it that was probably meant."""
    *above, last = name.split(".")
    home = item.at(".".join(above))
    return did_you_mean(last, home.items) if isinstance(home, Mapping) else ""
