"""How every command reads the configuration."""

from typing import TYPE_CHECKING

from confsync.cli.invocation import Invocation

if TYPE_CHECKING:
    from confsync.config.config import Config


def read_config(invocation: Invocation, environment: str | None = None, *, instead: bool = False) -> "Config":
    """Read the configuration, and print its warnings. `environment` is selected unless an option selects one.

    With `instead`, it is selected whatever an option selects.

    Raises what `load` raises.
    """
    from msgspec.structs import replace

    from confsync.account import configuration
    from confsync.cli.results import Result

    options = invocation.load_options
    chosen = environment if instead else options.environment or environment
    options = replace(options, environment=chosen)
    config = configuration.load_configuration(options)
    invocation.keep(Result(config=config))
    note_warnings(invocation, config)
    if invocation.options.verbose:
        from confsync.views.escaping import printable

        invocation.remark(f"Configuration: {printable(', '.join(config.files))}")
    return config


def note_warnings(invocation: Invocation, config: "Config") -> None:
    """Print the warnings of a configuration, unless the output is JSON, which contains them."""
    if config.warnings and not invocation.json:
        invocation.diagnose(config.warnings)
