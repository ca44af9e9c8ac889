"""What a path or a symbolic link may lead to, and that nothing which looks intended is passed over silently."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from confsync.account.configuration import LoadOptions, load_configuration
from confsync.config.sources.files import discover_files, read_layer
from confsync.errors import InvalidConfiguration, UsageError
from tests.config.reading import lines
from tests.harness import Harness

OUTSIDE = "canary: line of another file\n"
LEADS_OUT = "this file is outside the repository"
NOT_REGULAR = "this is not a regular file"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a repository, which is the current one, next to what must not be read."""
    place = tmp_path.resolve()
    for path in ("repository/.git", "repository/conf/sub", "repository/other", "elsewhere/conf", "another/.git"):
        (place / path).mkdir(parents=True)
    for path in ("repository/conf/a.yaml", "repository/other/b.yaml"):
        (place / path).write_text("version: 1\n", "utf-8")
    for path in (
        "elsewhere/x.yaml",
        "elsewhere/conf/x.yaml",
        "elsewhere/.npmrc",
        "another/x.yaml",
        "another/.git/config",
    ):
        (place / path).write_text(OUTSIDE, "utf-8")
    for path in ("repository/.git/config.yaml", "repository/.npmrc"):
        (place / path).write_text(OUTSIDE, "utf-8")
    monkeypatch.chdir(place / "repository")
    return place


def found(path: str, **environ: str) -> list[str]:
    """What is read of a layer, and what is wrong with it."""
    layer = read_layer(Path(path), environ)
    read = [each.path for each in layer.files]
    wrong = [
        f"{each.severity} {each.range.start.file if each.range else ''}: {each.code} {each.summary}"
        for each in layer.diagnostics
    ]
    return [*read, *wrong]


LINKS = {
    "to a file in the repository": ("conf/link.yaml", "../other/b.yaml", ["conf/a.yaml", "conf/link.yaml"]),
    "to a file outside": ("conf/link.yaml", "../../elsewhere/x.yaml", ["error conf/link.yaml: CS1019 " + LEADS_OUT]),
    "to a file of another repository": ("conf/link.yaml", "../../another/x.yaml", ["CS1019 " + LEADS_OUT]),
    "to a file in .git": ("conf/link.yaml", "../.git/config.yaml", ["CS1019 this file is in `.git`"]),
    "to a file with a token": ("conf/link.yaml", "../.npmrc", ["leads to a file that is not *.yaml or *.yml"]),
    "to nowhere": ("conf/link.yaml", "gone.yaml", ["error conf/link.yaml: CS1019 this symbolic link leads nowhere"]),
    "to nowhere, without a suffix": ("conf/team", "gone", ["error conf/team: CS1019 this symbolic link leads nowhere"]),
    "to itself": ("conf/link.yaml", "link.yaml", ["error conf/link.yaml: CS1019 this symbolic link leads nowhere"]),
    "to a folder": ("conf/team", "../other", ["error conf/team: CS1019 this symbolic link leads to a folder"]),
    "to a folder outside": ("conf/team", "../../elsewhere", ["CS1019 this symbolic link leads to a folder"]),
    "to the folder itself": ("conf/team", "../conf", ["CS1019 this symbolic link leads to a folder"]),
    "to a folder, below": ("conf/sub/team.yaml", "../../other", ["error conf/sub/team.yaml: CS1019"]),
    "to a device": ("conf/link.yaml", "/dev/zero", ["error conf/link.yaml: CS1020 " + NOT_REGULAR]),
    "with another name": ("conf/README", "../../elsewhere/.npmrc", ["conf/a.yaml"]),
    "hidden": ("conf/.#a.yaml", "somebody@host.123", ["conf/a.yaml"]),
}


@pytest.mark.parametrize("case", LINKS)
@pytest.mark.usefixtures("place")
def test_a_link_in_a_folder_is_read_or_reported(case: str) -> None:
    link, target, expected = LINKS[case]
    Path(link).symlink_to(target)
    seen = found("conf")
    assert all(any(each in line for line in seen) for each in expected), seen
    assert any(line.startswith("error") for line in seen) == (expected[0][0] != "c" or "CS" in expected[0])


