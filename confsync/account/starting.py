"""What `init` needs around the account: a place for the files, and a configuration of an account that has none."""

from collections.abc import Callable
from pathlib import Path

from confsync.account.configuration import LoadOptions
from confsync.account.exporting import empty_configuration
from confsync.account.importing import import_terraform
from confsync.config.config import Config
from confsync.config.load import environment_names
from confsync.export.document import check_environment_name
from confsync.export.export import DEFAULT_ENVIRONMENT
from confsync.plan.exported import ExportedAccount, ExportScope
from confsync.plan.imported import ImportedState
from confsync.plan.starter import StarterChoices, WrittenStarter
from confsync.starter.ci import CI_SYSTEMS
from confsync.starter.example import EXAMPLES
from confsync.starter.place import find_place
from confsync.starter.starter import check_free, has_configuration, starter_scope, write_jobs, write_starter

__all__ = ["CI_NAMES", "DEFAULT_ENVIRONMENT", "EXAMPLES", "check_environment_name", "likely_ci", "start_folder"]

CI_NAMES = tuple(CI_SYSTEMS)


def start_folder(
    choices: StarterChoices, options: LoadOptions, read_account: Callable[[Config, ExportScope], ExportedAccount]
) -> WrittenStarter:
    """Write a starter folder, or only the jobs of a CI system for a configuration that exists.

    `read_account` exports the live account, if it is asked for.

    Raises UsageError for the name of the environment, Refused if a file exists already, LocalFileError, and what
    `Account.export`, `import_terraform` and `load_configuration` raise.
    """
    check_environment_name(choices.environment)
    place = find_place(options.directory, choices.ci)
    if choices.only_jobs and has_configuration(place):
        environments = environment_names(options) or (choices.environment,)
        for each in environments:
            check_environment_name(each)
        return write_jobs(choices, place, environments)
    check_free(choices, place, options.environ)
    scope = starter_scope(choices)
    found: ExportedAccount | ImportedState | None = None
    if choices.from_live:
        found = read_account(empty_configuration(options), scope)
    elif choices.terraform_state:
        state, account_sid = choices.terraform_state, choices.account_sid
        found = import_terraform(state, environment=choices.environment, account_sid=account_sid, scope=scope)
    return write_starter(choices, place, options.environ, found)


def likely_ci(directory: Path) -> str:
    """Guess the CI system of a repository by what is at its top; empty if there is no sign of one."""
    top = find_place(directory, "any").top
    signs = {name: (system.included_by or system.path).parts[0] for name, system in CI_SYSTEMS.items()}
    return next((name for name, sign in signs.items() if (top / sign).exists()), "")
