"""A valid configuration as text: how much it declares, and in which files. `validate` imports no other view."""

import os
from collections.abc import Sequence

from confsync.config.config import Config
from confsync.views.escaping import printable


def valid_text(config: Config) -> str:
    """Say how much a valid configuration declares, where, and for which environment."""
    count = len(config.resources)
    environment = f"environment {config.environment.name}" if config.environment.name else "no environment"
    declared = f"{count} {'resource' if count == 1 else 'resources'} in {files_text(config.files)}"
    return f"Valid: {declared}; {printable(environment)}.\n"


def files_text(files: Sequence[str]) -> str:
    """Name the file of a configuration, or the folder of its files."""
    return printable(files[0]) if len(files) == 1 else f"{printable(_folder_of(files))} ({len(files)} files)"


def _folder_of(files: Sequence[str]) -> str:
    try:
        return os.path.commonpath(files) or "."
    except ValueError:  # some paths are absolute, some relative
        return os.path.commonpath([os.path.abspath(each) for each in files])  # noqa: PTH100 — shown, never opened
