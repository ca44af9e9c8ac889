"""Reads everything that a tree declares: every section and every resource, by address."""

from collections.abc import Iterator
from collections.abc import Mapping as Map

from msgspec import Struct, field
from msgspec.structs import replace

from confsync.config.codes import Code
from confsync.config.declaration import BuildContext, possible_secrets, read_resource
from confsync.config.desired import Desired
from confsync.config.lifecycle import read_lifecycle
from confsync.config.plain_resource import read_plain
from confsync.config.reuse.defaults import limited_to
from confsync.config.reuse.for_each import Generated
from confsync.config.tree import Mapping, Node, Pair, Scalar, Sequence, error_at
from confsync.diagnostics import Diagnostic, did_you_mean
from confsync.interning import Interner
from confsync.model import Kind
from confsync.names import Address
from confsync.quoting import in_quotes
from confsync.resources import children_of


class ResourceReader(Struct):
    """Reads every resource of an expanded tree, and collects what is wrong with it.

    `collections` are the mappings of resources that were written, even if empty: (parent's address, kind).
    `possible_secrets` are values that may be literal secrets, so no diagnostic may quote their lines. `only` has every
    resource that is limited to some environments, left out here or not: their names, and where it is written.
    `generated` has the item of each resource that a `for_each` made. `partial` resources may lack required fields.
    """

    context: BuildContext
    environment: str | None = None
    environments: frozenset[str] = frozenset()
    generated: Map[Address, Generated] = field(default_factory=dict)
    partial: bool = False
    resources: dict[Address, Desired] = field(default_factory=dict)
    collections: set[tuple[Address, Kind]] = field(default_factory=set)
    only: dict[Address, tuple[frozenset[str], Pair]] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    possible_secrets: list[Node] = field(default_factory=list)
    interner: Interner = field(default_factory=Interner)

    def read(self, tree: Mapping) -> None:
        """Read every section at the top, and everything in it."""
        self._sections(None, Address(), tree)

    def read_partial(self, kind: Kind, address: Address, written: Pair) -> None:
        """Check a part of resources by itself: what it lacks may be in the resources."""
        reader = ResourceReader(self.context, self.environment, self.environments, partial=True)
        reader._resource(kind, address, written)
        self.diagnostics.extend(reader.diagnostics)
        self.possible_secrets.extend(reader.possible_secrets)

    def _sections(self, parent: Kind | None, above: Address, node: Mapping) -> None:
        for kind in children_of(parent):
            entry = node.items.get(kind.section)
            if entry is None or _says_nothing(entry):
                continue
            if kind.group:
                self._group(kind, above / kind.section, entry)
            elif kind.singleton:
                self._resource(kind, above / kind.section, entry)
            else:
                self._collection(kind, above, entry)

    def _group(self, kind: Kind, address: Address, entry: Pair) -> None:
        if not isinstance(entry.node, Mapping):
            self.diagnostics.append(error_at(entry.node, Code.NOT_A_SECTION, f"`{kind.section}` must be a mapping"))
            return
        known = [each.section for each in children_of(kind)]
        for name, member in entry.node.items.items():
            if name not in known:
                summary = f"unknown key {in_quotes(name)} in `{kind.section}`"
                self.diagnostics.append(error_at(member, Code.UNKNOWN_SECTION, summary, did_you_mean(name, known)))
        self._sections(kind, address, entry.node)

    def _collection(self, kind: Kind, above: Address, entry: Pair) -> None:
        if not isinstance(entry.node, Mapping):
            hint = f"write a name, and below it the {kind.title}"
            self.diagnostics.append(
                error_at(entry.node, Code.NOT_A_SECTION, f"`{kind.section}` must be a mapping", hint)
            )
            return
        self.collections.add((above, kind))
        for name, member in entry.node.items.items():
            if not name:
                hint = "write a name: it is a part of the address"
                self.diagnostics.append(
                    error_at(member, Code.KEY_NOT_TEXT, f"the key of this {kind.title} is empty", hint)
                )
            elif not _says_nothing(member):
                self._resource(kind, above / kind.section / name, member)

    def _resource(self, kind: Kind, address: Address, entry: Pair) -> None:
        if kind.value_field:
            self._value(kind, address, entry)
            return
        if not isinstance(entry.node, Mapping):
            self.diagnostics.append(
                error_at(entry.node, Code.NOT_A_SECTION, f"this {kind.title} must be a mapping of fields")
            )
            return
        if not self._take(kind, address, entry):
            return
        if self.resources[address].lifecycle.absent:
            self.diagnostics.extend(_declared_in_nothing(kind, entry.node))
            return
        self._sections(kind, address, entry.node)

    def _value(self, kind: Kind, address: Address, entry: Pair) -> None:
        """Read a resource that is written as a single value."""
        if isinstance(entry.node, Scalar):
            self._take(kind, address, Pair(entry.key, _standing_for(kind.value_field, entry)))
            return
        hint = f"write {' or '.join(kind.by_name[kind.value_field].choices)}"
        self.diagnostics.append(error_at(entry.node, Code.NOT_A_SECTION, f"this {kind.title} must be one word", hint))

    def _take(self, kind: Kind, address: Address, entry: Pair) -> bool:
        """Read a resource, unless it is limited to other environments; return whether it is declared here."""
        only = limited_to(entry.node)
        if only is not None:
            self.diagnostics.extend(self._unknown_environments(entry.node, only))
            self.only[address] = (only, entry)
            if self.environment not in only:
                self._leave_out(kind, address, entry)
                return False
        may_be_plain = not (self.partial or self.context.variables.unmarked)
        plain = read_plain(kind, address, entry, self.interner) if may_be_plain else None
        desired, diagnostics = (
            (plain, []) if plain else read_resource(kind, address, entry, self.context, partial=self.partial)
        )
        self.diagnostics.extend(self._with_items(address, diagnostics) if self.generated else diagnostics)
        self.possible_secrets.extend(possible_secrets(desired))
        self.resources[address] = desired
        if named := desired.lifecycle.prune | desired.lifecycle.exclusive:
            listed = (each for each in children_of(kind) if each.section in named)
            self.collections.update((address, each) for each in listed if not each.created_by_twilio)
        return True

    def _leave_out(self, kind: Kind, address: Address, entry: Pair) -> None:
        """Check no more of a resource than its lifecycle, which is what limits it to other environments."""
        lifecycle, errors = read_lifecycle(kind, entry)
        self.diagnostics.extend(self._with_items(address, errors) if self.generated else errors)
        self.possible_secrets.extend(possible_secrets(Desired(address, kind, {}, lifecycle, entry, {})))

    def _with_items(self, address: Address, diagnostics: list[Diagnostic]) -> Iterator[Diagnostic]:
        """Name the item in each error of a text that contains a part of one."""
        above = (Address(address[:length]) for length in range(len(address), 0, -1)) if diagnostics else ()
        items = [self.generated[each] for each in above if each in self.generated]
        for each in diagnostics:
            start = each.range.start if each.range else None
            item = next((item for item in items if start in item.mixed), None)
            if item is None:
                yield each
            else:
                place = item.item.position
                detail = f"{each.detail}; the item is in {place}" if each.detail else f"correct the item in {place}"
                yield replace(each, detail=detail)

    def _unknown_environments(self, resource: Node, only: frozenset[str]) -> Iterator[Diagnostic]:
        for name in sorted(only - self.environments):
            hint = did_you_mean(name, self.environments) or "declare it under `environments`"
            summary = f"`only` names no environment {in_quotes(name)}"
            yield error_at(_place_of_only(resource, name), Code.BAD_LIFECYCLE, summary, hint)


