"""The jobs of each CI system: a plan for each pull request, an apply on the main branch, and a comparison at night."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from msgspec import Struct

from confsync.export.folder import text_of
from confsync.export.yaml_text import quote
from confsync.plan.starter import StarterFile
from confsync.starter.place import StarterPlace
from confsync.starter.templates import fill_template
from confsync.version import __version__

PLAN = "plan.json"


class CiSystem(Struct, frozen=True):
    """A CI system: the file with its jobs, the template of that file, and a file that must include it, if any."""

    title: str
    path: PurePosixPath
    template: str
    included_by: PurePosixPath | None = None
    including: str = ""


CI_SYSTEMS: Mapping[str, CiSystem] = {
    "github": CiSystem("GitHub Actions", PurePosixPath(".github/workflows/confsync.yaml"), "github"),
    "gitlab": CiSystem(
        "GitLab CI", PurePosixPath(".gitlab/confsync.yaml"), "gitlab", PurePosixPath(".gitlab-ci.yml"), "gitlab-ci"
    ),
}

SHARED_STATE = (("lock", "git"), ("ledger", "git"))
"""What a configuration says so that all jobs share the lock and the ledger, without a commit to a branch."""


def ci_files(name: str, place: StarterPlace) -> Iterator[StarterFile]:
    """Yield the files of a CI system. A file that includes them is left alone if it exists."""
    system = CI_SYSTEMS.get(name)
    if system is None:
        return
    folder = str(place.inside)
    values = {
        "VERSION": f"confsync {__version__}",
        "FOLDER": quote(folder.replace("$", "$$") if system.included_by else folder),
        "PLAN": quote(str(place.inside / PLAN)),
    }
    content = f"the jobs of {system.title}"
    yield StarterFile(path=system.path, text=fill_template(system.template, values), content=content)
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
