"""No option that names a file to write can name one that is read."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from confsync.cli.main import COMMANDS, Commands
from confsync.cli.options import common_options
from confsync.cli.paths import AlsoPath, InputPath, OutputPath
from confsync.errors import UsageError
from tests.cli.conftest import Confsync
from tests.harness import Harness

CONFIGURATION = """
version: 1
credentials:
  phone: {type: apn, certificate: "${{ file.certs/phone.pem }}", private_key: "${{ envfile.KEY_FILE }}"}
"""

NEITHER = {"-C", "--write"}
"""Options that name a folder: one is searched, the other, which is not documented, gets files of fixed names."""


@pytest.fixture
def files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with every sort of file that a run reads."""
    for path in ("certs", ".confsync", "out"):
        (folder / path).mkdir()
    (folder / "confsync.yaml").write_text(CONFIGURATION, "utf-8")
    for path in ("certs/phone.pem", "out/key.pem", "confsync.ledger.json", ".confsync/journal.jsonl", "plan.json"):
        (folder / path).write_text("content\n", "utf-8")
    monkeypatch.setenv("KEY_FILE", str(folder / "out" / "key.pem"))
    return folder


READ = {
    "confsync.yaml": "would overwrite a file of the configuration",
    "certs/phone.pem": "would overwrite a file that the configuration refers to",
    "out/key.pem": "would overwrite a file that the configuration refers to",
    "confsync.ledger.json": "would overwrite the ledger, the journal or their lock",
    "confsync.ledger.prod.json": "would overwrite the ledger, the journal or their lock",
    ".confsync/journal.jsonl": "would overwrite the ledger, the journal or their lock",
    ".confsync/journal.prod.jsonl": "would overwrite the ledger, the journal or their lock",
    ".confsync/127.0.0.1-8080/confsync.ledger.json": "would overwrite the ledger, the journal or their lock",
    "confsync.snapshot.json": "would overwrite the snapshot next to the ledger",
}

WRITING: dict[str, Callable[[str], tuple[str, ...]]] = {
    "plan --out": lambda path: ("plan", "--emulator", "--out", path),
    "plan --output": lambda path: ("plan", "--emulator", "--output", path),
    "validate --output": lambda path: ("--output", path, "validate"),
    "validate --also": lambda path: ("validate", "--also", f"json={path}"),
    "version --output": lambda path: ("version", "--output", path),
    "schema --output": lambda path: ("schema", "--output", path),
    "plan --emulator-db": lambda path: ("plan", "--emulator", "--emulator-db", path),
    "emulator --db": lambda path: ("emulator", "--db", path),
}


def by_its_name(path: Path) -> Path:
    return path


def by_a_link(path: Path) -> Path:
    link = Path("link")
    link.symlink_to(path.absolute())
    return link