NAMES = {
    "roles.YAML": "error conf/roles.YAML: CS1021",
    "roles.Yml": "error conf/roles.Yml: CS1021",
    "roles.yml~": "warning conf/roles.yml~: CS1021",
    "roles.yaml.bak": "warning conf/roles.yaml.bak: CS1021",
    "roles.yamll": "warning conf/roles.yamll: CS1021",
    "roles.yaml ": "warning conf/roles.yaml : CS1021",
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.usefixtures("place")
def test_a_file_that_looks_intended_is_reported(name: str) -> None:
    Path("conf", name).write_text("version: 1\n", "utf-8")
    read, wrong = found("conf")
    assert read == "conf/a.yaml"
    assert wrong.startswith(NAMES[name])


@pytest.mark.parametrize("name", ["README.md", "data.json", "yaml", ".hidden.YAML", "notes.txt", "myaml"])
@pytest.mark.usefixtures("place")
def test_any_other_file_is_none_of_the_configuration(name: str) -> None:
    Path("conf", name).write_text("version: 1\n", "utf-8")
    assert found("conf") == ["conf/a.yaml"]


@pytest.mark.parametrize("path", ["conf/pipe.yaml", "conf/pipe.yml"])
@pytest.mark.usefixtures("place")
def test_a_pipe_is_an_error_and_does_not_block(path: str) -> None:
    os.mkfifo(path)
    expected = f"error {path}: CS1020 {NOT_REGULAR}"
    assert found("conf") == ["conf/a.yaml", expected]
    assert found(path) == [expected]


@pytest.mark.usefixtures("place")
def test_a_device_or_a_pipe_cannot_be_named() -> None:
    assert found("/dev/zero") == [f"error /dev/zero: CS1020 {NOT_REGULAR}"]
    assert found("/dev/stdin")[0].startswith("error /dev/stdin: CS10")


def linked(link: str, target: Path) -> Callable[[Path], None]:
    def make(place: Path) -> None:
        (place / "repository" / link).symlink_to(place / target)

    return make


NAMED: dict[str, tuple[Callable[[Path], None], str, bool]] = {
    "a file of this repository": (lambda _: None, "conf/a.yaml", True),
    "a file of another repository": (lambda _: None, "../another/x.yaml", True),
    "a file without a repository": (lambda _: None, "../elsewhere/x.yaml", True),
    "a link in this repository": (linked("l.yaml", Path("repository/conf/a.yaml")), "l.yaml", True),
    "a link out of this repository": (linked("l.yaml", Path("elsewhere/x.yaml")), "l.yaml", False),
    "a link into another repository": (linked("l.yaml", Path("another/x.yaml")), "l.yaml", False),
    "a folder that is a link in this repository": (linked("l", Path("repository/conf")), "l", True),
    "a folder that is a link out of it": (linked("l", Path("elsewhere/conf")), "l", False),
    "a file by way of a link out of it": (linked("l", Path("elsewhere")), "l/x.yaml", False),
    "a file by way of a link into another repository": (linked("l", Path("another")), "l/x.yaml", False),
    "a file by way of a link and back": (linked("l", Path("elsewhere")), "l/../conf/a.yaml", True),
    "a file in .git": (lambda _: None, ".git/config.yaml", False),
}


@pytest.mark.parametrize("case", NAMED)
def test_a_named_path_leads_into_the_repository_that_it_names(case: str, place: Path) -> None:
    prepare, path, allowed = NAMED[case]
    prepare(place)
    seen = found(path)
    assert (not any(each.startswith("error") for each in seen)) == allowed, seen
    if not allowed:
        assert all("CS1019 this file is " in each for each in seen)


def test_a_named_configuration_is_read_from_any_folder(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place / "elsewhere")
    assert found(str(place / "repository" / "conf")) == [str(place / "repository" / "conf" / "a.yaml")]


def test_a_link_to_a_whole_repository_may_be_named(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place / "elsewhere")
    Path("link").symlink_to(place / "repository")
    assert found("link/conf/a.yaml") == ["link/conf/a.yaml"]


def test_another_root_may_be_named_and_the_hint_says_which(place: Path) -> None:
    Path("conf/link.yaml").symlink_to(place / "elsewhere" / "x.yaml")
    (hint,) = (each.detail for each in read_layer(Path("conf"), {}).diagnostics)
    assert hint == f"copy it into the repository, outside `.git`, or set CONFSYNC_FILE_ROOT to {place / 'elsewhere'}"
    assert found("conf", CONFSYNC_FILE_ROOT=str(place / "elsewhere")) == ["conf/a.yaml", "conf/link.yaml"]


@pytest.mark.parametrize("git", ["a folder", "a file", "nothing"])
def test_the_repository_is_found_however_it_is_marked(git: str, place: Path) -> None:
    (place / "repository" / ".git" / "config.yaml").unlink()
    (place / "repository" / ".git").rmdir()
    if git == "a file":
        Path(".git").write_text("gitdir: ../another/.git\n", "utf-8")
    if git == "a folder":
        Path(".git").mkdir()
    Path("conf/link.yaml").symlink_to("../other/b.yaml")
    assert any("CS1019" in each for each in found("conf")) == (git == "nothing")


def to(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


UNUSABLE: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "a link to nowhere": ("confsync.yaml", to("gone"), "leads nowhere"),
    "a link out of the repository": ("confsync.yaml", to("../../elsewhere/x.yaml"), LEADS_OUT),
    "a pipe": ("confsync.yaml", os.mkfifo, NOT_REGULAR),
    "a folder": ("confsync.yaml", Path.mkdir, "confsync.yaml is a folder, and should be a file"),
    "a file": ("confsync.d", Path.touch, "confsync.d is a file, and should be a folder"),
    "a folder that is a link to nowhere": ("confsync.d", to("gone"), "leads nowhere"),
    "a folder that is a link out": ("confsync.d", to("../../elsewhere/conf"), LEADS_OUT),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_discovery_does_not_pass_over_a_configuration_that_cannot_be_read(
    case: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "repository" / "confsync.yaml").write_text("version: 1\n", "utf-8")
    inner = place / "repository" / "inner"
    inner.mkdir()
    monkeypatch.chdir(inner)
    name, make, expected = UNUSABLE[case]
    make(Path(name))
    with pytest.raises((InvalidConfiguration, UsageError)) as refused:
        load_configuration(LoadOptions(environ={}, directory=inner))
    seen = [refused.value.happened, *lines(getattr(refused.value, "diagnostics", ()))]
    assert any(expected in each for each in seen), seen
    assert not any("canary" in each for each in seen)


ADVICE = "remove it, or move what it contains"


@pytest.mark.parametrize("name", ["confsync.yml", "Confsync.yaml", "confsync.YAML", "Confsync.d"])
def test_a_similar_name_is_reported(name: str, place: Path) -> None:
    here = place / "repository"
    (here / name).write_text("version: 1\n", "utf-8")
    right = "confsync.d" if name.lower().endswith("d") else "confsync.yaml"
    with pytest.raises(UsageError) as refused:
        discover_files(here)
    assert refused.value.hint == f"Rename {name} to {right}, or name a file or a folder with -f."
    (here / "confsync.yaml").write_text("version: 1\n", "utf-8")
    assert lines(discover_files(here).warnings) == [
        f"{name}:1:1 CS1021 {name} is not read: the configuration is confsync.yaml - {ADVICE}"
    ]


def test_a_link_out_of_the_repository_prints_no_line_of_what_it_leads_to(harness: Harness) -> None:
    (harness.folder / ".git").mkdir()
    outside = harness.folder.parent / f"{harness.folder.name}-outside.yaml"
    outside.write_text("canary: [unclosed\n", "utf-8")
    harness.write("version: 1\n", "confsync.d/a.yaml")
    (harness.folder / "confsync.d" / "b.yaml").symlink_to(outside)
    with pytest.raises(InvalidConfiguration) as refused:
        harness.config()
    assert "canary" not in repr(refused.value.diagnostics)
    assert [each.code for each in refused.value.diagnostics] == ["CS1019"]
