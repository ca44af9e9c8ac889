"""Expands `defaults` and `for_each`: returns a tree in which every resource is written out.

A value keeps the position at which it is written, in `defaults` or at an item, so errors and plans point there.
Nothing in the given tree is changed; what several resources share is the same node in each of them.
"""

from collections.abc import Mapping as Map

from msgspec import Struct, field

from confsync.config.reuse.defaults import DEFAULTS, FOR_EACH, default_errors, is_absent, is_left_out, with_defaults
from confsync.config.reuse.for_each import ForEach, Generated, same_key
from confsync.config.reuse.limits import Budget, count_values
from confsync.config.tree import Mapping, Node, Pair
from confsync.config.variables.values import Variables
from confsync.diagnostics import Diagnostic
from confsync.model import Kind
from confsync.names import Address
from confsync.resources import children_of

RESERVED_NAMES = (DEFAULTS, FOR_EACH)
"""Keys of a mapping of resources that are not resources."""


class Partial(Struct, frozen=True):
    """A part of resources to check by itself: `defaults`, or the resource of a `for_each` without items."""

    kind: Kind
    address: Address
    written: Pair


class Expansion(Struct, frozen=True):
    """An expanded tree. `generated` has the item of each resource that a `for_each` made.

    `possible_secrets` are values of items that no field uses, next to ones that are secret. If it
    `uses_variables` for items, each environment may have other resources.
    """

    tree: Mapping
    partials: tuple[Partial, ...]
    generated: Map[Address, Generated]
    possible_secrets: tuple[Node, ...]
    uses_variables: bool
    diagnostics: tuple[Diagnostic, ...]


def expand(tree: Mapping, variables: Variables, environment: str | None = None) -> Expansion:
    """Expand every section of a tree, except in resources that are limited to other environments.

    Raises ExpansionTooLargeError.
    """
    expander = _Expander(variables, environment)
    expanded = expander.sections(None, Address(), tree)
    partials = tuple(partial for _, partial in expander.partials.values())
    secrets = tuple(expander.possible_secrets)
    return Expansion(expanded, partials, expander.generated, secrets, expander.uses_variables, tuple(expander.found))


class _Expander(Struct):
    variables: Variables
    environment: str | None
    budget: Budget = field(default_factory=Budget)
    partials: dict[int, tuple[Pair, Partial]] = field(default_factory=dict)
    generated: dict[Address, Generated] = field(default_factory=dict)
    possible_secrets: list[Node] = field(default_factory=list)
    uses_variables: bool = False
    found: dict[Diagnostic, None] = field(default_factory=dict)

    def sections(self, parent: Kind | None, above: Address, node: Mapping) -> Mapping:
        """Expand the sections of a resource or a group, or those at the top."""
        changed: dict[str, Pair] = {}
        for kind in children_of(parent):
            entry = node.items.get(kind.section)
            if entry is None or not isinstance(entry.node, Mapping):
                continue
            address = above / kind.section
            is_one = kind.group or kind.singleton
            section = (self.sections if is_one else self._collection)(kind, address, entry.node)
            if section is not entry.node:
                changed[kind.section] = Pair(entry.key, section)
        return node.holding({**node.items, **changed}) if changed else node

    def _collection(self, kind: Kind, address: Address, node: Mapping) -> Mapping:
        items = node.items
        if DEFAULTS in items or FOR_EACH in items:
            items = {name: entry for name, entry in items.items() if name not in RESERVED_NAMES}
            if for_each := node.items.get(FOR_EACH):
                self._generate(kind, address, for_each, items)
            if defaults := node.items.get(DEFAULTS):
                self._add_defaults(kind, address, defaults, items)
        if children_of(kind):
            inside = {name: self._member(kind, address / name, entry) for name, entry in items.items()}
            items = inside if any(inside[name] is not entry for name, entry in items.items()) else items
        return node if items is node.items else node.holding(items)

    def _member(self, kind: Kind, address: Address, entry: Pair) -> Pair:
        if not isinstance(entry.node, Mapping) or is_left_out(entry.node, self.environment):
            return entry
        node = self.sections(kind, address, entry.node)
        return entry if node is entry.node else Pair(entry.key, node)

    def _generate(self, kind: Kind, home: Address, entry: Pair, items: dict[str, Pair]) -> None:
        """Add the resources of a `for_each`."""
        for_each = ForEach(kind, home, self.variables, self.environment, self.budget, self._report, [])
        for resource, generated in for_each.resources(entry):
            name = str(resource.key.value)
            first = items.setdefault(name, resource)
            if first is resource:
                self.generated[home / name] = generated
            else:
                self._report(same_key(kind, first.key, resource.key))
        self.possible_secrets.extend(for_each.unused if kind.secrets else ())
        self.uses_variables = self.uses_variables or for_each.uses_variables
        for blank in for_each.blank(entry):
            self._check(kind, home / FOR_EACH, blank)

    def _add_defaults(self, kind: Kind, home: Address, entry: Pair, items: dict[str, Pair]) -> None:
        """Merge defaults below every resource."""
        errors = tuple(default_errors(kind, entry))
        for error in errors:
            self._report(error)
        defaults = entry.node
        if kind.value_field or not isinstance(defaults, Mapping):
            return
        self._check(kind, home / DEFAULTS, entry)
        size = count_values(defaults) if items else 0
        for name, each in items.items():
            if isinstance(each.node, Mapping) and not is_absent(each.node):
                self.budget.spend(size, each.key)
                items[name] = Pair(each.key, with_defaults(kind, defaults, each.node))

    def _check(self, kind: Kind, address: Address, entry: Pair) -> None:
        """Keep a part of resources to check by itself, once however many resources contain it."""
        if id(entry.node) not in self.partials and isinstance(entry.node, Mapping):
            # The entry is kept, so that no other one gets its id.
            self.partials[id(entry.node)] = (entry, Partial(kind, address, self._member(kind, address, entry)))

    def _report(self, diagnostic: Diagnostic) -> None:
        self.found[diagnostic] = None
