"""`${{ each.key }}` and `${{ each.value }}`: what differs from item to item in the resource of a `for_each`."""

# A template is prepared once and filled for every item. What no item changes is shared by all of them.

from collections.abc import Callable, Iterator
from typing import TypeAlias

from msgspec import Struct

from confsync.config.codes import Code
from confsync.config.references.syntax import EACH, OPEN, Reference, place_of, reference_in, spans_of
from confsync.config.reuse.defaults import FOR_EACH
from confsync.config.reuse.limits import Budget, count_values
from confsync.config.tree import Mapping, Node, Pair, Scalar, Sequence, error_at
from confsync.config.variables.values import text_of
from confsync.diagnostics import Diagnostic
from confsync.model import Kind
from confsync.quoting import in_quotes
from confsync.resources import children_of

Report: TypeAlias = Callable[[Diagnostic], None]


class Item(Struct, eq=False):
    """An item of a `for_each`: its key as it is written, and its value. An item of a list is both."""

    key: Scalar
    value: Node

    def at(self, name: str) -> Node | None:
        """Return what `key` or `value.a.b` names, if the item has it."""
        first, *steps = name.split(".")
        node: Node | None = self.key if first == "key" else self.value
        for step in steps:
            node = node.get(step) if isinstance(node, Mapping) else None
        return node


class _Text(Struct, eq=False):
    """A text with references to the item. A text that is one reference becomes the item's own value, of any type."""

    node: Scalar
    pieces: tuple[str | Reference, ...]


class _Keys(Struct, eq=False):
    """A mapping, and those of its values that depend on the item."""

    node: Mapping
    changed: "dict[str, Part]"


class _List(Struct, eq=False):
    """A list of which at least one item depends on the item of the `for_each`."""

    node: Sequence
    parts: "list[Part]"


Part: TypeAlias = Node | _Text | _Keys | _List


class Template(Struct, eq=False):
    """A value to fill for each item. `mixed` are the texts in which a reference is a part, `size` counts all values."""

    part: Part
    references: dict[str, tuple[Scalar, Reference]]
    mixed: list[Scalar]
    size: int

    def fill(self, item: Item, budget: Budget, report: Report) -> Node:
        """Replace the references by what an item has; one that it lacks leaves an empty value.

        The caller has counted the values of the template itself.
        """
        return _filled(self.part, _Filling(item, budget, report))


def read_template(kind: Kind | None, node: Node, report: Report) -> Template:
    """Find the references in a value, which is a resource of a kind if there is one.

    The `resource` and the `key` of a `for_each` in it are left alone: their references mean its own items.
    """
    template = Template(node, {}, [], 0)
    template.part = _TemplateReader(template, report).part(kind, node)
    return template


class _TemplateReader(Struct):
    template: Template
    report: Report

    def part(self, kind: Kind | None, node: Node) -> Part:
        """Read a value: a resource of a kind, a group, or any other value."""
        self.template.size += 1
        match node:
            case Mapping():
                sections = {each.section: each for each in children_of(kind)} if kind else {}
                return self._keys(node, lambda name, value: self._entry(sections.get(name), value))
            case Sequence():
                parts = [self.part(None, each) for each in node.items]
                return node if parts == node.items else _List(node, parts)
            case Scalar(value=str() as text) if OPEN in text:
                return self._text(node, text)
        return node

    def _entry(self, section: Kind | None, node: Node) -> Part:
        if section is None or section.group or section.singleton or not isinstance(node, Mapping):
            return self.part(section, node)
        self.template.size += 1
        return self._keys(node, lambda name, value: self._member(section, name, value))

    def _member(self, kind: Kind, name: str, node: Node) -> Part:
        if name != FOR_EACH or not isinstance(node, Mapping):
            return self.part(kind, node)
        self.template.size += 1
        return self._keys(node, lambda _, group: self._group(group))

    def _group(self, node: Node) -> Part:
        """Read the items of a `for_each` within the template; the rest of it has items of its own."""
        if not isinstance(node, Mapping):
            return self.part(None, node)
        self.template.size += count_values(node)
        return self._keys(node, lambda name, value: self.part(None, value) if name == "items" else value)

    def _keys(self, node: Mapping, read: Callable[[str, Node], Part]) -> Part:
        parts = ((name, entry.node, read(name, entry.node)) for name, entry in node.items.items())
        changed = {name: part for name, value, part in parts if part is not value}
        return _Keys(node, changed) if changed else node

    def _text(self, node: Scalar, text: str) -> Part:
        pieces = tuple(_pieces(text))
        references = [each for each in pieces if isinstance(each, Reference)]
        if any(isinstance(each, str) and _is_nested(each) for each in pieces):
            hint = "write the whole reference in each item, and only `${{ each.value.NAME }}` here"
            self.report(error_at(node, Code.MALFORMED_REFERENCE, "a reference cannot contain another one", hint))
            return node.emptied()
        for reference in references:
            if not _is_known(reference.name):
                hint = "write `${{ each.key }}`, `${{ each.value }}` or `${{ each.value.NAME }}`"
                summary = f"an item has no {in_quotes(reference.name)}"
                self.report(error_at(place_of(node, reference), Code.BAD_EACH, summary, hint))
                return node.emptied()
            self.template.references.setdefault(reference.name, (node, reference))
        if len(pieces) > 1 and references:
            self.template.mixed.append(node)
        return _Text(node, pieces) if references else node


