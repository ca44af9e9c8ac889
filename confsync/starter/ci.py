"""The jobs of each CI system: a plan for each pull request, an apply on the main branch, and a comparison at night."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath

from msgspec import Struct

from confsync.export.folder import text_of
from confsync.export.yaml_text import quote
from confsync.plan.starter import StarterFile
from confsync.starter.place import StarterPlace
from confsync.starter.templates import fill_template
from confsync.version import __version__

ACTION = PurePosixPath(".github/actions/confsync/action.yml")


class CiJobs(Struct, frozen=True):
    """What the jobs are for: a folder with a configuration, and its environments."""

    folder: str
    environments: tuple[str, ...]

    @property
    def matrix(self) -> bool:
        """Whether each job runs once for each environment."""
        return len(self.environments) > 1


class CiSystem(Struct, frozen=True):
    """A CI system: the file with its jobs, the template of that file, and a file that must include it, if any."""

    title: str
    path: PurePosixPath
    template: str
    values: Callable[[CiJobs], Mapping[str, str]]
    copied: Mapping[PurePosixPath, str] = {}
    included_by: PurePosixPath | None = None
    including: str = ""


SHARED_STATE = (("lock", "git"), ("ledger", "git"))
"""What a configuration says so that all jobs share the lock and the ledger, without a commit to a branch."""


def action_text() -> str:
    """Return the GitHub action of this version, which is in this repository and in that of each user."""
    return fill_template("github-action", {"VERSION": __version__})


def ci_files(name: str, place: StarterPlace, environments: tuple[str, ...]) -> Iterator[StarterFile]:
    """Yield the files of a CI system. A file that includes them is left alone if it exists."""
    system = CI_SYSTEMS.get(name)
    if system is None:
        return
    text = fill_template(system.template, system.values(CiJobs(str(place.inside), environments)))
    yield StarterFile(path=system.path, text=text, content=f"the jobs of {system.title}")
    for path, template in system.copied.items():
        text = fill_template(template, {"VERSION": __version__})
        yield StarterFile(path=path, text=text, content=f"the steps of those jobs, for confsync {__version__}")
    if system.included_by and not (place.top / system.included_by).exists():
        text = fill_template(system.including, {})
        yield StarterFile(path=system.included_by, text=text, content=f"includes {system.path}")


def ci_notes(name: str, place: StarterPlace) -> Iterator[str]:
    """Say what is left to do by hand for a CI system."""
    system = CI_SYSTEMS.get(name)
    if system is None:
        return
    present = text_of(place.top / system.included_by) if system.included_by else None
    if present is not None and str(system.path) not in present:
        yield f"Include {system.path} in {system.included_by}, which exists already."
    yield f"Set what the comment at the top of {system.path} names."
    yield "confsync keeps the lock and the ledger on the Git remote `origin`. The repository needs that remote first."


def _github_values(jobs: CiJobs) -> Mapping[str, str]:
    chosen = "${{ matrix.environment }}"
    inputs = ["environment: " + chosen] if jobs.matrix else []
    if jobs.folder != ".":
        inputs.append(f"working-directory: {quote(jobs.folder)}")
    names = ", ".join(quote(each) for each in jobs.environments)
    strategy = f"\n    strategy:\n      fail-fast: false\n      matrix:\n        environment: [{names}]"
    reading = f"\n    environment:\n      name: {chosen}-plan\n      deployment: false"
    return {
        "GROUP": f"-{chosen}" if jobs.matrix else "",
        "STRATEGY": strategy if jobs.matrix else "",
        "PLAN_ENVIRONMENT": reading if jobs.matrix else "",
        "ENVIRONMENT": chosen if jobs.matrix else quote(jobs.environments[0]),
        "WITH": "".join(f"\n          {each}" for each in inputs),
    }


def _gitlab_values(jobs: CiJobs) -> Mapping[str, str]:
    return {"VERSION": __version__, "FOLDER": quote(jobs.folder.replace("$", "$$"))}


CI_SYSTEMS: Mapping[str, CiSystem] = {
    "github": CiSystem(
        "GitHub Actions",
        PurePosixPath(".github/workflows/confsync.yaml"),
        "github",
        _github_values,
        copied={ACTION: "github-action"},
    ),
    "gitlab": CiSystem(
        "GitLab CI",
        PurePosixPath(".gitlab/confsync.yaml"),
        "gitlab",
        _gitlab_values,
        included_by=PurePosixPath(".gitlab-ci.yml"),
        including="gitlab-ci",
    ),
}
