"""A release is built from a tag alone, is the same each time, and is refused if its versions differ."""

import hashlib
import json
import re
import shutil
import tarfile
import tomllib
from collections.abc import Iterator
from contextlib import nullcontext
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from scripts.releasing.archives import build_archives, build_reproducibly, check_same, pack_schemas, write_digests
from scripts.releasing.changelog import newest_version, release_notes, with_version
from scripts.releasing.errors import ReleaseError, run
from scripts.releasing.image import NoImage, base_images, build_image
from scripts.releasing.installed import Place, try_installed
from scripts.releasing.prepare import prepare
from scripts.releasing.sbom import check_materials, with_static_version
from scripts.releasing.tag import Tag, check_same_scripts, check_versions, export_tree, find_tag
from tests.repository.paths import ROOT

RELEASING = ROOT / "scripts" / "releasing"
CHANGELOG = """# Changelog

## [Unreleased]

### Added

- A command.

## [0.1.0] - 2026-01-02

### Fixed

- A bug.
"""


class Repository:
    """A small repository of a package that is built like this one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"):
            shutil.copy(ROOT / name, folder)
        for name in ("confsync/version.py", "examples/quickstart/confsync.yaml", "schemas/plan.schema.json"):
            (folder / name).parent.mkdir(parents=True)
            shutil.copy(ROOT / name, folder / name)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        """Run git as a person with a name."""
        person = ("-c", "user.name=A person", "-c", "user.email=person@example.com")
        return run(["git", *person, *arguments], self.folder)

    def release(self, version: str, date: str = "2026-11-29") -> Tag:
        """Prepare a version, commit and tag it."""
        prepare(self.folder, version, date)
        return self.tag(version)

    def tag(self, version: str) -> Tag:
        """Commit everything and tag it."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", f"Release {version}", "--date", "2026-11-29T12:00:00Z")
        self.git("tag", f"v{version}")
        return find_tag(self.folder, f"v{version}")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Give a repository with unreleased changes."""
    (tmp_path / "repository").mkdir()
    made = Repository(tmp_path / "repository")
    (made.folder / "CHANGELOG.md").write_text(CHANGELOG, "utf-8")
    return made


def test_a_prepared_version_can_be_released(repository: Repository, tmp_path: Path) -> None:
    tag = repository.release("0.2.0")

    tree = export_tree(repository.folder, tag, tmp_path / "tree")

    check_versions(tag, tree)
    assert release_notes((tree / "CHANGELOG.md").read_text("utf-8"), "0.2.0") == "### Added\n\n- A command.\n"


@pytest.mark.parametrize("name", ["0.2.0", "v0.2", "v0.2.0.dev1", "v0.2.0; true"])
def test_a_name_that_is_no_version_is_no_tag(repository: Repository, name: str) -> None:
    with pytest.raises(ReleaseError, match=r"vX\.Y\.Z"):
        find_tag(repository.folder, name)


def test_an_unknown_tag_is_refused(repository: Repository) -> None:
    with pytest.raises(ReleaseError, match=r"no tag v9\.9\.9"):
        find_tag(repository.folder, "v9.9.9")


def test_a_tag_that_the_code_does_not_agree_with_is_refused(repository: Repository, tmp_path: Path) -> None:
    repository.release("0.2.0")
    tag = Tag("v0.3.0", "0.3.0", repository.git("rev-parse", "HEAD").strip(), 0)

    with pytest.raises(ReleaseError, match=r"The tag is v0.3.0, but confsync/version.py has version 0.2.0"):
        check_versions(tag, export_tree(repository.folder, tag, tmp_path / "tree"))


def test_a_tag_that_the_changelog_does_not_agree_with_is_refused(repository: Repository, tmp_path: Path) -> None:
    prepare(repository.folder, "0.2.0", "2026-11-29")
    changelog = repository.folder / "CHANGELOG.md"
    changelog.write_text(changelog.read_text("utf-8").replace("[0.2.0]", "[0.2.1]"), "utf-8")
    tag = repository.tag("0.2.0")

    with pytest.raises(ReleaseError, match=r"the newest version in CHANGELOG.md is 0.2.1"):
        check_versions(tag, export_tree(repository.folder, tag, tmp_path / "tree"))


def test_the_working_tree_plays_no_part(repository: Repository, tmp_path: Path) -> None:
    tag = repository.release("0.2.0")
    (repository.folder / "confsync" / "version.py").write_text('__version__ = "6.6.6"\n', "utf-8")
    (repository.folder / "confsync" / "untracked.py").touch()

    tree = export_tree(repository.folder, tag, tmp_path / "tree")

    check_versions(tag, tree)
    assert not (tree / "confsync" / "untracked.py").exists()


def test_other_scripts_than_those_of_the_tag_are_refused(repository: Repository) -> None:
    script = repository.folder / "scripts" / "release"
    script.parent.mkdir()
    script.touch()
    tag = repository.release("0.2.0")
    check_same_scripts(repository.folder, tag)
    script.write_text("changed\n", "utf-8")

    with pytest.raises(ReleaseError, match=r"Check out v0.2.0 first.*scripts/release"):
        check_same_scripts(repository.folder, tag)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (CHANGELOG, "entries under"),
        ("# Changelog\n\n## [Unreleased]\n\n## [0.1.0] - unreleased\n", "its date"),
        ("# Changelog\n\n## [0.1.0] - 2026-01-02\n", "its date"),
    ],
)
def test_a_changelog_that_is_not_ready_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ReleaseError, match=reason):
        newest_version(text)


def test_a_version_gets_what_is_unreleased_once() -> None:
    text = with_version(CHANGELOG, "0.2.0", "2026-11-29")

    assert newest_version(text) == "0.2.0"
    assert release_notes(text, "0.1.0") == "### Fixed\n\n- A bug.\n"
    for version, again, reason in (("0.3.0", text, "nothing under"), ("0.1.0", CHANGELOG, "already")):
        with pytest.raises(ReleaseError, match=reason):
            with_version(again, version, "2026-11-30")


@pytest.mark.parametrize(("version", "date"), [("0.2", "2026-11-29"), ("0.2.0", "29.11.2026")])
def test_what_is_no_version_or_no_date_changes_nothing(repository: Repository, version: str, date: str) -> None:
    with pytest.raises(ReleaseError):
        prepare(repository.folder, version, date)
    assert (repository.folder / "CHANGELOG.md").read_text("utf-8") == CHANGELOG


def test_the_changelog_can_become_release_notes() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    if text.partition("## [Unreleased]\n")[2].lstrip().startswith("## "):  # it was just released
        newest_version(text)
        return
    prepared = with_version(text, "999.0.0", "2026-11-29")
    assert release_notes(prepared, newest_version(prepared)).strip()


def test_two_builds_are_the_same_wherever_they_run(repository: Repository, tmp_path: Path) -> None:
    if not find_spec("hatchling"):
        pytest.skip("the build backend is not installed here")
    tag = repository.release("0.2.0")

    archives = build_reproducibly(partial(export_tree, repository.folder, tag), tmp_path, tag.time)
    later = build_archives(tmp_path / "tree", tmp_path / "later", tag.time + 2)

    assert archives.wheel.name == "confsync-0.2.0-py3-none-any.whl"
    with tarfile.open(archives.sdist) as opened:
        assert {entry.mtime for entry in opened} == {tag.time}
    with pytest.raises(ReleaseError, match=r"A test gives a different confsync-0.2.0"):
        check_same(archives.wheel, later.wheel, "A test")


def test_the_schemas_are_packed_with_their_version(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one, two = (pack_schemas(ROOT, "0.2.0", 1_700_000_000, tmp_path / name) for name in ("one", "two"))
    write_digests(tmp_path / "one")

    assert one.read_bytes() == two.read_bytes()
    with tarfile.open(one) as opened:
        names = {f"confsync-0.2.0-schemas/{path.name}" for path in (ROOT / "schemas").iterdir()}
        assert set(opened.getnames()) == names
    digest = hashlib.sha256(one.read_bytes()).hexdigest()
    assert (tmp_path / "one" / "SHA256SUMS").read_text("ascii") == f"{digest}  {one.name}\n"


def test_a_bill_of_materials_is_that_of_the_version() -> None:
    project = tomllib.loads(with_static_version((ROOT / "pyproject.toml").read_text("utf-8"), "0.2.0"))["project"]
    assert project["version"] == "0.2.0"
    assert "dynamic" not in project

    materials = {"metadata": {"component": {"version": "0.2.0"}}, "components": [{"name": "click"}]}
    check_materials(json.dumps(materials), "0.2.0")
    for other in ({**materials, "components": []}, {**materials, "metadata": {"component": {}}}):
        with pytest.raises(ReleaseError):
            check_materials(json.dumps(other), "0.2.0")


def locked(name: str) -> dict[str, Version]:
    """Read the versions of a lock; every one of them has digests."""
    text = (RELEASING / name).read_text("utf-8")
    found = re.findall(r"^([\w.-]+)==(\S+?)(?: ;.*)? \\\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)
    assert len(found) == len(re.findall(r"==", re.sub(r" ;.*", "", text)))
    return {package: Version(version) for package, version in found}


def requirements() -> Iterator[tuple[str, Requirement]]:
    """Yield what each lock must contain."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    yield from (("runtime.txt", Requirement(each)) for each in settings["project"]["dependencies"])
    yield from (("tools.txt", Requirement(each)) for each in settings["build-system"]["requires"])
    tools = (RELEASING / "tools.in").read_text("utf-8").splitlines()
    yield from (("tools.txt", Requirement(each)) for each in tools if not each.startswith("#"))


