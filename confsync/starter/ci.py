"""The jobs of each CI system: a plan for each pull request, an apply on the main branch, and a comparison at night."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath

from msgspec import Struct

from confsync.export.folder import text_of
from confsync.export.yaml_text import quote
from confsync.plan.starter import JobChoices, StarterFile
from confsync.starter.place import StarterPlace
from confsync.starter.templates import fill_template
from confsync.version import __version__

JOBS = JobChoices()
ACTION = PurePosixPath(".github/actions/confsync/action.yml")


class CiJobs(Struct, frozen=True):
    """What the jobs are for: a folder with a configuration, and its environments."""

    folder: str
    environments: tuple[str, ...]
    choices: JobChoices

    @property
    def matrix(self) -> bool:
        """Whether each job runs once for each environment."""
        return len(self.environments) > 1


class CiSystem(Struct, frozen=True):
    """A CI system: its files with the template of each, and a file that must include the first of them, if any.

    `values` are what the first template leaves open.
    """

    title: str
    templates: Mapping[PurePosixPath, str]
    values: Callable[[CiJobs], Mapping[str, str]]
    included_by: PurePosixPath | None = None

    @property
    def path(self) -> PurePosixPath:
        """The file with the jobs."""
        return next(iter(self.templates))


SHARED_STATE = (("lock", "git"), ("ledger", "git"))
"""What a configuration says so that all jobs share the lock and the ledger, without a commit to a branch."""


def published_files() -> Mapping[str, str]:
    """Return the files that other repositories refer to, by their path in this one."""
    return {
        "action.yml": fill_template("github-action", _VERSION),
        "templates/confsync.yml": fill_template("gitlab-component", _VERSION),
    }


def ci_files(
    name: str, place: StarterPlace, environments: tuple[str, ...], choices: JobChoices = JOBS
) -> Iterator[StarterFile]:
    """Yield the files of a CI system. A file that includes them is left alone if it exists.

    So are jobs that somebody has edited, if the steps that they refer to are missing.
    """
    system = CI_SYSTEMS.get(name)
    if system is None:
        return
    values = {**_VERSION, **system.values(CiJobs(str(place.inside), environments, choices))}
    contents = (f"the jobs of {system.title}", f"the steps of those jobs, for confsync {__version__}")
    for (path, template), content in zip(system.templates.items(), contents, strict=False):
        if path not in _edited_jobs(system, place):
            yield StarterFile(path=path, text=fill_template(template, values), content=content)
    if system.included_by and not (place.top / system.included_by).exists():
        text = fill_template("gitlab-ci", values)
        yield StarterFile(path=system.included_by, text=text, content=f"includes {system.path}")


def _edited_jobs(system: CiSystem, place: StarterPlace) -> tuple[PurePosixPath, ...]:
    """Return the jobs, if they exist and refer to a file of steps that is missing."""
    steps = tuple(each for each in system.templates if each != system.path)
    present = text_of(place.top / system.path)
    if present is None or not any(str(each.parent) in present and not (place.top / each).exists() for each in steps):
        return ()
    return (system.path,)


def ci_notes(
    name: str, place: StarterPlace, environments: tuple[str, ...], choices: JobChoices = JOBS
) -> Iterator[str]:
    """Say what is left to do by hand for a CI system."""
    system = CI_SYSTEMS.get(name)
    if system is None:
        return
    if edited := _edited_jobs(system, place):
        yield f"{edited[0]} exists already and stays as it is."
    present = text_of(place.top / system.included_by) if system.included_by else None
    if present is not None and str(system.path) not in present:
        values = system.values(CiJobs(str(place.inside), environments, choices))
        yield f"Add this to {system.included_by}, which exists already:\n{fill_template('gitlab-ci', values).rstrip()}"
    if not choices.package:
        yield (
            f"The jobs install confsync=={__version__} from the package index. If the index does not have that "
            "release, anybody could publish a package of that name and read the secrets. In that case, delete these "
            "files, and run `init` again with --package."
        )
    yield f"Set the secrets that the comment at the top of {system.path} lists."
    yield "confsync keeps the lock and the ledger on the Git remote `origin`. The repository needs that remote first."


def _github_values(jobs: CiJobs) -> Mapping[str, str]:
    chosen = "${{ matrix.environment }}"
    inputs = ["environment: " + chosen] if jobs.matrix else []
    if jobs.folder != ".":
        inputs.append(f"working-directory: {quote(jobs.folder)}")
    inputs += (f"{name}: {quote(value)}" for name, value in _chosen_inputs(jobs.choices))
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
    return {"INCLUDES": "\n".join(line for each in jobs.environments for line in _include_lines(jobs, each))}


def _include_lines(jobs: CiJobs, environment: str) -> Iterator[str]:
    yield f"  - local: /{_GITLAB_JOBS}"
    yield "    inputs:"
    if jobs.matrix:
        yield f"      name: {quote(f'confsync {environment}')}"
        yield f"      environment: {quote(environment)}"
    yield f"      gitlab-environment: {quote(environment)}"
    if jobs.folder != ".":
        yield f"      folder: {quote(jobs.folder.replace('$', '$$'))}"
    for name, value in _chosen_inputs(jobs.choices):
        yield f"      {name}: {quote(value.replace('$', '$$'))}"


def _chosen_inputs(choices: JobChoices) -> Iterator[tuple[str, str]]:
    """Yield each input, of the action and of the component alike, that differs from its default."""
    if choices.package:
        yield "package", choices.package
    if choices.requirements:
        yield "requirements", choices.requirements
    if choices.emulator:
        yield "emulator", "true"


_VERSION = {"VERSION": __version__}
_GITLAB_JOBS = PurePosixPath(".gitlab/confsync.yaml")

CI_SYSTEMS: Mapping[str, CiSystem] = {
    "github": CiSystem(
        "GitHub Actions",
        {PurePosixPath(".github/workflows/confsync.yaml"): "github", ACTION: "github-action"},
        _github_values,
    ),
    "gitlab": CiSystem(
        "GitLab CI",
        {_GITLAB_JOBS: "gitlab-component"},
        _gitlab_values,
        included_by=PurePosixPath(".gitlab-ci.yml"),
    ),
}
