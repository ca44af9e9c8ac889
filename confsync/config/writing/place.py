"""Finds where the value of a field is written, and who else it applies to."""

from collections.abc import Iterator

from msgspec import Struct

from confsync.config.config import Config
from confsync.config.desired import Desired
from confsync.config.reuse.patch import PATCH
from confsync.config.tree import File, Mapping, Node, entry_at, plain_value
from confsync.config.yaml import parse_yaml
from confsync.diagnostics import Position
from confsync.model import Field

YamlPath = tuple[str, ...]


class WrittenPlace(Struct, frozen=True):
    """Where a value is written: the file, the keys that lead to it there, and the value as it is written.

    Without a value, the resource does not write the field. `own` means that only the chosen environment has it.
    """

    file: File
    path: YamlPath
    node: Node | None
    position: Position
    own: bool = False


class WrittenPlaces:
    """Finds where the values of one configuration are written. It parses each file again, once."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._trees: dict[File, Mapping | None] = {}

    def place_of(self, desired: Desired, field: Field) -> WrittenPlace | Position:
        """Find where the value of a field is written; a position, if it is not written in the resource itself.

        A value that several files together make is not written in one place either.
        """
        whole = _as_written(desired, field)
        if whole is None:
            return self._block_of(desired, field)
        return next(self._same_node(desired, field, whole), None) or whole.position

    def _same_node(self, desired: Desired, field: Field, whole: Node) -> Iterator[WrittenPlace]:
        """Yield the place in the file of a value where the keys of its address lead to it."""
        for path, own in self._paths(path_of(desired, field)):
            found = entry_at(self._tree(whole.file), *path)
            if found and _is_same(found.node, whole):
                yield WrittenPlace(whole.file, path, found.node, found.node.position, own)

    def _block_of(self, desired: Desired, field: Field) -> WrittenPlace | Position:
        """Find the block of a resource that does not write a field."""
        entry = desired.written
        for path, own in self._paths(tuple(desired.address)):
            found = entry_at(self._tree(entry.file), *path)
            if found and found.key.position == entry.position and isinstance(found.node, Mapping):
                return WrittenPlace(entry.file, (*path, *field.path), None, entry.position, own)
        return entry.position

    def _paths(self, path: YamlPath) -> Iterator[tuple[YamlPath, bool]]:
        """Yield a path at the top of a file, and in the patch of the chosen environment, which alone has that."""
        yield path, False
        if name := self._config.environment.name:
            yield ("environments", name, PATCH, *path), True

    def _tree(self, file: File) -> Mapping | None:
        if file not in self._trees:
            self._trees[file] = parse_yaml(file)[0]
        return self._trees[file]


def other_environments(config: Config, desired: Desired) -> tuple[str, ...]:
    """Name the other environments in which a resource exists too, as far as its `lifecycle.only` says."""
    above = (config.resources.get(type(desired.address)(desired.address[:length])) for length in _depths(desired))
    limits = [each.lifecycle.only for each in above if each and each.lifecycle.only is not None]
    return tuple(
        name
        for name in sorted(config.environments)
        if name != config.environment.name and all(name in only for only in limits)
    )


def in_lower_layer(config: Config, file: File) -> bool:
    """Whether a file belongs to a layer that is not the last one."""
    return file.location not in {each.location for each in config.layers[-1]}


class Patch(Struct, frozen=True):
    """The patch of an environment, even if it is not written yet: its file, and the keys that lead to it there."""

    file: File
    path: YamlPath


def patch_of(config: Config) -> Patch | None:
    """Return the patch of the chosen environment."""
    name, tree = config.environment.name, config.top.node
    environments = tree.get("environments") if isinstance(tree, Mapping) else None
    own = environments.get(name) if isinstance(environments, Mapping) and name else None
    if name is None or not isinstance(own, Mapping):
        return None
    written = own.items.get(PATCH)
    return Patch(written.file if written else own.file, ("environments", name, PATCH))


def path_of(desired: Desired, field: Field) -> YamlPath:
    """Return the keys that lead to a field; a link is written as its value."""
    return tuple(desired.address) if desired.kind.value_field else (*desired.address, *field.path)


def _depths(desired: Desired) -> range:
    return range(1, len(desired.address) + 1)


def _as_written(desired: Desired, field: Field) -> Node | None:
    """Return the value of a field before references are replaced."""
    entry = entry_at(desired.written.node, *field.path)
    return entry.node if entry else None


def _is_same(found: Node, whole: Node) -> bool:
    """Whether a node of one file is the entire value; the files of a folder merge mappings."""
    return found.position == whole.position and repr(plain_value(found)) == repr(plain_value(whole))
