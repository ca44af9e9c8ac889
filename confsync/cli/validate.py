"""`confsync validate`, and how every command reads the configuration."""

from typing import TYPE_CHECKING

import click

from confsync.cli.command import Command
from confsync.cli.invocation import Invocation

if TYPE_CHECKING:
    from confsync.cli.results import Result
    from confsync.config.config import Config


@click.command("validate", cls=Command)
@click.pass_obj
def validate(invocation: Invocation) -> "Result":
    """Check everything that can be checked offline."""
    from confsync.cli.results import ConfigurationResult

    return ConfigurationResult(config=read_config(invocation))


def read_config(invocation: Invocation, environment: str | None = None) -> "Config":
    """Read the configuration, and print its warnings. `environment` is selected unless an option selects one.

    Raises what `load` raises.
    """
    from msgspec.structs import replace

    from confsync.account import configuration
    from confsync.cli.results import Result

    options = invocation.load_options
    options = replace(options, environment=options.environment or environment)
    config = configuration.load_configuration(options)
    invocation.keep(Result(config=config))
    if config.warnings and not invocation.json:
        from confsync.views.diagnostics_text import diagnostics_as_text

        invocation.console.note(diagnostics_as_text(config.warnings, invocation.console.note_palette))
    if invocation.options.verbose:
        from confsync.views.escaping import printable

        invocation.remark(f"Configuration: {printable(', '.join(config.files))}")
    return config
