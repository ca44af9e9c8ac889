"""Loads a configuration."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec.structs import replace

from confsync.config.all_environments import load_environments
from confsync.config.config import Config, LoadOptions
from confsync.config.load import environment_names, load_config
from confsync.config.tree import File
from confsync.diagnostics import Diagnostic
from confsync.resources import KINDS
from confsync.state.ledger_name import emulator_ledger_in, ledger_name, read_sensitive_variables

__all__ = [
    "LoadOptions",
    "declared_addresses",
    "emulator_ledger_in",
    "environment_names",
    "load",
    "load_all_environments",
    "load_configuration",
    "section_names",
    "write_expanded",
]


def load(
    *paths: str | Path,
    directory: str | Path = ".",
    environment: str | None = None,
    variables: Mapping[str, str] | None = None,
    variable_files: Iterable[str | Path] = (),
    environ: Mapping[str, str] | None = None,
) -> Config:
    """Load a configuration and check everything that can be checked offline.

    Several paths are layers. Without a path, `directory` and its parents are searched, as by the command line. Each of
    the `variable_files` sets variables, as `--var-file` does.

    Raises UsageError, LocalFileError, and InvalidConfiguration with every mistake.
    """
    return load_configuration(
        LoadOptions(
            environ=os.environ if environ is None else environ,
            directory=Path(directory),
            files=tuple(map(Path, paths)),
            environment=environment,
            variables=variables or {},
            variable_files=tuple(map(Path, variable_files)),
        )
    )


def load_configuration(options: LoadOptions, *replacements: File) -> Config:
    """Load a configuration as `load` does; each of the replacements stands in for the file at its location."""

    def sensitive_before(folder: Path, environment: str | None) -> frozenset[str]:
        ledger = emulator_ledger_in(folder, environment) if options.emulator else folder / ledger_name(environment)
        return read_sensitive_variables(ledger)

    return load_config(replace(options, sensitive_before=sensitive_before), instead=replacements)


def load_all_environments(
    options: LoadOptions, names: tuple[str, ...]
) -> tuple[tuple[Config, ...], tuple[Diagnostic, ...]]:
    """Load a configuration for each of its environments; return the configurations, and each of their warnings once.

    Raises InvalidConfiguration with the errors of all of them, and what `load` raises otherwise.
    """
    return load_environments(options, names, load_configuration)


def write_expanded(config: Config) -> str:
    """Write out a configuration, with its patch, defaults and items in place, as YAML that asks for the same."""
    from confsync.config.writing.expanded import write_out

    return write_out(config)


def declared_addresses(options: LoadOptions) -> frozenset[str]:
    """Return the addresses in the chosen environment; if none is chosen, in all of them. Follows no secret reference.

    Raises as `load` does.
    """
    options = replace(options, resolve_secrets=False)
    names: list[str | None] = [options.environment] if options.environment else [*environment_names(options)]
    configs = (load_config(replace(options, environment=each)) for each in names or [None])
    return frozenset(str(address) for config in configs for address in config.declared)


def section_names() -> frozenset[str]:
    """Return the section of every kind of resource."""
    return frozenset(kind.section for kind in KINDS)
