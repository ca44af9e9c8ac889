"""Where the value of a variable comes from in this run."""

from enum import StrEnum

from msgspec import Struct

from confsync.config.config import Config
from confsync.config.tree import entry_at
from confsync.config.variables.files import read_variable_files
from confsync.config.variables.variable import PREFIX
from confsync.diagnostics import Position


class VariableSource(StrEnum):
    """What may set a variable, lowest precedence first."""

    DEFAULT = "default"
    ENVIRONMENT = "environment"
    FILE = "file"
    PROCESS = "process environment"
    OPTION = "option"
    NOTHING = "nothing"


class VariableOrigin(Struct, frozen=True):
    """A variable, what set it, and where that is written, if it is written in a file."""

    name: str
    source: VariableSource
    position: Position | None = None


def variable_origin(config: Config, name: str) -> VariableOrigin:
    """Find what sets a variable in this run."""
    options, tree = config.options, config.top.node
    if name in options.variables:
        return VariableOrigin(name, VariableSource.OPTION)
    if PREFIX + name in options.environ:
        return VariableOrigin(name, VariableSource.PROCESS)
    given = read_variable_files(options.variable_files, options.environ).get(name)
    if given is not None:
        return VariableOrigin(name, VariableSource.FILE, given.position)
    entry = entry_at(tree, "environments", config.environment.name or "", "variables", name)
    if entry is not None:
        return VariableOrigin(name, VariableSource.ENVIRONMENT, entry.position)
    entry = entry_at(tree, "variables", name)
    if entry is None or name in config.sensitive_variables:
        return VariableOrigin(name, VariableSource.NOTHING, entry.position if entry else None)
    return VariableOrigin(name, VariableSource.DEFAULT, entry.position)
