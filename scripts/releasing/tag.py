"""The tag that a release is built from: its commit, its files, and the version that all of them agree on."""

import re
import tarfile
from pathlib import Path
from typing import NamedTuple

from scripts.releasing.changelog import newest_version
from scripts.releasing.errors import ReleaseError, run

RELEASING = ("scripts/release", "scripts/releasing", "scripts/install", "scripts/docs/walkthrough.py")
"""What builds a release: it must be the same in the tag."""

_TAG = re.compile(r"v(\d+\.\d+\.\d+)")
_VERSION = re.compile(r'^__version__ = "(.+)"$', re.MULTILINE)


class Tag(NamedTuple):
    """A tag, its version, its commit, and the time of that commit in seconds since 1970."""

    name: str
    version: str
    commit: str
    time: int


def find_tag(repository: Path, name: str) -> Tag:
    """Look a tag up. Raises ReleaseError if there is none, or if its name is not `v` and a version."""
    named = _TAG.fullmatch(name)
    if not named:
        raise ReleaseError(f"A tag is called vX.Y.Z, and {name!r} is not.")
    if name not in run(["git", "tag", "--list", name], repository).split():
        raise ReleaseError(f"There is no tag {name} in {repository}.")
    commit, time = run(["git", "log", "-1", "--format=%H %ct", f"refs/tags/{name}"], repository).split()
    return Tag(name, named[1], commit, int(time))


def check_same_scripts(repository: Path, tag: Tag) -> None:
    """Raise ReleaseError if the scripts that run now are not those of the tag."""
    changed = run(["git", "diff", "--name-only", tag.commit, "--", *RELEASING], repository).split()
    if changed:
        raise ReleaseError(f"Check out {tag.name} first: these files differ from it: {', '.join(changed)}.")


def export_tree(repository: Path, tag: Tag, folder: Path) -> Path:
    """Write the files of a tag to a new folder, and return it. The working tree plays no part."""
    folder.mkdir(parents=True)
    archive = folder.with_suffix(".tar")
    run(["git", "archive", "--format=tar", f"--output={archive}", tag.commit], repository)
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    return folder


def check_versions(tag: Tag, tree: Path) -> None:
    """Raise ReleaseError if the tag, the code and the newest heading of the changelog name different versions."""
    stated = _VERSION.search((tree / "confsync" / "version.py").read_text("utf-8"))
    code = stated[1] if stated else "none"
    if code != tag.version:
        raise ReleaseError(f"The tag is {tag.name}, but confsync/version.py has version {code}.")
    logged = newest_version((tree / "CHANGELOG.md").read_text("utf-8"))
    if logged != tag.version:
        raise ReleaseError(f"The tag is {tag.name}, but the newest version in CHANGELOG.md is {logged}.")
