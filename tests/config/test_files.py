"""Where a configuration is found, and in which order its files are read."""

import os
from pathlib import Path

import pytest

from confsync.config.sources.files import Source, discover_files, file_reference_root, named_files, read_layer
from confsync.config.sources.folder import display_path
from confsync.errors import LocalFileError, UsageError
from tests.config.reading import lines


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path.resolve() / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def write(path: Path, text: str = "version: 1\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def names(path: str) -> list[str]:
    """The files that are read, none of which is wrong."""
    layer = read_layer(Path(path), {})
    assert not lines(layer.diagnostics)
    return [file.path for file in layer.files]


def test_the_file_here_is_found(here: Path) -> None:
    path = write(here / "confsync.yaml")
    assert discover_files(here) == Source((path,), here)


def test_the_folder_here_is_found_and_the_ledger_is_next_to_it(here: Path) -> None:
    write(here / "confsync.d" / "a.yaml")
    assert discover_files(here) == Source((here / "confsync.d",), here)


def test_both_are_an_error_that_names_them(here: Path) -> None:
    write(here / "confsync.yaml")
    write(here / "confsync.d" / "a.yaml")
    with pytest.raises(UsageError, match=r"Both confsync.yaml and confsync.d exist"):
        discover_files(here)


def test_the_parents_are_searched_up_to_the_repository(here: Path) -> None:
    path = write(here / "confsync.yaml")
    (here / ".git").mkdir()
    inner = here / "a" / "b"
    inner.mkdir(parents=True)
    assert discover_files(inner) == Source((path,), here)


def test_the_nearest_one_wins(here: Path) -> None:
    write(here / "confsync.yaml")
    (here / ".git").mkdir()
    nearest = write(here / "a" / "confsync.yaml")
    assert discover_files(here / "a").paths == (nearest,)


def test_a_configuration_above_the_repository_is_not_found(here: Path) -> None:
    write(here / "confsync.yaml")
    (here / "repository" / ".git").mkdir(parents=True)
    with pytest.raises(UsageError, match=r"There is no confsync.yaml and no folder confsync.d"):
        discover_files(here / "repository")


def test_a_work_tree_has_a_file_named_git(here: Path) -> None:
    path = write(here / "confsync.yaml")
    write(here / ".git", "gitdir: elsewhere\n")
    (here / "a").mkdir()
    assert discover_files(here / "a").paths == (path,)


def test_without_a_repository_only_this_folder_is_searched(here: Path) -> None:
    write(here / "confsync.yaml")
    (here / "a").mkdir()
    with pytest.raises(UsageError) as refused:
        discover_files(here / "a")
    assert "or its parents" not in refused.value.happened
    assert refused.value.hint == "Write confsync.yaml here, or name a file or a folder with -f."


@pytest.mark.parametrize(
    ("path", "folder"),
    [("x/prod.yaml", "x"), ("x/confsync.d", "x"), ("examples/desk", "examples/desk"), (".", ".")],
)
def test_the_ledger_is_next_to_the_named_file(here: Path, path: str, folder: str) -> None:
    for each in ("x/prod.yaml", "x/confsync.d/a.yaml", "examples/desk/a.yaml"):
        write(here / each)
    assert named_files([Path(path)]) == Source((Path(path),), (here / folder).resolve())


def test_several_paths_are_layers_and_the_first_decides_where_the_ledger_is(here: Path) -> None:
    write(here / "base" / "a.yaml")
    write(here / "over.yaml")
    assert named_files([Path("base"), Path("over.yaml")]) == Source((Path("base"), Path("over.yaml")), here / "base")


@pytest.mark.usefixtures("here")
def test_a_path_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(UsageError, match=r"There is no file or folder missing.yaml"):
        named_files([Path("missing.yaml")])
    with pytest.raises(UsageError, match=r"There is no file or folder missing.yaml"):
        read_layer(Path("missing.yaml"), {})


def test_a_folder_is_read_recursively_in_order_and_without_hidden_ones(here: Path) -> None:
    for name in ("b.yaml", "a/z.yml", "a/b/c.yaml", ".hidden.yaml", ".git/x.yaml", "a/.x/y.yaml", "n.json", "yaml"):
        write(here / "conf" / name)
    assert names("conf") == ["conf/a/b/c.yaml", "conf/a/z.yml", "conf/b.yaml"]


def test_a_named_file_is_read_with_any_extension(here: Path) -> None:
    write(here / ".settings", "a: 1\n")
    assert [(file.path, file.raw) for file in read_layer(Path(".settings"), {}).files] == [(".settings", b"a: 1\n")]


def test_a_folder_without_yaml_is_an_error(here: Path) -> None:
    (here / "conf").mkdir()
    with pytest.raises(UsageError, match=r"The folder conf contains no \*.yaml file"):
        read_layer(Path("conf"), {})


def test_an_unreadable_folder_is_a_local_file_error(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(here / "conf" / "a.yaml")

    def refused(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", refused)
    with pytest.raises(LocalFileError, match=r"conf cannot be read: Permission denied"):
        read_layer(Path("conf"), {})


def test_a_file_that_disappears_is_a_local_file_error(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(here / "a.yaml")

    def gone(*_: object) -> None:
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(os, "open", gone)
    with pytest.raises(LocalFileError, match=r"a.yaml cannot be read: No such file"):
        read_layer(Path("a.yaml"), {})


def test_paths_are_shown_relative_to_the_current_folder_when_inside_it(here: Path) -> None:
    assert display_path(here / "a" / "b.yaml") == "a/b.yaml"
    assert display_path(here.parent / "b.yaml") == str(here.parent / "b.yaml")


@pytest.mark.usefixtures("here")
def test_a_name_that_is_not_utf_8_can_still_be_shown() -> None:
    assert display_path(Path(os.fsdecode(b"a\xff.yaml"))) == "a\\xff.yaml"


def test_file_references_stay_in_the_repository(here: Path) -> None:
    (here / ".git").mkdir()
    source = Source((here / "a" / "confsync.yaml",), here / "a")
    assert file_reference_root(source, {}) == here


def test_without_a_repository_file_references_stay_in_the_folder_of_the_configuration(here: Path) -> None:
    assert file_reference_root(Source((here / "a" / "confsync.yaml",), here / "a"), {}) == here / "a"


def test_another_root_may_be_named(here: Path) -> None:
    (here / ".git").mkdir()
    assert file_reference_root(Source((here,), here), {"CONFSYNC_FILE_ROOT": "other"}) == here / "other"
