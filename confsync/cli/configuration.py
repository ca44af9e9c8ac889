"""The configuration of a run, read and checked."""

from msgspec.structs import replace

from confsync.account import configuration
from confsync.cli.run import Run
from confsync.config.config import Config
from confsync.views.diagnostics_text import diagnostics_as_text
from confsync.views.escaping import printable


def read(run: Run, environment: str | None = None) -> Config:
    """Read the configuration that is meant, and tell its warnings. Raises what `validate` raises.

    Where no environment is chosen, it is read for the one that is given.
    """
    request = run.request
    request = replace(request, environment=request.environment or environment)
    config = run.config = configuration.load_configuration(request)
    if config.warnings and not run.json:
        run.console.note(diagnostics_as_text(config.warnings, run.console.note_palette))
    if run.options.verbose:
        run.remark(f"Configuration: {printable(', '.join(config.files))}")
    return config
