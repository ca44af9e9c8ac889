"""Recognises a resource that is written plainly, and reads it in one pass: a large configuration has thousands of them.

Such a resource has no reference, no `null`, nothing sensitive, no field that depends on another one, and no mistake.
`read_plain` says nothing about any other: `declaration.py` reads those, and explains what is wrong with them.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache

from msgspec import Struct

from confsync.codecs import Boolean, StringSet, Text
from confsync.config.desired import Desired, DesiredValue
from confsync.config.lifecycle import NO_LIFECYCLE, read_lifecycle
from confsync.config.tree import Mapping as Keys
from confsync.config.tree import Node, Pair, Scalar, Sequence, entry_at
from confsync.interning import Interner
from confsync.model import Field, Kind
from confsync.names import Address, named_from
from confsync.resources import children_of

Items = Mapping[str, Pair]

Reader = Callable[[Address, Node], DesiredValue]
"""Brings a value of a resource with an address to normal form; None if the value is not plain."""


class _PlainField(Struct, frozen=True):
    field: Field
    read: Reader
    block: tuple[str, ...]
    key: str


class _PlainKind(Struct, frozen=True):
    """What is known about a kind: its fields, the keys that it may have, and those of each of its blocks."""

    fields: tuple[_PlainField, ...]
    keys: frozenset[str]
    blocks: tuple[tuple[tuple[str, ...], frozenset[str]], ...]
    linted: tuple[Field, ...]


def read_plain(kind: Kind, address: Address, written: Pair, interner: Interner | None = None) -> Desired | None:
    """Read a resource that is written plainly and without a mistake; None if it is not.

    With an interner, resources share the values that are equal.
    """
    plain = _plain_kind(kind)
    if plain is None or type(written.node) is not Keys or not plain.keys.issuperset(written.node.items):
        return None
    lifecycle = NO_LIFECYCLE
    if "lifecycle" in written.node.items:
        lifecycle, errors = read_lifecycle(kind, written)
        if errors or lifecycle.absent or lifecycle.lookup or lifecycle.previously:
            return None
    if not all(_has_only(written.node, block, keys) for block, keys in plain.blocks):
        return None
    fields = _read_fields(kind, plain, address, written.node)
    if fields is None or _has_warning(plain, fields):
        return None
    shared = interner.mapping(fields) if interner else fields
    return Desired(address, kind, shared, lifecycle, written, _PlainNodes(kind, written.node))


class _PlainNodes(Mapping[str, Node]):
    """The value of each field that is written in a plain resource, looked up where one is needed."""

    __slots__ = ("_kind", "_node")

    def __init__(self, kind: Kind, node: Keys) -> None:
        self._kind = kind
        self._node = node

    def __getitem__(self, name: str) -> Node:
        found = entry_at(self._node, *self._kind.by_name[name].path)
        if found is None:
            raise KeyError(name)
        return found.node

    def __iter__(self) -> Iterator[str]:
        return (each.name for each in self._kind.fields if entry_at(self._node, *each.path))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _read_fields(kind: Kind, plain: _PlainKind, address: Address, node: Keys) -> dict[str, DesiredValue] | None:
    fields: dict[str, DesiredValue] = {}
    if kind.name_field:
        fields[kind.name_field.name] = None
    for each in plain.fields:
        block = _block_at(node, each.block) if each.block else node
        pair = block.items.get(each.key) if block else None
        if pair is not None:
            value = each.read(address, pair.node)
            if value is None:
                return None
            fields[each.field.name] = value
        elif each.field is kind.name_field:
            value = each.read(address, _as_node(address.key, node))
            if value is None:
                return None
            fields[each.field.name] = value
        elif each.field.required and block is not None:
            return None
    return fields


def _has_warning(plain: _PlainKind, fields: Mapping[str, DesiredValue]) -> bool:
    """Whether there is a warning about a value."""
    texts = {name: value for name, value in fields.items() if type(value) is str} if plain.linted else {}
    for field in plain.linted:
        value = fields.get(field.name)
        if value is None:
            continue
        for text in value if isinstance(value, frozenset) else (str(value),):
            for lint in field.lints:
                if lint.check(text, texts):
                    return True
    return False


def _has_only(node: Keys, block: tuple[str, ...], keys: frozenset[str]) -> bool:
    """Whether a block is not written, or is a mapping with none but known keys."""
    here: Node | None = node
    for step in block:
        if type(here) is not Keys:
            return here is None
        here = here.get(step)
    return here is None or (type(here) is Keys and keys.issuperset(here.items))


def _block_at(node: Keys, block: tuple[str, ...]) -> Keys | None:
    here: Node | None = node
    for step in block:
        here = here.get(step) if type(here) is Keys else None
    return here if type(here) is Keys else None


def _as_node(key: str, node: Keys) -> Scalar:
    return Scalar(node.file, node.line, node.column, node.line, node.column, key)


@cache
def _plain_kind(kind: Kind) -> _PlainKind | None:
    """Prepare what can be known about all resources of a kind; None if none of them is read in one pass."""
    depends = (each.only_if or each.required_if or each.constraints or each.secret for each in kind.fields)
    if kind.group or kind.form == "link" or kind.key_options or any(depends):
        return None
    paths = {each.path for each in kind.fields}
    blocks = dict.fromkeys(path[:depth] for path in paths for depth in range(1, len(path)))
    inside = {block: frozenset(each[len(block)] for each in paths if each[: len(block)] == block) for block in blocks}
    sections = (each.section for each in children_of(kind))
    return _PlainKind(
        fields=tuple(_PlainField(each, _reader(kind, each), each.path[:-1], each.path[-1]) for each in kind.fields),
        keys=frozenset((*(path[0] for path in paths), *sections, "lifecycle")),
        blocks=tuple(inside.items()),
        linted=tuple(each for each in kind.fields if each.lints and not each.choices and not each.ref),
    )


def _reader(kind: Kind, field: Field) -> Reader:
    match field.codec:
        case Text() as codec:
            return _text_reader(kind, field, codec)
        case Boolean():
            return _read_boolean
        case StringSet():
            return _set_reader(field)
    return lambda _, __: None


def _read_boolean(_: Address, node: Node) -> DesiredValue:
    return node.value if type(node) is Scalar and type(node.value) is bool else None


def _text_reader(kind: Kind, field: Field, codec: Text) -> Reader:
    choices, length, patterns = frozenset(field.choices), field.length, field.patterns
    target = field.ref.kind if field.ref else None

    def read(address: Address, node: Node) -> DesiredValue:
        text = node.value if type(node) is Scalar else None
        if type(text) is not str or not _is_plain(text):
            return None
        text = codec.fold_case(text)
        if text == field.cleared_as or (choices and text not in choices):
            return None
        if not choices and not (length.allows(text) and all(each.matches(text) for each in patterns)):
            return None
        return named_from(kind, address, target, text) if target else text

    return read


def _set_reader(field: Field) -> Reader:
    length, item_length = field.length, field.item_length

    def read(_: Address, node: Node) -> DesiredValue:
        if type(node) is not Sequence:
            return None
        texts = set()
        for item in node.items:
            text = item.value if type(item) is Scalar else None
            if type(text) is not str or not _is_plain(text) or not item_length.allows(text):
                return None
            texts.add(text)
        found = frozenset(texts)
        return found if length.allows(found) else None

    return read


def _is_plain(text: str) -> bool:
    """Whether a text is not empty, and neither has a reference nor could have a password in a URL."""
    if not text or "${{" in text or not text.isascii():
        return False
    return "://" not in text or _MAY_HAVE_A_PASSWORD.isdisjoint(text)


_MAY_HAVE_A_PASSWORD = frozenset("@?#")
