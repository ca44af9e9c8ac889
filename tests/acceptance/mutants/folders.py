"""A configuration of several files, of which one is missing, empty, unread, or all that is read."""

from collections.abc import Callable
from pathlib import Path

from confsync.exit_codes import ExitCode
from tests.acceptance.mutants.base import BASE
from tests.acceptance.mutants.mutant import DONE, INVALID, REFUSED, Mutant, Scene, Tree
from tests.fast_yaml import dump_yaml, load_yaml

FOLDER = "confsync.d"


def _files() -> dict[str, Tree]:
    """Share the base out: what is at the top, each service, and its roles apart."""
    tree: Tree = load_yaml(BASE)
    services = tree.pop("services")
    files = {"main": tree}
    for name, service in services.items():
        files[f"{name}/roles"] = {"services": {name: {"roles": service.pop("roles")}}}
        files[f"{name}/service"] = {"services": {name: service}}
    return files


def _split(scene: Scene) -> None:
    (scene.folder / "confsync.yaml").unlink()
    for name, tree in _files().items():
        scene.write(dump_yaml(tree), f"{FOLDER}/{name}.yaml")


def _folder(name: str, breaks: Callable[[Path], object], ends: ExitCode, *arguments: str) -> Mutant:
    def split_and_break(scene: Scene) -> None:
        _split(scene)
        breaks(scene.folder / FOLDER)

    return Mutant(name=f"folder: {name}", breaks=split_and_break, ends=ends, arguments=("-e", "prod", *arguments))


def _nothing(_: Path) -> None:
    """Leave it as it is."""


LOST: tuple[tuple[str, ExitCode], ...] = (
    ("main", INVALID),
    ("support/roles", REFUSED),
    ("support/service", REFUSED),
    ("sales/roles", REFUSED),
    ("sales/service", REFUSED),
    ("night/roles", REFUSED),
)
"""Which file is missing, and how that ends: without what says to prune, there is nothing to lose."""

ALONE = tuple(name for name in _files() if name != "main")
"""Of these no one is a whole configuration: each lacks the environments."""


def _lost(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / f"{name}.yaml").unlink()


def _emptied(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / f"{name}.yaml").write_text("", "utf-8")


def _hidden(folder: Path) -> None:
    (folder / "sales").rename(folder / ".sales")


def _of_another_name(folder: Path) -> None:
    (folder / "sales/roles.yaml").rename(folder / "sales/roles.yaml.orig")


def _with_another_file(folder: Path) -> None:
    (folder.parent / "confsync.yaml").write_text(BASE, "utf-8")


def _corrupt(folder: Path) -> None:
    (folder / "sales/roles.yaml").write_text("<<<<<<< HEAD\nservices: {}\n=======\n", "utf-8")


def _linked_to_nowhere(folder: Path) -> None:
    (folder / "sales/roles.yaml").unlink()
    (folder / "sales/roles.yaml").symlink_to("nowhere.yaml")


FOLDERS: tuple[Mutant, ...] = (
    *(_folder(f"without {name}", _lost(name), ends) for name, ends in LOST),
    *(_folder(f"with nothing in {name}", _emptied(name), ends) for name, ends in LOST),
    *(_folder(f"{name} alone", _nothing, INVALID, "-f", f"{FOLDER}/{name}.yaml") for name in ALONE),
    _folder("one service alone", _nothing, INVALID, "-f", f"{FOLDER}/sales"),
    _folder("main alone, which has another ledger beside it", _nothing, DONE, "-f", f"{FOLDER}/main.yaml"),
    _folder("a service hidden", _hidden, DONE),
    _folder("a file of another name", _of_another_name, REFUSED),
    _folder("a file beside it", _with_another_file, INVALID),
    _folder("a file in conflict", _corrupt, INVALID),
    _folder("a file that leads nowhere", _linked_to_nowhere, INVALID),
    _folder("a layer that is missing", _nothing, INVALID, "-f", FOLDER, "-f", "prod.yaml"),
)
