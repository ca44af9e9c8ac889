"""A runner of GitHub's workflows, next to a repository that `init` has just written."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from confsync.account.configuration import LoadOptions
from confsync.account.starting import start_folder
from confsync.config.config import Config
from confsync.emulator import server
from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN
from confsync.plan.exported import ExportedAccount, ExportScope
from confsync.plan.starter import JobChoices, StarterChoices
from tests.ci.github_server import GitHubState, serving_github
from tests.ci.python_server import serving_python
from tests.ci.repository import Repository
from tests.ci.runner import Runner
from tests.clones import Remote
from tests.harness import Harness

SECRETS = {
    "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
    "TWILIO_API_KEY": ACCOUNT_SID,
    "TWILIO_API_SECRET": AUTH_TOKEN,
    "CONFSYNC_PLAN_KEY": "canary0of0the0key0that0signs0plans",
    "CONFSYNC_FINGERPRINT_KEY": "canary0of0the0key0of0fingerprints",
}


def write_starter_files(folder: Path, ci: str, environment: str = "main", *, emulator: bool = False) -> None:
    """Write what `init` writes for a CI system."""

    def not_read(_: Config, __: ExportScope) -> ExportedAccount:
        raise AssertionError

    options = LoadOptions(environ={"TWILIO_ACCOUNT_SID": ACCOUNT_SID}, directory=folder)
    jobs = JobChoices(emulator=emulator)
    start_folder(StarterChoices(environment=environment, ci=ci, jobs=jobs), options, not_read)


@pytest.fixture(scope="session")
def python() -> Iterator[Path]:
    with serving_python() as client:
        yield client


@pytest.fixture
def runner(harness: Harness, python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """A runner whose repository has no files yet."""
    scratch = tmp_path_factory.mktemp("runner")
    state = GitHubState()
    remote = Remote.create(scratch / "remote.git", {"README": ""})
    with server.running(harness.emulator) as twilio, serving_github(state) as api:
        yield Runner(scratch, state, api, remote, twilio, python, dict(SECRETS))


@pytest.fixture
def repository(runner: Runner) -> Repository:
    """The repository of a team that has run `init --ci github`."""
    made = Repository(runner)
    write_starter_files(made.clone, "github")
    made.commit_to_main("Begin")
    return made
