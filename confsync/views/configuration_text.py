"""A configuration that is valid, told in one line."""

from confsync.config.config import Config
from confsync.views.foreign import printable

MOST_FILES = 3


def as_text(config: Config) -> str:
    """Say how much it declares, where, and for which environment."""
    count = len(config.resources)
    environment = f"environment {config.environment.name}" if config.environment.name else "no environment"
    declared = f"{count} {'resource' if count == 1 else 'resources'} in {files_of(config)}"
    return f"Valid: {declared}; {printable(environment)}.\n"


def files_of(config: Config) -> str:
    """Name the files of a configuration, or the first few of them."""
    files = config.files
    shown = ", ".join(map(printable, files[:MOST_FILES]))
    return shown if len(files) <= MOST_FILES else f"{shown} and {len(files) - MOST_FILES} more"
