"""A configuration that is valid, told in one line."""

from confsync.config.desired import Config
from confsync.views.foreign import printable
from confsync.views.plan_text import files_of


def as_text(config: Config) -> str:
    """Say how much it declares, where, and for which environment."""
    count = len(config.resources)
    environment = f"environment {config.environment.name}" if config.environment.name else "no environment"
    declared = f"{count} {'resource' if count == 1 else 'resources'} in {files_of(config)}"
    return f"Valid: {declared}; {printable(environment)}.\n"