def _declared_in_nothing(kind: Kind, node: Mapping) -> Iterator[Diagnostic]:
    """Report the sections of a resource that must not exist."""
    for section in (each.section for each in children_of(kind)):
        entry = node.items.get(section)
        if entry is not None and not _says_nothing(entry):
            summary = f"`{section}` is declared in {kind.a_title} that must not exist"
            yield error_at(
                entry, Code.BAD_LIFECYCLE, summary, "remove it: confsync deletes it together with its parent"
            )


def _place_of_only(resource: Node, name: str) -> Node:
    """Return the position of a name in `lifecycle.only`."""
    lifecycle = resource.get("lifecycle") if isinstance(resource, Mapping) else None
    only = lifecycle.get("only") if isinstance(lifecycle, Mapping) else None
    items = only.items if isinstance(only, Sequence) else ()
    return next((each for each in items if isinstance(each, Scalar) and each.value == name), resource)


def _says_nothing(entry: Pair) -> bool:
    """Whether a key has no value at all, which is already reported."""
    return isinstance(entry.node, Scalar) and entry.node.empty


def _standing_for(field: str, entry: Pair) -> Mapping:
    """Return the mapping that a single value stands for."""
    node = entry.node
    return Mapping(node.file, node.line, node.column, node.end_line, node.end_column, {field: entry})
