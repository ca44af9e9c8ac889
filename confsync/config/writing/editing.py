"""Edits values in a YAML file, and leaves every other byte unchanged.

A value keeps its quotes and its style. A new entry goes after the last one, in the indentation and style of its
neighbours. The result is parsed again: it must contain the old content and the edits, or nothing is written.
"""

from collections.abc import Iterator
from collections.abc import Mapping as Entries
from collections.abc import Sequence as Several
from typing import Any

from msgspec import Struct

from confsync.config.tree import File, Mapping, Node, Pair, Scalar, Sequence, plain_value
from confsync.config.writing.scalar_style import rewritten
from confsync.config.writing.splices import Source, Splice, inserted, removed, spans_of
from confsync.config.writing.yaml_text import write_block, write_inline, write_text
from confsync.config.yaml import parse_yaml
from confsync.errors import UsageError

Path = tuple[str, ...]


class Put(Struct, frozen=True):
    """A value to write, as YAML has it. In a list that is not `ordered`, items are only added and removed."""

    value: Any
    ordered: bool = True


def edit_file(file: File, edits: Entries[Path, Put | None]) -> str:
    """Write values at the paths of mappings, or remove the entries there (None); mappings on the way are created.

    A value that is there already is left as it is. Raises UsageError if that is not possible.
    """
    root, errors = parse_yaml(file)
    word = next((path[-1] for path in edits), "")
    if errors or root is None:
        raise _cannot_edit(file, word)
    expected: Any = plain_value(root)
    try:
        for path, edit in edits.items():
            _change(expected, path, edit)
        source = Source(file)
        text = source.spliced(_Editor(source).mapping(root, _nested(edits)))
    except (ValueError, TypeError) as error:
        raise _cannot_edit(file, word) from error
    node, errors = parse_yaml(File(file.path, text.encode("utf-8", "surrogatepass"), file.location))
    if errors or node is None or repr(plain_value(node)) != repr(expected):
        raise _cannot_edit(file, word)
    return text


def set_entry(file: File, path: Several[str], entries: Entries[str, str]) -> str:
    """Write entries into the mapping at a path, which is created if it is missing; old values are replaced.

    Raises UsageError if that is not possible.
    """
    return edit_file(file, {(*path, key): Put(value) for key, value in entries.items()})


def append_item(file: File, path: Several[str], item: str) -> str:
    """Append an item to the list at a path; create the list if needed. Raises UsageError as `set_entry` does."""
    there: Node | None = parse_yaml(file)[0]
    for step in path:
        if not isinstance(there, Mapping):
            raise _cannot_edit(file, step)
        there = there.get(step)
    if there is not None and not isinstance(there, Sequence):
        raise _cannot_edit(file, path[-1])
    old = [plain_value(each) for each in there.items] if there else []
    return edit_file(file, {tuple(path): Put([*old, item], ordered=False)})


_Edits = dict[str, "Put | _Edits | None"]
"""The edits in one mapping, by key; a nested mapping has the edits in the mapping there."""


def _nested(edits: Entries[Path, Put | None]) -> _Edits:
    nested: _Edits = {}
    for (*above, key), edit in edits.items():
        home = nested
        for step in above:
            below = home.setdefault(step, {})
            if not isinstance(below, dict):
                raise ValueError("one edit is inside another")  # noqa: TRY004 — the value is wrong
            home = below
        home[key] = edit
    return nested


def _change(home: Any, path: Path, edit: Put | None) -> None:  # noqa: ANN401 — whatever YAML says
    """Make one edit in the plain content of a file."""
    *above, key = path
    for step in above:
        home = home.setdefault(step, {}) if isinstance(home, dict) else None
    if not isinstance(home, dict):
        raise ValueError("this is not a mapping")  # noqa: TRY004 — the value is wrong
    if edit is None:
        home.pop(key, None)
    else:
        home[key] = _in_old_order(home.get(key), edit.value, ordered=edit.ordered)


def _in_old_order(old: object, new: object, *, ordered: bool) -> object:
    """Order the keys of a value as the editor writes them: the old ones first.

    An item of a list that is not `ordered` is never changed, so a new one has its keys in the new order.
    """
    if isinstance(new, dict):
        before = old if isinstance(old, dict) else {}
        keys = (*(key for key in before if key in new), *(key for key in new if key not in before))
        return {key: _in_old_order(before.get(key), new[key], ordered=ordered) for key in keys}
    if isinstance(new, list) and ordered:
        before_items = old if isinstance(old, list) else []
        padded = [*before_items, *[None] * len(new)]
        return [_in_old_order(padded[index], each, ordered=True) for index, each in enumerate(new)]
    return new


