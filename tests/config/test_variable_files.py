"""Files of `--var-file`: which value wins, which files are read, and where an error is."""

from pathlib import Path

import pytest

from confsync.config.config import Config, LoadOptions
from confsync.config.load import load_config
from confsync.config.tree import Mapping, plain_value
from confsync.config.variables.declaration import declare_variables
from confsync.config.variables.files import VariableFiles, read_variable_files
from confsync.config.variables.values import VariableSources, resolve_variables
from confsync.errors import InvalidConfiguration, UsageError
from tests.config.reading import lines, tree

CONFIGURATION = """version: 1
variables:
  name: Support
  count: 1
  words: {default: [sendMessage]}
  size: {default: small, allowed: [small, large]}
  token: {sensitive: true}
environments: {a: {account_sid: AC00000000000000000000000000000000, variables: {name: Support (a)}}}
services:
  s:
    friendly_name: ${{ var.name }}
    roles: {r: {type: conversation, permissions: "${{ var.words }}"}}
"""


def load(folder: Path, *files: str, environ: dict[str, str] | None = None, **variables: str) -> Config:
    """Load the configuration with a file for each text, in that order."""
    (folder / "confsync.yaml").write_text(CONFIGURATION, "utf-8")
    paths = [folder / f"{number}.yaml" for number, _ in enumerate(files)]
    for path, text in zip(paths, files, strict=True):
        path.write_text(text, "utf-8")
    options = LoadOptions(
        environ=environ or {}, directory=folder, variable_files=tuple(paths), variables=variables, environment="a"
    )
    return load_config(options)


def mistakes(folder: Path, *files: str) -> list[str]:
    with pytest.raises(InvalidConfiguration) as wrong:
        load(folder, *files)
    return [line.replace(f"{folder}/", "") for line in lines(wrong.value.diagnostics)]


@pytest.mark.parametrize(
    ("files", "environ", "given", "name"),
    [
        ((), {}, {}, "Support (a)"),
        (("name: one",), {}, {}, "one"),
        (("name: one", "name: two"), {}, {}, "two"),
        (("name: one", "count: 2"), {}, {}, "one"),
        (("name: one", ""), {}, {}, "one"),
        (("name: one",), {"CONFSYNC_VAR_name": "three"}, {}, "three"),
        (("name: one",), {"CONFSYNC_VAR_name": "three"}, {"name": "four"}, "four"),
        (('{"name": "JSON"}',), {}, {}, "JSON"),
    ],
)
def test_a_file_takes_precedence_over_the_environment_and_a_later_one_over_it(
    tmp_path: Path, files: tuple[str, ...], environ: dict[str, str], given: dict[str, str], name: str
) -> None:
    (service, *_) = load(tmp_path, *files, environ=environ, **given).resources.values()
    assert service.name == name


def test_a_file_may_have_values_of_every_type(tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text("count: 7\nwords: [a, {b: null}]\nsize: large\n", "utf-8")
    section = tree(CONFIGURATION).get("variables")
    files = read_variable_files([tmp_path / "all.yaml"], {})
    variables, errors = resolve_variables(declare_variables(section)[0], VariableSources(files=files))
    words = variables.values["words"]
    assert (errors, variables.values["count"], variables.values["size"]) == ([], 7, "large")
    assert not isinstance(words, str)
    assert plain_value(words) == ["a", {"b": None}]  # type: ignore[arg-type]  # it is a list


def test_the_files_count_as_files_of_the_configuration(tmp_path: Path) -> None:
    config = load(tmp_path, "name: one")
    assert [Path(each).name for each in config.files] == ["confsync.yaml", "0.yaml"]
    assert [Path(each).name for each in config.variable_files] == ["0.yaml"]


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("nme: x\n", ["0.yaml:1:1 CS3004 no variable 'nme' is declared - did you mean 'name'?"]),
        ("count: x\n", ["0.yaml:1:8 CS3006 'count' must be a whole number, like its default"]),
        ("name: 7\n", ["0.yaml:1:7 CS3006 'name' must be text, like its default - put quotes around it"]),
        ("words: sendMessage\n", ["0.yaml:1:8 CS3006 'words' must be a list, like its default"]),
        ("size: huge\n", ["0.yaml:1:7 CS3017 'size' must be 'small' or 'large'"]),
        (
            "name: null\n",
            ["0.yaml:1:7 CS3003 this cannot be the value of 'name' - write a text, a number, true or false"],
        ),
        (
            "name: ${{ var.size }}\n",
            ["0.yaml:1:7 CS3003 a variable cannot contain a reference - use the other variable where this one is used"],
        ),
        ("[name]\n", ["0.yaml:1:1 CS3001 variables must be keys and values - write `name: value`"]),
        (
            "name: a\nname: b\n",
            ["0.yaml:2:1 CS1015 'name' is written twice - remove one of them; the first is on line 1"],
        ),
        (
            "words:\n  - 7\n",
            [
                (
                    "0.yaml:2:5 CS2005 an item of 'permissions' must be text, not the number 7"
                    " (used in confsync.yaml:12:50) - put quotes around it"
                )
            ],
        ),
    ],
)
def test_an_error_in_a_file_is_reported_at_its_position(tmp_path: Path, text: str, reported: list[str]) -> None:
    assert mistakes(tmp_path, text) == reported


def test_a_sensitive_value_in_a_file_is_refused_and_not_shown(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfiguration) as wrong:
        load(tmp_path, "token: hunter2\n")
    (mistake,) = wrong.value.diagnostics
    assert (mistake.code, mistake.snippet) == ("CS3005", "token: (sensitive)")


def test_only_a_regular_file_in_its_repository_is_read(tmp_path: Path) -> None:
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    (tmp_path / "outside.yaml").write_text("name: x\n", "utf-8")
    link = tmp_path / "repository" / "link.yaml"
    link.symlink_to(tmp_path / "outside.yaml")
    (refused,) = read_variable_files([link], {}).diagnostics
    assert (refused.code, refused.summary) == ("CS1019", "this file is outside the repository")
    assert read_variable_files([link], {"CONFSYNC_FILE_ROOT": str(tmp_path)}).diagnostics == ()
    assert read_variable_files([tmp_path / "outside.yaml"], {}).diagnostics == ()


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.yaml"):
        with pytest.raises(UsageError) as wrong:
            read_variable_files([path], {})
        assert "--var-file" in str(wrong.value.hint)


def test_only_what_is_declared_remains() -> None:
    files = VariableFiles((tree("a: 1\nb: 2\n"),)).only({"b"})
    (section,) = files.sections
    assert isinstance(section, Mapping)
    assert list(section.items) == ["b"]
