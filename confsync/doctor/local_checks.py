"""Checks this machine: the configuration, its folder and Git."""

from collections.abc import Iterator
from pathlib import Path

from confsync.config.config import Config
from confsync.config.tree import MissingSecret
from confsync.doctor.check import Check
from confsync.doctor.check_names import CheckName
from confsync.errors import ConfsyncError
from confsync.state.git import GitRepository
from confsync.state.state_files import STATE_DIRECTORY


def run_local_checks(
    config: Config | None, error: ConfsyncError | None, folder: Path, *, keyed: bool
) -> Iterator[Check]:
    """Check everything that does not need the network. `error` says why there is no configuration."""
    yield _configuration(config, error)
    yield _fingerprint_key(config, keyed=keyed)
    repository = GitRepository.around(folder)
    yield _git(repository)
    yield _gitignore(repository, folder)


def _configuration(config: Config | None, error: ConfsyncError | None) -> Check:
    name = CheckName.CONFIGURATION
    if error or config is None:
        return Check.failed(name, error or ConfsyncError("There is no configuration."))
    environment = config.environment.name
    where = f"environment {environment}" if environment else "no environment"
    text = f"valid: {len(config.declared)} resources in {where}"
    if missing := list(_secrets_without_value(config)):
        noun = "secret has" if len(missing) == 1 else "secrets have"
        hint = "An apply that has to send one exits with code 3. Give them a value where it runs."
        return Check.warning(name, f"{text}; {len(missing)} {noun} no value here ({', '.join(missing)})", hint)
    if config.warnings:
        return Check.warning(name, f"{text}, {len(config.warnings)} warnings", "Run `confsync validate`.")
    return Check.ok(name, text)


def _secrets_without_value(config: Config) -> Iterator[str]:
    values = (value for each in config.resources.values() for value in each.fields.values())
    yield from dict.fromkeys(value.name for value in values if isinstance(value, MissingSecret))


def _fingerprint_key(config: Config | None, *, keyed: bool) -> Check:
    name, variable = CheckName.FINGERPRINT_KEY, "CONFSYNC_FINGERPRINT_KEY"
    if keyed:
        return Check.ok(name, f"{variable} is set")
    if config is None:
        return Check.skipped(name, f"{variable} is not set, and no valid configuration says whether it is needed")
    declared = config.resources.values()
    if any(field.name in each.fields for each in declared for field in each.kind.secrets):
        text = f"{variable} is not set, so secrets are compared by scrypt, which is slow"
        return Check.warning(name, text, "Set it to a long random text, the same wherever confsync runs.")
    return Check.ok(name, f"{variable} is not set, and no secret is declared")


def _git(repository: GitRepository | None) -> Check:
    if repository is None:
        text = "the configuration is not in a Git repository, so confsync cannot tell which of two versions is newer"
        return Check.warning(CheckName.GIT, text, "Keep the configuration in a Git repository.")
    if repository.shallow:
        text = "this clone is shallow, so confsync may not be able to tell which of two commits is newer"
        return Check.warning(CheckName.GIT, text, "Run `git fetch --unshallow`, or clone with the whole history.")
    return Check.ok(CheckName.GIT, "the configuration is in a Git repository with its whole history")


def _gitignore(repository: GitRepository | None, folder: Path) -> Check:
    name = CheckName.GITIGNORE
    if repository is None:
        return Check.skipped(name, "there is no Git repository", "Keep the configuration in a Git repository.")
    if repository.ignores(folder / STATE_DIRECTORY / "journal.jsonl"):
        return Check.ok(name, f"{STATE_DIRECTORY}/ is ignored")
    text = f"{STATE_DIRECTORY}/ is not ignored, and its files belong to this machine alone"
    return Check.warning(name, text, f"Write `{STATE_DIRECTORY}/` into .gitignore.")