class _Editor(Struct, frozen=True):
    """Finds what to change in the text of a file."""

    source: Source

    def mapping(self, node: Mapping, edits: _Edits) -> Iterator[Splice]:
        """Edit entries of a mapping."""
        gone = [key for key, edit in edits.items() if edit is None and key in node.items]
        new = {key: edit for key, edit in edits.items() if edit is not None and key not in node.items}
        for key, edit in edits.items():
            pair = node.items.get(key)
            if pair is None or edit is None:
                continue
            if isinstance(edit, Put):
                yield from self.value(pair.node, edit.value, pair, ordered=edit.ordered, in_flow=self._is_flow(node))
            elif isinstance(pair.node, Mapping):
                yield from self.mapping(pair.node, edit)
            else:
                raise ValueError("this is not a mapping")  # noqa: TRY004 — the value is wrong
        yield from self._entries(node, gone, {key: _plain(edit) for key, edit in new.items()})

    def _entries(self, node: Mapping, gone: Several[str], new: Entries[str, object]) -> Iterator[Splice]:
        indexes = frozenset(index for index, key in enumerate(node.items) if key in gone)
        yield from removed(self.source, node, indexes)
        if new:
            flow = [f"{write_text(key, in_flow=True)}: {write_inline(each, in_flow=True)}" for key, each in new.items()]
            block = [line for key, each in new.items() for line in write_block(key, each)]
            yield from inserted(self.source, node, indexes, flow, block)

    def value(self, node: Node, new: object, pair: Pair | None, *, ordered: bool, in_flow: bool) -> Iterator[Splice]:
        """Make a value equal to another one; `pair` is the entry that it is the value of, if it is not an item."""
        if repr(plain_value(node)) == repr(new):
            return
        match node, new:
            case Mapping(), dict() if new and node.items:
                yield from self._merged(node, new, ordered=ordered)
            case Sequence(), list() if new:
                yield from self._items(node, new, ordered=ordered)
            case Scalar(), _:
                begin, end = self.source.begin(node), self.source.end(node)
                yield Splice(begin, end, rewritten(self.source, node, new, in_flow=in_flow))
            case _:
                yield from self._replaced(node, new, pair, in_flow=in_flow)

    def _merged(self, node: Mapping, new: dict[str, object], *, ordered: bool) -> Iterator[Splice]:
        flow = self._is_flow(node)
        for key, pair in node.items.items():
            if key in new:
                yield from self.value(pair.node, new[key], pair, ordered=ordered, in_flow=flow)
        gone = [key for key in node.items if key not in new]
        yield from self._entries(node, gone, {key: each for key, each in new.items() if key not in node.items})

    def _items(self, node: Sequence, new: list[object], *, ordered: bool) -> Iterator[Splice]:
        old = [repr(plain_value(each)) for each in node.items]
        if ordered and len(old) >= len(new):
            keep = list(range(len(new)))
        else:
            keep = list(_unchanged_items(old, [repr(each) for each in new])) if not ordered else list(range(len(old)))
        for place, index in enumerate(keep):
            yield from self.value(node.items[index], new[place], None, ordered=ordered, in_flow=self._is_flow(node))
        gone = frozenset(range(len(old))).difference(keep)
        yield from removed(self.source, node, gone)
        added = new[len(keep) :]
        if added:
            flow = [write_inline(each, in_flow=True) for each in added]
            yield from inserted(self.source, node, gone, flow, [f"- {write_inline(each)}" for each in added])

    def _replaced(self, node: Node, new: object, pair: Pair | None, *, in_flow: bool) -> Iterator[Splice]:
        """Replace a collection as a whole; in block style, its comments stay below the new value."""
        text = write_inline(new, in_flow=in_flow)
        if self._is_flow(node):
            yield Splice(self.source.begin(node), self.source.end(node), text)
            return
        if pair is None or pair.key.line == node.line or isinstance(node, Scalar):
            raise ValueError("the value is not below its key")
        yield from removed(self.source, node, frozenset(range(len(spans_of(node)))))
        colon = self.source.text.index(":", self.source.end(pair.key)) + 1
        yield Splice(colon, colon, f" {text}")

    def _is_flow(self, node: Node) -> bool:
        return self.source.is_flow(node)


def _unchanged_items(old: Several[str], new: Several[str]) -> Iterator[int]:
    """Yield the indexes of the old items that are the first of the new ones, in order."""
    position = 0
    for index, each in enumerate(old):
        if position < len(new) and each == new[position]:
            position += 1
            yield index


def _plain(edit: "Put | _Edits | None") -> object:
    """Return the value of a new entry."""
    if isinstance(edit, Put):
        return edit.value
    return {key: _plain(each) for key, each in (edit or {}).items() if each is not None}


def _cannot_edit(file: File, word: str) -> UsageError:
    return UsageError(f"`{word}` in {file.path} cannot be edited.", hint="Write the line yourself.")


__all__ = ["Put", "append_item", "edit_file", "set_entry"]