def _pieces(text: str) -> Iterator[str | Reference]:
    """Split a text into references to the item, and everything between them as it is written."""
    done = 0
    for start, end in spans_of(text):
        reference = reference_in(text[start:end])
        if reference.kind == EACH:
            if start > done:
                yield text[done:start]
            yield reference
            done = end
    if done < len(text):
        yield text[done:]


def _is_nested(text: str) -> bool:
    """Whether a reference in a text contains the beginning of another one, which names the item."""
    return any(f"{OPEN} {EACH}." in text[start + 1 : end] for start, end in spans_of(text))


def _is_known(name: str) -> bool:
    return name in ("key", "value") or name.startswith("value.")


class _Filling(Struct):
    item: Item
    budget: Budget
    report: Report


def _filled(part: Part, filling: _Filling) -> Node:
    match part:
        case _Text():
            return _filled_text(part, filling)
        case _Keys(node=node, changed=changed):
            items = dict(node.items)
            for name, each in changed.items():
                items[name] = Pair(items[name].key, _filled(each, filling))
            return node.holding(items)
        case _List(node=node, parts=parts):
            return node.holding([_filled(each, filling) for each in parts])
    return part


def _filled_text(part: _Text, filling: _Filling) -> Node:
    item = filling.item
    if len(part.pieces) == 1 and isinstance(part.pieces[0], Reference):
        found = item.at(part.pieces[0].name)
        if found is not None:
            filling.budget.spend(count_values(found), item.key)
        return part.node.emptied() if found is None else found
    texts = [each if isinstance(each, str) else _inserted(part.node, each, filling) for each in part.pieces]
    if any(each is None for each in texts):
        return part.node.emptied()
    known = [each for each in texts if each is not None]
    filling.budget.write(sum(map(len, known)), item.key)
    text = "".join(known)
    if _references(text) != [found for each in known for found in _references(each)]:
        hint = f"remove the `$` or the braces at its beginning or end, or from the text in {part.node.position}"
        summary = f"item {in_quotes(item.key.value)} makes a reference together with the text around it"
        filling.report(error_at(item.key, Code.BAD_EACH, summary, hint))
        return part.node.emptied()
    return part.node.holding(text)


def _references(text: str) -> list[str]:
    return [text[start:end] for start, end in spans_of(text)] if OPEN in text else []


def _inserted(node: Scalar, reference: Reference, filling: _Filling) -> str | None:
    """Return what an item has as text; None if that is impossible, or if the item lacks it."""
    found = filling.item.at(reference.name)
    if found is None or found.empty:
        return None
    if isinstance(found, Scalar) and isinstance(found.value, str | int | float):
        return text_of(found.value)
    what = {Mapping: "a mapping", Sequence: "a list"}.get(type(found), "null")
    where = place_of(node, reference).position
    summary = f"{in_quotes(reference.name)} of item {in_quotes(filling.item.key.value)} is {what}, which is not text"
    hint = f"write a text or a number, which {where} puts into a longer text"
    filling.report(error_at(found, Code.BAD_EACH, summary, hint))
    return None
