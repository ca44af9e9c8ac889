"""Where a value is written, and how it came from there into a resource."""

# Nothing is recorded per value: each has its file and position, and the keys around that position say the rest.

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from confsync.config.config import Config
from confsync.config.desired import Desired
from confsync.config.reuse.defaults import DEFAULTS, FOR_EACH
from confsync.config.reuse.for_each import Generated
from confsync.config.reuse.patch import PATCH
from confsync.config.tree import File, Mapping, Node, Pair, Placed, Scalar, Sequence
from confsync.config.yaml import parse_yaml
from confsync.diagnostics import Position
from confsync.model import Kind
from confsync.names import Address
from confsync.resources import children_of


class Through(StrEnum):
    """What a value is part of if it is not written in its resource itself."""

    DEFAULTS = "defaults"
    ITEM = "item"
    RESOURCE = "resource"
    KEY = "key"


class Reuse(Struct, frozen=True):
    """A block that is not a resource itself. `address` is that of the `defaults` or of the group of a `for_each`."""

    through: Through
    address: Address


class Origin(Struct, frozen=True):
    """Where a value is written. `layer` counts from 0; `path` has the keys that lead to it in its file.

    `node` is the value as it is written, with its references. `patch` is the environment whose patch contains it.
    `reuse` are the blocks that contain it, outermost first.
    """

    position: Position
    layer: int
    path: tuple[str, ...]
    node: Node
    patch: str | None = None
    reuse: tuple[Reuse, ...] = ()


class Provenance:
    """Finds where the values of one configuration are written. It parses each file again, when it is first needed."""

    def __init__(self, config: Config) -> None:
        self._config = config
        read = [(number, file) for number, files in enumerate(config.layers) for file in files]
        self._files = {file.location: (number, file) for number, file in read}
        self._by_path = {file.path: (number, file) for number, file in read}
        self._trees: dict[File, Mapping | None] = {}

    def origin_of(self, place: Placed) -> Origin | None:
        """Find where a value or a key is written; None if that is not a file of the configuration.

        The value of a list or a mapping variable is written where the resource refers to the variable.
        """
        used = place.file.used
        position = used or place.position
        known = self._by_path.get(used.file) if used else self._files.get(place.file.location)
        layer, file = known or (0, None)
        root = self._tree(file) if file else None
        if root is None:
            return None
        path, node = _keys_to(root, (position.line, position.column))
        environment = path[1] if len(path) >= len(_PATCH) and (path[0], path[2]) == (_PATCH[0], _PATCH[2]) else None
        below = path if environment is None else path[len(_PATCH) :]
        return Origin(position, layer, path, node, environment, tuple(_reuse(below)))

    def origins_of(self, desired: Desired) -> dict[str, Origin]:
        """Find where each value of a resource is written, by the name of its field; a name may default to the key."""
        name = desired.kind.name_field
        places: dict[str, Placed] = {name.name: desired.written.key} if name else {}
        found = {field: self.origin_of(place) for field, place in (places | dict(desired.nodes)).items()}
        return {field: origin for field, origin in found.items() if origin is not None}

    def item_of(self, address: Address) -> Generated | None:
        """Return the item of a `for_each` that a resource, or the nearest one that contains it, was made for."""
        generated = self._config.expansion.generated if self._config.expansion else {}
        above = (Address(address[:length]) for length in range(len(address), 0, -1))
        return next((generated[each] for each in above if each in generated), None)

    def _tree(self, file: File) -> Mapping | None:
        if file not in self._trees:
            self._trees[file] = parse_yaml(file)[0]
        return self._trees[file]


_PATCH = ("environments", "NAME", PATCH)


def _keys_to(root: Mapping, place: tuple[int, int]) -> tuple[tuple[str, ...], Node]:
    """Return the keys on the way to a position, and the value or the key there."""
    node: Node = root
    path: list[str] = []
    while True:
        match node:
            case Mapping():
                found = next((each for each in node.items.items() if _contains(each[1], place)), None)
                if found is None:
                    return tuple(path), node
                path.append(found[0])
                if _is_within(found[1].key, place):
                    return tuple(path), found[1].key
                node = found[1].node
            case Sequence():
                inside = next((each for each in node.items if _is_within(each, place)), None)
                if inside is None:
                    return tuple(path), node
                node = inside
            case Scalar():
                return tuple(path), node


def _contains(entry: Pair, place: tuple[int, int]) -> bool:
    return _is_within(entry.key, place) or _is_within(entry.node, place)


def _is_within(node: Placed, place: tuple[int, int]) -> bool:
    return (node.line, node.column) <= place < (node.end_line, node.end_column)


def _reuse(path: tuple[str, ...]) -> Iterator[Reuse]:
    """Yield the blocks on a path of keys from the top."""
    kind: Kind | None = None
    address = Address()
    steps = list(path)
    while steps:
        section = steps.pop(0)
        kind = next((each for each in children_of(kind) if each.section == section), None)
        if kind is None:
            return
        address /= section
        if kind.group or kind.singleton or not steps:
            continue
        address /= steps.pop(0)
        if address.key == DEFAULTS:
            yield Reuse(Through.DEFAULTS, address)
        elif address.key == FOR_EACH and len(steps) > 1:
            address /= steps.pop(0)
            part = _PARTS.get(steps.pop(0))
            if part is None:
                return
            yield Reuse(part, address)
            if part is not Through.RESOURCE:
                return


_PARTS = {"items": Through.ITEM, "resource": Through.RESOURCE, "key": Through.KEY}
