"""`confsync validate`."""

from typing import TYPE_CHECKING

import click

from confsync.cli.command import Command
from confsync.cli.configuration import note_warnings, read_config
from confsync.cli.formats import TEST_FORMATS
from confsync.cli.invocation import Invocation
from confsync.cli.options import SELECT_CONFIGURATION, variable_of

if TYPE_CHECKING:
    from confsync.cli.results import Result
    from confsync.errors import UsageError


@click.command("validate", cls=Command, formats=TEST_FORMATS, selected_by=SELECT_CONFIGURATION)
@click.option(
    "--all-environments",
    is_flag=True,
    envvar=variable_of("--all-environments"),
    show_envvar=True,
    help="Check every environment, even if CONFSYNC_ENV selects one.",
)
@click.option(
    "--expanded",
    is_flag=True,
    envvar=variable_of("--expanded"),
    show_envvar=True,
    help="Print the configuration of one environment, with its patch applied, and with `defaults`, `for_each` and "
    "variables expanded.",
)
@click.pass_obj
def validate(invocation: Invocation, *, all_environments: bool, expanded: bool) -> "Result":
    """Check everything in the configuration that can be checked offline.

    Without -e, confsync checks all environments.

    The output of --expanded is itself a configuration that declares the same resources. Secrets and sensitive
    variables appear in it as references, not as values.
    """
    from confsync.cli.results import ConfigurationResult

    if expanded:
        from confsync.account.configuration import write_expanded

        if all_environments:
            raise _one_or_all("--expanded prints one environment", "--all-environments")
        config = read_config(invocation)
        return ConfigurationResult(config=config, expanded=write_expanded(config))
    if all_environments:
        if invocation.given.typed("envs"):
            raise _one_or_all("-e selects one environment", "--all-environments")
        invocation.retarget(environment=None, emulator=invocation.options.emulator)
    names = _environments(invocation) if all_environments or not invocation.options.envs else ()
    if len(names) > 1:
        return _check_environments(invocation, names)
    return ConfigurationResult(config=read_config(invocation, next(iter(names), None), instead=all_environments))


def _one_or_all(happened: str, flag: str) -> "UsageError":
    from confsync.errors import UsageError

    return UsageError(f"{happened}, and {flag} checks all of them.", hint=f"Remove {flag}.")


def _environments(invocation: Invocation) -> tuple[str, ...]:
    from confsync.account.configuration import environment_names

    return environment_names(invocation.load_options)


def _check_environments(invocation: Invocation, names: tuple[str, ...]) -> "Result":
    """Check several environments, and report each diagnostic once."""
    from msgspec.structs import replace

    from confsync.account.configuration import load_all_environments
    from confsync.cli.results import ConfigurationResult

    invocation.keep(ConfigurationResult(environments=names))
    configs, warnings = load_all_environments(invocation.load_options, names)
    first = replace(configs[0], environment=replace(configs[0].environment, name=None), warnings=warnings)
    note_warnings(invocation, first)
    return ConfigurationResult(config=first, environments=names, configs=configs)
