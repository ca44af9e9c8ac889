"""The commands in hints have the options by which the run selected its configuration, environment and account."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from confsync.cli.command import Command
from confsync.cli.invocation import Invocation
from confsync.cli.main import confsync as program
from confsync.cli.options import Options
from confsync.cli.results import RepairResult
from confsync.cli.target_options import TargetOptions
from tests.cli.conftest import CONFIGURATION, Confsync
from tests.receiver import receiver

PROD = Options(envs=("prod",))
EMULATED = Options(envs=("prod",), emulator=True)
EVERYTHING = Options(
    file=("base.yaml", "my file.yaml"),
    directory="infra",
    envs=("dev", "prod"),
    var=(("host", "secret.example.com"), ("name", "x"), ("host", "y")),
    var_file=("vars.yaml",),
    emulator=True,
    emulator_db="state.db",
    parallelism=3,
    target=("services/x",),
)
ALL_OF_THEM = (
    "-C infra -f base.yaml -f 'my file.yaml' -e prod --var-file vars.yaml --var host=VALUE --var name=VALUE "
    "--emulator --emulator-db state.db"
)


def completed(text: str, options: Options) -> str:
    return TargetOptions(program, options).add_to(text)


@pytest.mark.parametrize(
    ("options", "text", "expected"),
    [
        (PROD, "make a new plan: `confsync plan --out FILE`.", "make a new plan: `confsync plan -e prod --out FILE`."),
        (PROD, "`confsync plan`", "`confsync plan -e prod`"),
        (PROD, "`confsync ledger rebuild`", "`confsync ledger rebuild -e prod`"),
        (PROD, "`confsync pull ADDRESS#FIELD`", "`confsync pull -e prod ADDRESS#FIELD`"),
        (PROD, "`confsync adopt 'services/a b' SID`", "`confsync adopt -e prod 'services/a b' SID`"),
        (PROD, "`confsync plan` or `confsync drift`", "`confsync plan -e prod` or `confsync drift -e prod`"),
        (EVERYTHING, "`confsync plan`", f"`confsync plan {ALL_OF_THEM}`"),
        (Options(file=("it's.yaml",)), "`confsync plan`", "`confsync plan -f 'it'\"'\"'s.yaml'`"),
        (Options(emulator_db="state.db"), "`confsync plan`", "`confsync plan`"),
    ],
)
def test_a_command_gets_what_selects_the_target(options: Options, text: str, expected: str) -> None:
    assert completed(text, options) == expected
    assert completed(expected, options) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("`confsync ledger rebuild -e dev`", "`confsync ledger rebuild --emulator -e dev`"),
        ("`confsync forget services/a --env dev`", "`confsync forget --emulator services/a --env dev`"),
        ("`confsync forget services/a --env=dev`", "`confsync forget --emulator services/a --env=dev`"),
        ("`confsync plan -qedev`", "`confsync plan --emulator -qedev`"),
        ("`confsync plan --emulator -e dev`", "`confsync plan --emulator -e dev`"),
        ("`confsync -e dev plan -q`", "`confsync -e dev plan -q --emulator`"),
        ("`confsync --emulator -e dev ledger push`", "`confsync --emulator -e dev ledger push`"),
        ("`confsync diff -e dev -e stage`", "`confsync diff -e dev -e stage`"),
    ],
)
def test_what_a_command_has_is_not_added(text: str, expected: str) -> None:
    assert completed(text, EMULATED) == expected


@pytest.mark.parametrize(
    "text",
    [
        "`confsync --help`",
        "`confsync plan --help`",
        "`confsync init --help`",
        "`confsync init`",
        "`confsync schema plan`",
        "`confsync ledger merge %O %A %B`",
        "`confsync import-terraform FILE`",
        "`confsync emulator`",
        "`confsync version`",
        "`confsync ledger`",
        "`confsync frobnicate`",
        "`confsync plan --frobnicate`",
        "`confsync adopt 'a`b' SID`",
        "`confsync`",
        "run confsync plan",
        "`git push`",
        "",
    ],
)
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert completed(text, EVERYTHING) == text
    assert completed("`confsync plan`", Options()) == "`confsync plan`"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("`confsync validate`", "`confsync validate -f a.yaml -e prod`"),
        ("`confsync fmt`", "`confsync fmt -f a.yaml`"),
        ("`confsync show FILE`", "`confsync show -f a.yaml FILE`"),
    ],
)
def test_a_command_gets_nothing_that_makes_no_difference_to_it(text: str, expected: str) -> None:
    assert completed(text, Options(file=("a.yaml",), envs=("prod",), emulator=True)) == expected


def commands(group: click.Group) -> Iterator[Command]:
    for name in group.list_commands(click.Context(group)):
        command = group.commands[name]
        if isinstance(command, click.Group):
            yield from commands(command)
        else:
            assert isinstance(command, Command)
            yield command


def test_every_command_accepts_the_options_that_select_what_it_works_on() -> None:
    found = list(commands(program))
    assert len(found) > 25
    for command in found:
        assert set(command.selected_by) <= {each.name for each in command.params}, command.name


ENVIRONMENTS = (
    CONFIGURATION + f"environments: {{prod: {{account_sid: AC{'a' * 32}}}, dev: {{account_sid: AC{'b' * 32}}}}}\n"
)
PLAN = "`confsync plan -f 'my file.yaml' -e prod --emulator --out FILE`"


@pytest.fixture
def file(folder: Path) -> str:
    """Write a configuration with two environments to a file whose name has to be quoted."""
    (folder / "confsync.yaml").unlink()
    (folder / "my file.yaml").write_text(ENVIRONMENTS, "utf-8")
    return "my file.yaml"


def texts(value: object) -> Iterator[str]:
    match value:
        case dict():
            yield from (text for each in value.values() for text in texts(each))
        case list():
            yield from (text for each in value for text in texts(each))
        case str():
            yield value


@pytest.mark.parametrize("format_", ["text", "json", "markdown", "github", "html", "junit"])
def test_every_format_has_the_same_command(format_: str, file: str, confsync: Confsync) -> None:
    said = confsync("show", file, "-f", file, "-e", "prod", "--emulator", "--format", format_)
    assert said.code == 11
    assert said.three_lines[2] == f"Next:  Name a file that {PLAN} wrote."
    shown = said.out.replace("&#x27;", "'").replace("&#39;", "'")
    code = {"html": PLAN.strip("`"), "markdown": PLAN}.get(format_, PLAN)
    assert format_ == "text" or code in shown, shown


def test_the_log_has_the_same_command(file: str, confsync: Confsync) -> None:
    said = confsync("show", file, "-f", file, "-e", "prod", "--emulator", "--log-format", "json")
    assert json.loads(said.err.splitlines()[-2])["next"] == f"Name a file that {PLAN} wrote."


def test_a_diagnostic_on_stderr_and_in_the_document_has_the_same_command(file: str, confsync: Confsync) -> None:
    saved = ("plan", "-f", file, "-e", "prod", "--emulator", "--out", "plan.json")
    assert confsync(*saved).code == 0
    assert confsync("apply", "plan.json", "-f", file, "--emulator").code == 0
    shown = confsync("show", "plan.json", "-f", file)
    assert f"= make a new one: {PLAN}" in shown.err
    document = confsync("show", "plan.json", "-f", file, "--json").document
    assert {each["detail"] for each in document["diagnostics"]} == {f"make a new one: {PLAN}"}


def test_an_option_from_an_environment_variable_is_added_too(
    file: str, confsync: Confsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONFSYNC_ENV", "prod")
    monkeypatch.setenv("CONFSYNC_FILE", file)
    assert confsync("show", file, "--emulator").three_lines[2] == f"Next:  Name a file that {PLAN} wrote."


def test_a_saved_plan_selects_the_environment(file: str, confsync: Confsync) -> None:
    assert confsync("plan", "-f", file, "-e", "prod", "--emulator", "--out", "plan.json").code == 0
    assert confsync("apply", "plan.json", "-f", file, "--emulator").code == 0
    for command in ("apply", "rehearse"):
        spent = confsync(command, "plan.json", "-f", file, "--emulator")
        assert (spent.code, spent.three_lines[2]) == (7, f"Next:  Make a new plan and have it reviewed: {PLAN}.")
    other = confsync("apply", "plan.json", "-f", file, "-e", "dev", "--emulator")
    assert other.three_lines[2] == f"Next:  Make a new plan and have it reviewed: {PLAN.replace('prod', 'dev')}."
    real = confsync("apply", "plan.json", "-f", file)
    assert real.three_lines[2] == f"Next:  Make a new plan and have it reviewed: {PLAN.replace(' --emulator', '')}."


@pytest.mark.parametrize("command", ["validate --all-environments", "diff -e prod -e dev"])
def test_a_command_about_several_environments_names_none(
    command: str, file: str, folder: Path, confsync: Confsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / file).write_text(ENVIRONMENTS.replace("agent:", "agnet:"), "utf-8")
    monkeypatch.setenv("CONFSYNC_ENV", "prod")
    said = confsync(*command.split(), "-f", file)
    assert (said.code, "`confsync validate -f 'my file.yaml'`." in said.three_lines[2]) == (3, True), said.err


def test_the_options_are_part_of_the_document(file: str, confsync: Confsync) -> None:
    document: dict[str, Any] = confsync("drift", "-f", file, "-e", "prod", "--emulator", "--json").document
    options = ["-f", "my file.yaml", "-e", "prod", "--emulator"]
    assert document["target"]["options"] == options
    hints = {each["hint"] for each in document["differences"]}
    assert "`confsync apply -f 'my file.yaml' -e prod --emulator` creates it" in hints
    text = confsync("drift", "-f", file, "-e", "prod", "--emulator").out
    assert "`confsync apply -f 'my file.yaml' -e prod --emulator` makes these changes" in text
    text = confsync("plan", "-f", file, "-e", "prod", "--emulator").out
    assert "see `confsync list -f 'my file.yaml' -e prod --emulator --unmanaged`." in text


def test_the_value_of_a_variable_is_not_repeated(folder: Path, confsync: Confsync) -> None:
    (folder / "confsync.yaml").write_text(CONFIGURATION + "variables: {host: example.com}\n", "utf-8")
    said = confsync("plan", "--emulator", "--out", "plan.json", "--var", "host=hunter2", "-v")
    assert "`confsync apply --var host=VALUE --emulator plan.json`" in said.err
    assert "hunter2" not in said.out + said.err


def test_a_run_that_a_second_signal_ends_says_the_same(capfd: pytest.CaptureFixture[str]) -> None:
    invocation = Invocation(["repair", "duplicates", "--json"], {})
    invocation.program = program
    invocation.given.take("envs", ('pr"o\\d',), typed=True)
    assert invocation.interrupt_message() == 130
    assert "Nothing was changed." in capfd.readouterr().err
    invocation.keep(RepairResult(report=None))  # type: ignore[arg-type]  # only its type says that writes may have begun
    assert invocation.interrupt_message() == 130
    out, err = capfd.readouterr()
    look = "Run `confsync plan -e 'pr\"o\\d'`: it reads the live state."
    assert err.splitlines()[2] == f"Next:  {look}"
    (diagnostic,) = json.loads(out)["diagnostics"]
    assert diagnostic["detail"] == look


def test_the_notification_of_a_failed_run_says_the_same(
    file: str, folder: Path, confsync: Confsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "confsync.ledger.prod.json").write_text("{", "utf-8")
    (folder / ".confsync" / "emulator").mkdir(parents=True)
    (folder / ".confsync" / "emulator" / "confsync.ledger.prod.json").write_text("{", "utf-8")
    with receiver() as server:
        monkeypatch.setenv("CONFSYNC_WEBHOOK_URL", server.url)
        said = confsync(
            *("drift", "-f", file, "-e", "prod", "--emulator", "--history", "drift.db", "--notify", "webhook")
        )
    assert said.code == 11
    (sent,) = (json.loads(each.body) for each in server.requests)
    assert "`confsync ledger rebuild -f 'my file.yaml' -e prod --emulator`" in sent["failure"]["hint"]
