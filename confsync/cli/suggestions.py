"""The values that a shell completes from the configuration: environments, sections and addresses."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from confsync.account.configuration import LoadOptions

LEDGER_STORE = "ledger"
"""What `plan --against` takes for the snapshot next to the ledger."""


def suggest_environments(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Suggest the environments of the configuration."""
    from confsync.account.configuration import environment_names

    return _matching(environment_names(_offline_options(context)), incomplete)


def suggest_sections(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Suggest the section of every kind of resource."""
    from confsync.account.configuration import section_names

    return _matching(section_names(), incomplete)


def suggest_addresses(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Suggest the addresses that the environment declares; without one, those of every environment."""
    from confsync.account.configuration import declared_addresses

    return _matching(declared_addresses(_offline_options(context)), incomplete)


def suggest_snapshots(_: click.Context, __: click.Parameter, incomplete: str) -> "list[CompletionItem[str]]":
    """Suggest `ledger` once it has been begun, and files otherwise: no shell offers both."""
    from click.shell_completion import CompletionItem

    if incomplete and LEDGER_STORE.startswith(incomplete):
        return [CompletionItem(LEDGER_STORE)]
    return [CompletionItem(incomplete, type="file")]


def _offline_options(context: click.Context) -> "LoadOptions":
    """Return which configuration to load, without the environment variables that hold secrets."""
    from msgspec.structs import replace

    options: LoadOptions = context.obj.load_options
    environ = {name: value for name, value in options.environ.items() if name.startswith("CONFSYNC_VAR_")}
    return replace(options, environ=environ)


def _matching(words: Iterable[str], incomplete: str) -> list[str]:
    return sorted({word for word in words if word.startswith(incomplete)})
