"""A configuration that is valid, told in one line."""

import os

from confsync.config.config import Config
from confsync.views.escaping import printable


def as_text(config: Config) -> str:
    """Say how much it declares, where, and for which environment."""
    count = len(config.resources)
    environment = f"environment {config.environment.name}" if config.environment.name else "no environment"
    declared = f"{count} {'resource' if count == 1 else 'resources'} in {files_of(config.files)}"
    return f"Valid: {declared}; {printable(environment)}.\n"


def files_of(files: tuple[str, ...]) -> str:
    """Name the file of a configuration, or the folder of its files."""
    if len(files) == 1:
        return printable(files[0])
    return f"{printable(_folder_of(files))} ({len(files)} files)"


def _folder_of(files: tuple[str, ...]) -> str:
    try:
        return os.path.commonpath(files) or "."
    except ValueError:  # some here, some elsewhere
        return os.path.commonpath([os.path.abspath(each) for each in files])  # noqa: PTH100 — these are shown, not opened
