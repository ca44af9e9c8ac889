"""Reads the files that `--var-file` names: a mapping of variables and their values in each."""

from collections.abc import Container, Iterable, Iterator
from collections.abc import Mapping as Table
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from confsync.config.sources.file_boundary import absolute_path
from confsync.config.sources.files import read_layer
from confsync.config.sources.folder import display_path
from confsync.config.tree import Mapping, Node
from confsync.config.variables.checks import named_value_errors
from confsync.config.variables.declaration import entries_of, not_keys_and_values
from confsync.config.variables.variable import Variable
from confsync.config.yaml import parse_yaml_value
from confsync.diagnostics import Diagnostic
from confsync.errors import UsageError


class VariableFiles(Struct, frozen=True):
    """What the files contain, in order of increasing precedence; their displayed names, and what is wrong with them."""

    sections: tuple[Node, ...] = ()
    names: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    def get(self, name: str) -> Node | None:
        """Return what the last file that sets a variable has for it."""
        mappings = (section for section in reversed(self.sections) if isinstance(section, Mapping))
        return next((section.items[name].node for section in mappings if name in section.items), None)

    def only(self, declared: Container[str]) -> "VariableFiles":
        """Leave out the values of variables that are not declared."""
        return replace(self, sections=tuple(_without_undeclared(section, declared) for section in self.sections))


def read_variable_files(paths: Iterable[Path], environ: Table[str, str]) -> VariableFiles:
    """Read the files; the same limits apply as to a file of the configuration. Raises UsageError and LocalFileError."""
    sections: list[Node] = []
    names: list[str] = []
    found: list[Diagnostic] = []
    for path in paths:
        _require_file(path)
        layer = read_layer(path, environ)
        found.extend(layer.diagnostics)
        for file in layer.files:
            section, errors = parse_yaml_value(file)
            names.append(file.path)
            found.extend([*errors, *not_keys_and_values(section)])
            sections.extend([] if section is None else [section])
    return VariableFiles(tuple(sections), tuple(names), tuple(found))


def variable_file_errors(files: VariableFiles, declared: Table[str, Variable]) -> Iterator[Diagnostic]:
    """Report what is wrong with the files and with the values in them."""
    yield from files.diagnostics
    for section in files.sections:
        for name, entry in entries_of(section):
            yield from named_value_errors(name, entry, declared, like_default=True)


def _without_undeclared(section: Node, declared: Container[str]) -> Node:
    if not isinstance(section, Mapping):
        return section
    return section.holding({name: entry for name, entry in section.items.items() if name in declared})


def _require_file(path: Path) -> None:
    absolute = absolute_path(path)
    if absolute.is_dir():
        raise UsageError(f"{display_path(path)} is a folder.", hint="Name a YAML file with --var-file.")
    if not absolute.exists() and not absolute.is_symlink():
        raise UsageError(f"There is no file {display_path(path)}.", hint="Name one that exists with --var-file.")
