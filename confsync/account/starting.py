"""What `init` needs around the account: a place for the files, and a configuration of an account that has none."""

from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from confsync.account.configuration import LoadOptions
from confsync.account.exporting import empty_configuration
from confsync.account.importing import import_terraform
from confsync.config.config import Config
from confsync.config.load import environment_names, top_level_strings
from confsync.export.document import check_environment_name
from confsync.export.export import DEFAULT_ENVIRONMENT
from confsync.plan.exported import ExportedAccount, ExportScope
from confsync.plan.imported import ImportedState
from confsync.plan.starter import JobChoices, StarterChoices, WrittenStarter
from confsync.starter.ci import CI_SYSTEMS
from confsync.starter.example import EXAMPLES
from confsync.starter.place import StarterPlace, find_place, path_in
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
    if choices.ci:
        choices = replace(choices, jobs=_jobs_at(place, choices.jobs))
    if choices.only_jobs and has_configuration(place):
        environments = environment_names(options) or (choices.environment,)
        for each in environments:
            check_environment_name(each)
        return write_jobs(choices, place, environments, top_level_strings(options))
    check_free(choices, place, options.environ)
    scope = starter_scope(choices)
    found: ExportedAccount | ImportedState | None = None
    if choices.from_live:
        found = read_account(empty_configuration(options), scope)
    elif choices.terraform_state:
        state, account_sid = choices.terraform_state, choices.account_sid
        found = import_terraform(state, environment=choices.environment, account_sid=account_sid, scope=scope)
    return write_starter(choices, place, options.environ, found)


def _jobs_at(place: StarterPlace, jobs: JobChoices) -> JobChoices:
    """Name the files as the jobs find them."""
    return replace(jobs, package=path_in(place, jobs.package), requirements=path_in(place, jobs.requirements))


def likely_ci(directory: Path) -> str:
    """Guess the CI system of a repository by what is at its top; empty if there is no sign of one."""
    top = find_place(directory, "any").top
    signs = {name: (system.included_by or system.path).parts[0] for name, system in CI_SYSTEMS.items()}
    return next((name for name, sign in signs.items() if (top / sign).exists()), "")
