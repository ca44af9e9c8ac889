"""Which value of an option wins: the one after the command, then the one before it, then the variable."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from confsync.cli.invocation import Invocation
from confsync.cli.main import confsync as group
from confsync.cli.options import Options
from confsync.cli.paths import AlsoOutput
from tests.cli.conftest import Confsync

ROWS: dict[str, tuple[Mapping[str, str], str, Options]] = {
    "nothing": ({}, "version", Options()),
    "before": ({}, "-e a version", Options(envs=("a",))),
    "after": ({}, "version -e b", Options(envs=("b",))),
    "after wins over before": ({}, "-e a version -e b", Options(envs=("a", "b"))),
    "before wins over the variable": ({"CONFSYNC_ENV": "c"}, "-e a version", Options(envs=("a",))),
    "the variable": ({"CONFSYNC_ENV": "c"}, "version", Options(envs=("c",))),
    "the variable is one name": ({"CONFSYNC_ENV": "c d"}, "version", Options(envs=("c d",))),
    "repeated ones add up": ({}, "-f a version -f b", Options(file=("a", "b"))),
    "typed ones replace the variable's": ({"CONFSYNC_FILE": "c:d"}, "version -f b", Options(file=("b",))),
    "a variable holds several": ({"CONFSYNC_FILE": "c:d"}, "version", Options(file=("c", "d"))),
    "variables add up": ({}, "--var a=1 version --var b=x=y", Options(var=(("a", "1"), ("b", "x=y")))),
    "variable files add up": ({}, "--var-file a version --var-file b", Options(var_file=("a", "b"))),
    "a variable names variable files": ({"CONFSYNC_VAR_FILE": "c:d"}, "version", Options(var_file=("c", "d"))),
    "json is a format": ({}, "--json version", Options(format="json")),
    "a format after json": ({}, "--json version --format text", Options(format="text")),
    "a format before json": ({}, "version --format text --json", Options(format="json")),
    "a flag's variable": ({"CONFSYNC_JSON": "1", "CONFSYNC_DEBUG": "no"}, "version", Options(format="json")),
    "no variable redirects": ({"CONFSYNC_EMULATOR": "1"}, "version", Options()),
    "other files add up": (
        {"CONFSYNC_ALSO": "json=c"},
        "--also json=a=b validate --also html=b",
        Options(also=(AlsoOutput("json", "a=b"), AlsoOutput("html", "b"))),
    ),
    "figures": ({}, "version --parallelism 3 --max-rps 2.5", Options(parallelism=3, max_rps=2.5)),
}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("row", ROWS)
def test_the_last_value_of_an_option_wins(row: str, monkeypatch: pytest.MonkeyPatch) -> None:
    environ, arguments, expected = ROWS[row]
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    run = Invocation(arguments.split())
    with group.make_context("confsync", arguments.split(), obj=run) as context:
        group.invoke(context)
    assert run.options == expected


def test_files_are_found_from_the_given_directory(confsync: Confsync, folder: Path) -> None:
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    (folder / "confsync.yaml").rename(elsewhere / "mine.yaml")
    assert confsync("validate").code == 3
    assert "elsewhere/mine.yaml" in confsync("validate", "-C", "elsewhere", "-f", "mine.yaml").out


def test_a_value_that_may_be_secret_is_not_repeated(confsync: Confsync) -> None:
    said = confsync("plan", "--var", "hunter2", "--json")
    assert said.code == 3
    assert "hunter2" not in said.err + said.out


@pytest.mark.parametrize(
    "arguments", ["apply --auto-aprove --json", "--json pln", "plan --format json --nope", "plan --nope --format=json"]
)
def test_a_usage_error_is_a_document_if_json_is_requested(arguments: str, confsync: Confsync) -> None:
    said = confsync(*arguments.split())
    (mistake,) = said.document["diagnostics"]
    assert (said.code, said.document["kind"], mistake["code"]) == (3, "diagnostics", "CS9003")


def test_a_mistyped_name_gets_a_suggestion(confsync: Confsync) -> None:
    assert "'--auto-approve'" in confsync("apply", "--auto-aprove").three_lines[0]
    assert "'plan'" in confsync("plna").three_lines[0]


def test_a_configuration_on_standard_input_is_refused_plainly(confsync: Confsync) -> None:
    for command in ("plan", "validate", "list"):
        said = confsync(command, "-f", "-", "--emulator")
        assert said.code == 3
        assert "confsync does not read standard input" in said.three_lines[0]
