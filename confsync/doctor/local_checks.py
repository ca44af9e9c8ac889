"""What a doctor looks at on this machine: the configuration, its folder, and Git."""

from collections.abc import Iterator
from pathlib import Path

from confsync.config.config import Config
from confsync.doctor.check import Check, failed, ok, warning
from confsync.errors import ConfsyncError
from confsync.state.git import GitRepository
from confsync.state.store import STATE_DIRECTORY


def local_checks(config: Config | None, wrong: ConfsyncError | None, folder: Path, *, keyed: bool) -> Iterator[Check]:
    """Look at everything that can be seen without the network; `wrong` is why there is no configuration."""
    yield _configuration(config, wrong)
    yield _fingerprint_key(config, keyed=keyed)
    repository = GitRepository.around(folder)
    yield _git(repository)
    yield _gitignore(repository, folder)


def _configuration(config: Config | None, wrong: ConfsyncError | None) -> Check:
    if wrong or config is None:
        return failed("configuration", wrong or ConfsyncError("There is no configuration."))
    environment = config.environment.name
    whom = f"environment {environment}" if environment else "no environment"
    text = f"valid, {len(config.resources)} resources for {whom}"
    if config.warnings:
        return warning("configuration", f"{text}, {len(config.warnings)} warnings", "Run `confsync validate`.")
    return ok("configuration", text)


def _fingerprint_key(config: Config | None, *, keyed: bool) -> Check:
    name = "fingerprint key"
    if keyed:
        return ok(name, "CONFSYNC_FINGERPRINT_KEY is set")
    declared = config.resources.values() if config else ()
    if any(field.name in each.fields for each in declared for field in each.kind.secrets):
        text = "CONFSYNC_FINGERPRINT_KEY is not set: secrets are told apart slowly, by scrypt"
        return warning(name, text, "Set it to a long random text, the same wherever confsync runs.")
    return ok(name, "CONFSYNC_FINGERPRINT_KEY is not set, and no secret is declared")


def _git(repository: GitRepository | None) -> Check:
    if repository is None:
        text = "the configuration is in no Git repository: an older one cannot be told from a newer one"
        return warning("git", text, "Keep the configuration in a Git repository.")
    if repository.shallow:
        text = "this clone is shallow: an older commit may not be told from a newer one"
        return warning("git", text, "Run `git fetch --unshallow`, or clone with the whole history.")
    return ok("git", "the configuration is in a Git repository, with its whole history")


def _gitignore(repository: GitRepository | None, folder: Path) -> Check:
    if repository is None:
        return ok(".gitignore", "no Git repository, so that nothing is committed by mistake")
    if repository.ignores(folder / STATE_DIRECTORY / "journal.jsonl"):
        return ok(".gitignore", f"{STATE_DIRECTORY}/ is ignored")
    text = f"{STATE_DIRECTORY}/ is not ignored, and what is in it is for this machine alone"
    return warning(".gitignore", text, f"Write `{STATE_DIRECTORY}/` into .gitignore.")
