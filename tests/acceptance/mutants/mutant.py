"""One way in which things go wrong."""

import pickle
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from confsync.exit_codes import ExitCode
from tests.acceptance.mutants.base import BASE
from tests.fast_yaml import dump_yaml, load_yaml
from tests.harness import Harness


@dataclass
class Scene(Harness):
    """A harness in which all is well, and what is to be closed once it is over."""

    closing: ExitStack = field(default_factory=ExitStack)


Tree = dict[str, Any]
Edit = Callable[[Tree], object]

PICKLED_BASE = pickle.dumps(load_yaml(BASE))
"""The base as a tree, which is copied for every mutant."""

DONE, INVALID, REFUSED = ExitCode.DONE, ExitCode.INVALID, ExitCode.REFUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """What is done to a scene, and how an apply then ends.

    `allowed` are the collections from each of which exactly one pruned thing goes.
    """

    name: str
    breaks: Callable[[Scene], object]
    ends: ExitCode
    arguments: tuple[str, ...] = ("-e", "prod")
    allowed: tuple[str, ...] = ()


def text(name: str, written: str, ends: ExitCode, *allowed: str) -> Mutant:
    """Write another configuration."""
    return Mutant(name=name, breaks=lambda scene: scene.write(written), ends=ends, allowed=allowed)


def swapped(before: str, after: str) -> str:
    """Give the base with something else in place of what it has."""
    assert before in BASE, before
    return BASE.replace(before, after)


def edited(*edits: Edit) -> str:
    """Give the base as another tree."""
    tree: Tree = pickle.loads(PICKLED_BASE)  # noqa: S301 — it was written above
    for edit in edits:
        edit(tree)
    return dump_yaml(tree)


def at(tree: Tree, path: str) -> Tree:
    """Give the mapping at a path."""
    for step in path.split("/") if path else ():
        tree = tree[step]
    return tree


def without(path: str) -> Edit:
    """Remove what stands at a path."""
    above, _, name = path.rpartition("/")
    return lambda tree: at(tree, above).pop(name)


def put(path: str, value: object) -> Edit:
    """Put something in the place of what stands at a path, or where nothing stands."""
    above, _, name = path.rpartition("/")
    return lambda tree: at(tree, above).__setitem__(name, value)


def renamed(path: str, name: str) -> Edit:
    """Give what stands at a path another key, in its old place."""
    above, _, old = path.rpartition("/")

    def edit(tree: Tree) -> None:
        here = at(tree, above)
        entries = [(name if key == old else key, value) for key, value in here.items()]
        here.clear()
        here.update(entries)

    return edit


def in_each(path: str, edit: Callable[[str, Tree], object]) -> Edit:
    """Do something to every member of a collection, which gets its name and itself."""
    return lambda tree: [edit(name, member) for name, member in list(at(tree, path).items())]
