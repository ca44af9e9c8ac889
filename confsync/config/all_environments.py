"""Checks a configuration for all of its environments."""

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from confsync.config.config import Config, LoadOptions
from confsync.diagnostics import Diagnostic, sort_diagnostics
from confsync.errors import InvalidConfiguration


def load_environments(
    options: LoadOptions, names: tuple[str, ...], load: Callable[[LoadOptions], Config]
) -> tuple[tuple[Config, ...], tuple[Diagnostic, ...]]:
    """Load a configuration for each of several environments, and return the configurations with their warnings.

    Raises InvalidConfiguration with the errors of all environments, and what `load` raises otherwise.
    """
    configs: list[Config] = []
    found: dict[str, tuple[Diagnostic, ...]] = {}
    for name in names:
        try:
            config = load(replace(options, environment=name))
        except InvalidConfiguration as wrong:
            found[name] = wrong.diagnostics
        else:
            configs.append(config)
            found[name] = config.warnings
    diagnostics = _merged(found)
    if len(configs) < len(names):
        raise InvalidConfiguration(diagnostics)
    return tuple(configs), diagnostics


def _merged(found: dict[str, tuple[Diagnostic, ...]]) -> tuple[Diagnostic, ...]:
    """Report each diagnostic once; one that only some environments have names them."""
    names_by_diagnostic: dict[Diagnostic, list[str]] = {}
    for name, diagnostics in found.items():
        for each in diagnostics:
            names_by_diagnostic.setdefault(each, []).append(name)
    return sort_diagnostics(
        each if len(names) == len(found) else replace(each, summary=f"{each.summary} ({_environments(names)})")
        for each, names in names_by_diagnostic.items()
    )


def _environments(names: Iterable[str]) -> str:
    listed = ", ".join(names)
    return f"in environment{'s' if ',' in listed else ''} {listed}"
