"""`confsync diff`."""

from typing import TYPE_CHECKING

import click

from confsync.cli.command import PlanningCommand
from confsync.cli.invocation import Invocation
from confsync.cli.options import SELECT_CONFIGURATION

if TYPE_CHECKING:
    from confsync.account.configuration import LoadOptions
    from confsync.cli.results import Result
    from confsync.errors import UsageError

_SIDES = 2


@click.command("diff", cls=PlanningCommand, selected_by=SELECT_CONFIGURATION)
@click.pass_obj
def diff(invocation: Invocation) -> "Result":
    """Compare the configurations of two environments, offline.

    Pass -e twice, once for each environment. confsync lists the resources that exist in only one of the two
    environments, and the fields and `lifecycle` settings whose values differ.

    confsync compares the references to secrets rather than the secrets themselves, so it does not need the secrets.
    This command sends no requests.
    """
    from confsync.account.comparison import diff_environments
    from confsync.cli.results import DiffResult
    from confsync.plan.intent import Selection

    options = invocation.options
    invocation.retarget(environment=None, emulator=options.emulator)
    if len(options.envs) != _SIDES:
        raise _not_two(invocation.load_options)
    first, second = options.envs
    selection = Selection(targets=options.target, excludes=options.exclude, kinds=options.kind)
    config, found = diff_environments(invocation.load_options, first, second, selection)
    if config.warnings and not invocation.json:
        invocation.diagnose(config.warnings)
    return DiffResult(config=config, diff=found)


def _not_two(options: "LoadOptions") -> "UsageError":
    """Say which environments there are to choose from."""
    from confsync.account.configuration import environment_names
    from confsync.errors import UsageError

    names = environment_names(options)
    if len(names) < _SIDES:
        there = f"It declares {'only ' + names[0] if names else 'none'}."
        hint = "Declare at least two under `environments`, then name two of them with -e."
        return UsageError(f"`diff` compares two environments of the configuration. {there}", hint=hint)
    return UsageError(
        f"`diff` compares two environments, so it needs -e twice. The configuration has {', '.join(names)}.",
        hint=f"For example, run `confsync diff -e {names[0]} -e {names[1]}`.",
    )