@pytest.mark.parametrize(("lock", "requirement"), tuple(requirements()), ids=str)
def test_a_lock_fits_what_the_project_requires(lock: str, requirement: Requirement) -> None:
    assert requirement.specifier.contains(locked(lock)[requirement.name])


CONFSYNC = """#!/bin/sh
case $1 in
    version) echo 'confsync 0.2.0' ;;
    plan) echo 'No changes. Twilio matches the configuration.' ;;
    *) exit 3 ;;
esac
"""


@pytest.mark.parametrize(
    ("version", "page", "reason"),
    [
        ("0.2.0", "```sh\nconfsync plan\n```\n", ""),
        ("0.3.0", "```sh\nconfsync plan\n```\n", r"Expected 'confsync 0\.3\.0'"),
        ("0.2.0", "```sh\nconfsync apply\nconfsync plan\n```\n", "page: line 1: exit code 3 of confsync apply"),
        ("0.2.0", "```sh\nconfsync plan\nconfsync version\n```\n", "page does not end with an empty plan"),
    ],
)
def test_what_is_installed_is_tried(tmp_path: Path, version: str, page: str, reason: str) -> None:
    place = Place.create(tmp_path / "home")
    (place.home / "bin" / "confsync").write_text(CONFSYNC, "ascii")
    (place.home / "bin" / "confsync").chmod(0o755)

    with pytest.raises(ReleaseError, match=reason) if reason else nullcontext():
        try_installed(place, version, {"page": page})


def test_an_image_is_built_only_where_one_can_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tag = Tag("v0.2.0", "0.2.0", "0" * 40, 0)
    with pytest.raises(NoImage, match=r"v0\.2\.0 has no Containerfile"):
        build_image(tmp_path / "x.whl", tmp_path, tag, tmp_path)
    (tmp_path / "Containerfile").write_text("FROM scratch\n", "ascii")
    broken = tmp_path / "docker"
    broken.write_text("#!/bin/sh\necho 'no daemon' >&2\nexit 1\n", "ascii")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NoImage, match=r"docker: no daemon; podman is not installed"):
        build_image(tmp_path / "x.whl", tmp_path, tag, tmp_path)


def test_the_base_images_are_those_that_have_to_be_pulled() -> None:
    text = (
        "FROM --platform=linux/amd64 python:3.13 AS build\nFROM python:3.13-slim\nCOPY --from=build / /\nFROM build\n"
    )
    assert base_images(text) == ["python:3.13", "python:3.13-slim"]