def by_a_hard_link(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.touch()
    os.link(path, "hard")
    return Path("hard")


def by_a_detour(path: Path) -> Path:
    return Path("out/..", path)


@pytest.mark.parametrize("option", WRITING)
@pytest.mark.parametrize("path", READ)
def test_what_is_read_is_never_written(option: str, path: str, files: Path, confsync: Confsync) -> None:
    before = content(files)
    result = confsync(*WRITING[option](path))
    assert result.code == 3
    assert READ[path] in result.three_lines[0]
    assert result.three_lines[2] == "Next:  Name another file."
    assert content(files) == before


@pytest.mark.parametrize("named", [by_its_name, by_a_link, by_a_hard_link, by_a_detour])
@pytest.mark.parametrize("path", READ)
def test_another_name_of_the_file_makes_no_difference(
    named: Callable[[Path], Path], path: str, files: Path, confsync: Confsync
) -> None:
    other = named(Path(path))
    before = content(files)
    result = confsync("plan", "--emulator", "--out", str(other))
    assert (result.code, READ[path] in result.three_lines[0]) == (3, True)
    assert content(files) == before


def content(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "arguments", [("show", "plan.json"), ("apply", "plan.json"), ("apply", "--approved", "plan.json")]
)
def test_a_saved_plan_that_is_read_is_not_written(arguments: tuple[str, ...], files: Path, confsync: Confsync) -> None:
    result = confsync(*arguments, "--output", "plan.json")
    assert (result.code, result.three_lines[0]) == (
        3,
        "Error: --output plan.json would overwrite a file that this command reads.",
    )
    assert (files / "plan.json").read_text("utf-8") == "content\n"


@pytest.mark.usefixtures("files")
def test_two_outputs_are_two_files(confsync: Confsync) -> None:
    result = confsync("plan", "--emulator", "--out", "new.json", "--output", "./new.json")
    assert (result.code, result.three_lines[0]) == (3, "Error: --out and --output name the same file.")
    assert not Path("new.json").exists()


def test_an_output_does_not_become_a_part_of_the_configuration(folder: Path, confsync: Confsync) -> None:
    (folder / "confsync.d").mkdir()
    (folder / "confsync.yaml").rename(folder / "confsync.d" / "a.yaml")
    result = confsync("plan", "--emulator", "--out", "confsync.d/plan.yaml")
    assert result.code == 3
    assert "would become a part of the configuration in " in result.three_lines[0]
    assert confsync("plan", "--emulator", "--out", "confsync.d/plan.json").code == 0


def test_an_invalid_configuration_is_not_overwritten_by_its_errors(folder: Path, confsync: Confsync) -> None:
    (folder / "confsync.yaml").write_text("version: [\n", "utf-8")
    result = confsync("validate", "--json", "--output", "confsync.yaml")
    assert result.code == 3
    assert (folder / "confsync.yaml").read_text("utf-8") == "version: [\n"


@pytest.mark.parametrize("name", ["plan.json", "out/new.json", ".confsync/plan.json"])
def test_any_other_file_may_be_written(name: str, files: Path, confsync: Confsync) -> None:
    (files / "confsync.yaml").write_text("version: 1\n", "utf-8")
    assert confsync("plan", "--emulator", "--out", name).code == 0
    assert confsync("plan", "--emulator", "--out", name).code == 0


def test_a_file_of_variables_is_not_overwritten(confsync: Confsync, folder: Path) -> None:
    (folder / "values.yaml").write_text("{}", "utf-8")
    said = confsync("plan", "--emulator", "--var-file", "values.yaml", "--output", "values.yaml")
    assert (said.code, (folder / "values.yaml").read_text("utf-8")) == (3, "{}")
    assert "would overwrite a file that this command reads" in said.err


def test_the_library_does_not_overwrite_what_it_read(harness: Harness) -> None:
    made = harness.account(harness.config("version: 1\n")).plan()
    for path in ("confsync.yaml", "confsync.ledger.json"):
        with pytest.raises(UsageError, match="would overwrite"):
            made.save(harness.folder / path)
    assert made.save(harness.folder / "plan.json").id


def parameters() -> Iterator[click.Parameter]:
    """Every parameter of every command that names a path."""
    commands = Commands()
    every = [*common_options(), *(each for name in COMMANDS for each in _all_of(commands[name]))]
    yield from (each for each in every if isinstance(each.type, click.Path | AlsoPath))


def _all_of(command: click.Command) -> Iterator[click.Parameter]:
    yield from command.params
    if isinstance(command, click.Group):
        for each in command.commands.values():
            yield from _all_of(each)


def test_every_parameter_that_names_a_file_says_whether_it_is_written() -> None:
    unsaid = {each.opts[0] for each in parameters() if not isinstance(each.type, InputPath | OutputPath | AlsoPath)}
    assert unsaid == NEITHER
    assert {each.opts[0] for each in parameters() if isinstance(each.type, OutputPath | AlsoPath)} == {
        *("--out", "--output", "--also", "--history", "--emulator-db", "--db"),
    }


@pytest.mark.parametrize("option", WRITING)
def test_a_dash_is_no_file_by_mistake(option: str, confsync: Confsync, folder: Path) -> None:
    before = sorted(folder.iterdir())
    refused = confsync(*WRITING[option]("-"))
    assert (refused.code, refused.out) == (3, "")
    assert "`-` does not mean standard output" in refused.three_lines[0]
    assert sorted(folder.iterdir()) == before
