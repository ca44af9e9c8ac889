"""Compares the configurations of two environments, offline."""

from msgspec.structs import replace

from confsync.account.configuration import load_configuration
from confsync.config.config import Config, LoadOptions
from confsync.plan.environment_diff import EnvironmentDiff
from confsync.plan.intent import Selection
from confsync.planning.environment_diff import compare_environments


def diff_environments(
    options: LoadOptions, first: str, second: str, selection: Selection
) -> tuple[Config, EnvironmentDiff]:
    """Load the configuration for two environments without resolving secrets, and compare them.

    The configuration that is returned is the second one, with the warnings of both. Raises what `load_configuration`
    raises, and UsageError for a selection that is invalid or matches nothing.
    """
    before, after = (
        load_configuration(replace(options, environment=each, resolve_secrets=False)) for each in (first, second)
    )
    warnings = tuple(dict.fromkeys((*before.warnings, *after.warnings)))
    return replace(after, warnings=warnings), compare_environments(before, after, selection)
