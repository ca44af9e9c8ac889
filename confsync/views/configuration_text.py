"""A valid configuration as text: how much it declares, and in which files. `validate` imports no other view."""

import os
from collections.abc import Sequence

from confsync.config.config import Config
from confsync.views.escaping import printable


def valid_text(config: Config, *others: Config) -> str:
    """Say how much a valid configuration declares, where, and for which environments."""
    files = files_text(config.files[: len(config.files) - len(config.variable_files)])
    if others:
        counts = ", ".join(f"{each.environment.name} ({_count(each)})" for each in (config, *others))
        return f"Valid: {files}; environments {printable(counts)}.\n"
    environment = f"environment {config.environment.name}" if config.environment.name else "no environment"
    return f"Valid: {_count(config)} in {files}; {printable(environment)}.\n"


def _count(config: Config) -> str:
    count = len(config.declared)
    return f"{count} {'resource' if count == 1 else 'resources'}"


def files_text(files: Sequence[str]) -> str:
    """Name the file of a configuration, or the folder of its files."""
    return printable(files[0]) if len(files) == 1 else f"{printable(_folder_of(files))} ({len(files)} files)"


def _folder_of(files: Sequence[str]) -> str:
    try:
        return os.path.commonpath(files) or "."
    except ValueError:  # some paths are absolute, some relative
        return os.path.commonpath([os.path.abspath(each) for each in files])  # noqa: PTH100 — shown, never opened
