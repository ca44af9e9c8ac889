"""`confsync init` writes a folder that works as it is, and never replaces a file."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from confsync.cli.commands.init import EXAMPLE_NAMES
from confsync.cli.invocation import Invocation
from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
from confsync.emulator.server import running
from confsync.starter.example import EXAMPLES
from tests.cli.conftest import Confsync
from tests.cli.run_result import RunResult
from tests.cli.test_consent import at_a_terminal
from tests.emulator.client import Client
from tests.terraform.states import CONVERSATIONS, Entry, stored

SCHEMA_COMMENT = "# yaml-language-server: $schema="
STATE = ".confsync/emulator"


@pytest.fixture
def empty(folder: Path) -> Path:
    """Return the current folder, in which there is nothing."""
    (folder / "confsync.yaml").unlink()
    return folder


def files(folder: Path) -> dict[str, str]:
    """Read every file but the state of the emulator and what belongs to Git."""
    found = {each.relative_to(folder).as_posix(): each for each in folder.rglob("*") if each.is_file()}
    return {name: path.read_text("utf-8") for name, path in found.items() if not name.startswith((STATE, ".git/"))}


def check_schema_comments(folder: Path) -> None:
    """Make sure that each file of the configuration names the schema, and that the schema is there."""
    configuration = [path for path in folder.rglob("*.yaml") if not path.relative_to(folder).parts[0].startswith(".")]
    assert configuration
    for path in configuration:
        first = path.read_text("utf-8").splitlines()[0]
        assert first.startswith(SCHEMA_COMMENT)
        schema = path.parent / first.removeprefix(SCHEMA_COMMENT)
        assert json.loads(schema.read_text("utf-8"))["$id"].startswith("urn:confsync:schema:config:")


def test_an_empty_start_can_be_applied(confsync: Confsync, empty: Path) -> None:
    said = confsync("init")
    assert said.code == 0, said.err
    assert sorted(files(empty)) == [".confsync/confsync.schema.json", ".gitignore", "confsync.yaml"]
    assert "Write the SID of the account into confsync.yaml." in said.out
    assert said.out.endswith("Next, run:\n  confsync validate\n  confsync plan\n")
    check_schema_comments(empty)
    assert confsync("validate").code == 0
    assert confsync("fmt", "--check").code == 0
    applied = confsync("apply", "--emulator", "--auto-approve")
    assert "Applied: 2 created, 1 updated" in applied.out


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_can_be_tried_as_it_says(
    confsync: Confsync, empty: Path, example: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", ACCOUNT_SID)  # an example has accounts of its own

    said = confsync("init", "--example", example)

    assert said.code == 0, said.err
    check_schema_comments(empty)
    plan, apply = (line.split()[1:] for line in said.out.partition("Next, run:\n")[2].splitlines())
    assert "to create" in confsync(*plan).out
    assert confsync(*apply, "--auto-approve").code == 0
    assert confsync(*plan, "--detailed-exitcode").out.endswith("No changes. Twilio matches the configuration.\n")


def test_the_command_offers_every_example() -> None:
    assert tuple(EXAMPLES) == EXAMPLE_NAMES


def test_the_secrets_of_an_example_are_for_their_owner_and_stay_as_they_are(confsync: Confsync, empty: Path) -> None:
    confsync("init", "--example", "support-desk")
    secrets = {path: path.read_bytes() for path in (empty / "confsync.d" / "secrets").iterdir()}

    again = confsync("init", "--example", "support-desk", "--json").document

    assert len(secrets) == 3
    assert {path.stat().st_mode & 0o777 for path in secrets} == {0o600}
    assert "/confsync.d/secrets/" in (empty / ".gitignore").read_text("utf-8").splitlines()
    assert not any(each["changed"] for each in again["files"])
    assert {path: path.read_bytes() for path in secrets} == secrets


@pytest.mark.parametrize("present", ["confsync.yaml", "confsync.d/mine.yaml"])
def test_an_example_joins_no_other_configuration(confsync: Confsync, empty: Path, present: str) -> None:
    (empty / present).parent.mkdir(exist_ok=True)
    (empty / present).write_text("version: 1\n", "utf-8")

    said = confsync("init", "--example", "support-desk")

    assert said.code == 8
    assert f"there is already: {present}" in said.err
    assert files(empty).keys() == {present}


@pytest.mark.parametrize("other", [("--from-live",), ("--flex",), ("--ci", "github")])
def test_an_example_is_combined_with_no_other_source(confsync: Confsync, empty: Path, other: tuple[str, ...]) -> None:
    assert confsync("init", "--example", "quickstart", *other).code == 3
    assert files(empty) == {}


def test_the_account_of_the_credentials_becomes_the_environment(
    confsync: Confsync, empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", ACCOUNT_SID)
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    assert confsync("init", "-e", "prod").code == 0
    written = yaml.safe_load((empty / "confsync.yaml").read_text("utf-8"))
    assert written["environments"] == {"prod": {"account_sid": ACCOUNT_SID, "region": "ie1"}}
    assert confsync("validate").code == 0


def test_a_start_for_flex_looks_the_service_up(confsync: Confsync, empty: Path) -> None:
    (empty / "before.yaml").write_text("version: 1\nservices: {flex: {friendly_name: Flex Chat Service}}\n", "utf-8")
    assert confsync("apply", "-f", "before.yaml", "--emulator", "--auto-approve").code == 0
    (empty / STATE / "confsync.ledger.json").unlink()
    assert confsync("init", "--flex").code == 0
    assert confsync("fmt", "--check", "-f", "confsync.yaml").code == 0
    planned = confsync("plan", "--emulator", "--json").document
    assert [(each["address"], each["actions"]) for each in planned["changes"]] == [
        ("services/flex/roles/observer", ["create"])
    ]
    assert planned["applyable"]


def test_a_live_account_becomes_a_folder_whose_plan_sends_nothing(confsync: Confsync, folder: Path) -> None:
    with (folder / "confsync.yaml").open("a", encoding="utf-8") as file:
        file.write(f"environments: {{main: {{account_sid: {ACCOUNT_SID}}}}}\n")
    confsync("apply", "--emulator", "--auto-approve")
    (folder / "confsync.yaml").unlink()
    said = confsync("init", "--from-live", "--minimal", "--emulator")
    assert said.code == 0, said.err
    assert "A plan of this configuration: 0 to create, 0 to update." in said.out
    assert said.out.endswith("Next, run:\n  confsync adopt --all --emulator\n  confsync plan --emulator\n")
    check_schema_comments(folder)
    assert "confsync.d/services/support.yaml" in files(folder)
    assert confsync("fmt", "--check").code == 0
    assert confsync("plan", "--emulator", "--detailed-exitcode").code == 0


def test_a_terraform_state_becomes_a_folder_that_adopts_its_resources(
    confsync: Confsync, empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Emulator() as emulator, running(emulator) as url:
        sid = Client(emulator).made("/Services", {"FriendlyName": "Desk"})
        secret = {"sid": f"CR{1:032x}", "friendly_name": "Push", "secret": "canary", "account_sid": ACCOUNT_SID}
        entries = [
            Entry(f"{CONVERSATIONS}service", "desk", {"sid": sid, "friendly_name": "Desk"}),
            Entry(f"{CONVERSATIONS}push_credential_fcm", "push", secret),
        ]
        (empty / "terraform.tfstate").write_bytes(stored(entries))
        said = confsync("init", "--from-terraform", "terraform.tfstate", "-e", "prod", "--json")
        assert said.code == 0, said.err
        assert "canary" not in said.out + "".join(each for name, each in files(empty).items() if "tfstate" not in name)
        assert said.document["stored_secrets"] == [f"{CONVERSATIONS}push_credential_fcm.push.secret"]
        check_schema_comments(empty)
        (empty / "confsync.d" / "credentials.yaml").unlink()
        environment = (empty / "confsync.d" / "environments.yaml").read_text("utf-8").splitlines()
        kept = [line for line in environment if "credentials/" not in line]
        (empty / "confsync.d" / "environments.yaml").write_text("\n".join(kept) + "\n", "utf-8")
        for name, value in {"CONFSYNC_BASE_URL": url, "TWILIO_AUTH_TOKEN": AUTH_TOKEN}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("TWILIO_ACCOUNT_SID", ACCOUNT_SID)
        assert "Adopted: 1 resource," in confsync("adopt", "--all", "--auto-approve").out
        assert confsync("plan").out.endswith("No changes. Twilio matches the configuration.\n")


@pytest.mark.parametrize("other", ["--from-live", "--flex", "--minimal"])
def test_options_that_do_not_belong_together_are_refused(other: str, confsync: Confsync, empty: Path) -> None:
    (empty / "terraform.tfstate").write_bytes(stored([]))
    assert confsync("init", "--from-terraform", "terraform.tfstate", other).code == 3
    assert list(files(empty)) == ["terraform.tfstate"]


def test_a_second_run_writes_nothing(confsync: Confsync, empty: Path) -> None:
    commands = ["init", "--from-live", "--emulator", "--ci", "github"]
    assert confsync(*commands).code == 0
    before = files(empty)
    again = confsync(*commands, "--json").document
    assert [each["path"] for each in again["files"] if each["changed"]] == []
    assert files(empty) == before


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_a_configuration_that_exists_gets_jobs_for_all_of_its_environments(
    ci: str, confsync: Confsync, empty: Path
) -> None:
    text = (
        f"version: 1\nenvironments: {{prod: {{account_sid: {ACCOUNT_SID}}}, staging: {{account_sid: AC{'1' * 32}}}}}\n"
    )
    (empty / "confsync.yaml").write_text(text, "utf-8")
    said = confsync("init", "--ci", ci)
    assert said.code == 0
    assert "The jobs need the lines `lock: git` and `ledger: git` in the configuration." in said.out
    assert (empty / "confsync.yaml").read_text("utf-8") == text
    if ci == "github":
        written = yaml.safe_load((empty / ".github/workflows/confsync.yaml").read_text("utf-8"))
        assert written["jobs"]["plan"]["strategy"]["matrix"] == {"environment": ["prod", "staging"]}
    else:
        written = yaml.safe_load((empty / ".gitlab-ci.yml").read_text("utf-8"))
        assert [each["inputs"]["environment"] for each in written["include"]] == ["prod", "staging"]


@pytest.mark.parametrize(
    ("options", "taken"),
    [
        (["--ci", "github"], [".github/actions/confsync/action.yml", ".github/workflows/confsync.yaml"]),
        (["--flex", "--ci", "gitlab"], [".gitlab/confsync.yaml", "confsync.yaml"]),
        (["--from-live", "--emulator"], ["confsync.yaml"]),
        ([], [".confsync/confsync.schema.json", "confsync.d", "confsync.yaml"]),
        (["--from-live", "--emulator"], ["confsync.d/account.yaml", "confsync.d/mine.yml"]),
    ],
)
def test_if_a_file_exists_all_of_them_are_listed_and_none_is_written(
    options: list[str], taken: list[str], confsync: Confsync, empty: Path
) -> None:
    for name in taken:
        if name != "confsync.d":
            (empty / name).parent.mkdir(parents=True, exist_ok=True)
            (empty / name).write_text("mine: true\n", "utf-8")
        else:
            (empty / name).mkdir()
    before = files(empty)
    said = confsync("init", *options)
    assert said.code == 8
    assert said.three_lines[0].endswith(f": {', '.join(taken)}.")
    assert files(empty) == before


@pytest.mark.parametrize("failing", range(1, 6))
def test_if_a_file_cannot_be_written_nothing_remains(
    failing: int, confsync: Confsync, empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[Path] = []
    replace = Path.replace

    def fail(path: Path, target: Path) -> Path:
        calls.append(path)
        if len(calls) == failing:
            raise OSError(28, "No space left on device", str(target))
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", fail)
    said = confsync("init", "--ci", "github")
    assert said.code == 11
    assert "No space left on device" in said.three_lines[0]
    assert list(empty.iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        ("", "The jobs need the lines `lock: git` and `ledger: git` in the configuration."),
        ("lock: git\n", "The jobs need the line `ledger: git` in the configuration."),
        ("lock: git\nledger: git\n", None),
    ],
)
def test_only_settings_that_the_configuration_lacks_are_named(
    settings: str, missing: str | None, confsync: Confsync, empty: Path
) -> None:
    (empty / "confsync.yaml").write_text(f"version: 1\n{settings}", "utf-8")
    notes = confsync("init", "--ci", "github", "--json").document["notes"]
    assert [each for each in notes if "`l" in each and "need" in each] == ([missing] if missing else [])


def test_an_included_file_of_gitlab_is_shown_line_by_line(confsync: Confsync, empty: Path) -> None:
    (empty / ".gitlab-ci.yml").write_text("stages: [test]\n", "utf-8")
    said = confsync("init", "--ci", "gitlab").out
    assert "\\n" not in said
    assert "\ninclude:\n  - local: /.gitlab/confsync.yaml\n    inputs:\n      gitlab-environment: main\n" in said


def test_the_steps_of_edited_jobs_can_be_updated_alone(confsync: Confsync, empty: Path) -> None:
    confsync("init", "--ci", "github")
    workflow, action = empty / ".github/workflows/confsync.yaml", empty / ".github/actions/confsync/action.yml"
    edited = workflow.read_text("utf-8").replace("17 3 * * *", "0 5 * * *")
    workflow.write_text(edited, "utf-8")
    assert confsync("init", "--ci", "github").code == 8
    current = action.read_text("utf-8")
    action.unlink()
    said = confsync("init", "--ci", "github")
    assert said.code == 0
    assert ".github/workflows/confsync.yaml exists already and stays as it is." in said.out
    assert (workflow.read_text("utf-8"), action.read_text("utf-8")) == (edited, current)


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_the_jobs_install_the_wheel_that_somebody_names(ci: str, confsync: Confsync, empty: Path) -> None:
    (empty / "wheels").mkdir()
    for name in ("confsync.whl", "pins.txt"):
        (empty / "wheels" / name).touch()
    (empty / "twilio").mkdir()
    (empty / ".git").mkdir()
    options = ["--package", "wheels/confsync.whl", "--requirements", "wheels/pins.txt"]
    said = confsync("init", "-C", "twilio", "--ci", ci, *options, "--emulator")
    assert said.code == 0, said.err
    assert "package index" not in said.out
    chosen = {"package": "wheels/confsync.whl", "requirements": "wheels/pins.txt", "emulator": "true"}
    if ci == "github":
        jobs = yaml.safe_load((empty / ".github/workflows/confsync.yaml").read_text("utf-8"))["jobs"]
        found = [job["steps"][-1]["with"] for name, job in jobs.items() if name != "check"]
    else:
        found = [each["inputs"] for each in yaml.safe_load((empty / ".gitlab-ci.yml").read_text("utf-8"))["include"]]
    assert found
    assert all(each.items() >= chosen.items() for each in found)


def test_the_jobs_install_no_file_from_outside_the_repository(confsync: Confsync, empty: Path) -> None:
    (empty.parent / "confsync.whl").touch()
    for package in ("../confsync.whl", "missing.whl"):
        assert confsync("init", "--ci", "github", "--package", package).code == 3
    assert confsync("init", "--package", "https://example.com/confsync.whl").code == 3
    assert list(files(empty)) == []
    assert confsync("init", "--ci", "github", "--package", "https://example.com/confsync.whl").code == 0


def test_lines_are_added_to_an_ignore_file(confsync: Confsync, empty: Path) -> None:
    (empty / ".gitignore").write_text("*.log", "utf-8")
    confsync("init")
    assert (empty / ".gitignore").read_text("utf-8").startswith("*.log\n# Local state of confsync")


@pytest.mark.parametrize("above", ["", ".confsync/\n"])
def test_git_tracks_the_schema_and_neither_state_nor_secrets(above: str, confsync: Confsync, empty: Path) -> None:
    (empty / "sub").mkdir()
    (empty / ".gitignore").write_text(above, "utf-8")
    subprocess.run(["git", "init", "--quiet"], cwd=empty, check=True)
    assert confsync("init", "--from-live", "--emulator", "-C", "sub").code == 0
    (empty / "sub" / "confsync.d" / "secrets.env").touch()
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard", "sub"],
        cwd=empty,
        check=True,
        capture_output=True,
        text=True,
    )
    assert listed.stdout.splitlines() == [
        "sub/.confsync/confsync.schema.json",
        "sub/.gitignore",
        "sub/confsync.d/account.yaml",
        "sub/confsync.d/environments.yaml",
        "sub/confsync.d/services/default-conversations-service.yaml",
    ]


@pytest.mark.parametrize("format_", ["text", "markdown", "github", "html", "json"])
def test_every_format_shows_the_files_and_what_to_type(format_: str, confsync: Confsync, empty: Path) -> None:
    del empty
    said = confsync("init", "--from-live", "--emulator", "--ci", "gitlab", "--format", format_)
    assert said.code == 0, said.err
    assert ".gitlab/confsync.yaml" in said.out
    assert "confsync adopt --all" in said.out


def test_the_options_that_lead_to_the_folder_are_in_what_to_type(confsync: Confsync, empty: Path) -> None:
    (empty / "a b").mkdir()
    said = confsync("init", "-C", "a b", "--from-live", "--emulator", "--emulator-db", "x.db", "--json").document
    assert said["commands"][1] == "confsync plan -C 'a b' --emulator --emulator-db x.db"


def answered(answer: str, *options: str, **environ: str) -> RunResult:
    return at_a_terminal(answer, "init", "--json", *options, **environ)


def test_questions_have_defaults(empty: Path) -> None:
    said = answered("\n\n\n\n")
    assert said.code == 0, said.err
    assert "What is this environment called? [main]: " in said.err
    assert "Begin with the live account, or empty? (live/empty) [empty]: " in said.err
    assert sorted(files(empty)) == [".confsync/confsync.schema.json", ".gitignore", "confsync.yaml"]


def test_a_question_is_asked_until_the_answer_is_one(empty: Path) -> None:
    (empty / ".github").mkdir()
    said = answered("my env\nprod\nLive\nperhaps\ny\n\n", "--emulator")
    assert said.code == 0, said.err
    assert "'my env' cannot be an environment's name." in said.err
    assert "That is not one of the answers. Answer yes or no." in said.err
    assert said.document["environment"] == "prod"
    written = files(empty)
    assert ".github/workflows/confsync.yaml" in written
    assert "lookup: true" in written["confsync.d/services/default-conversations-service.yaml"]


@pytest.mark.parametrize(
    ("options", "environ"),
    [(["--no-input"], {}), ([], {"CI": "true"}), (["--ci", "none"], {}), (["-e", "prod"], {})],
)
def test_nothing_is_asked_if_options_answer_or_nobody_can(
    options: list[str], environ: dict[str, str], empty: Path
) -> None:
    said = answered("", *options, **environ)
    assert (said.code, "?" in said.err) == (0, False)
    assert "confsync.yaml" in files(empty)


def test_the_end_of_the_input_changes_nothing(empty: Path) -> None:
    said = answered("prod\n\x04")
    assert said.code == 8
    assert "Declined: The input ended" in said.err
    assert files(empty) == {}


def test_an_interrupt_at_a_question_changes_nothing(
    confsync: Confsync, empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt() -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(Invocation, "asks", property(lambda _: True))
    monkeypatch.setattr("confsync.cli.questions.read_answer", interrupt)
    assert confsync("init").code == 130
    assert files(empty) == {}


@pytest.mark.parametrize("options", [["--minimal"], ["--account-sid", ACCOUNT_SID]])
def test_an_option_about_something_that_is_not_read_is_refused(
    options: list[str], confsync: Confsync, empty: Path
) -> None:
    assert confsync("init", *options).code == 3
    assert files(empty) == {}


def test_with_the_emulator_the_environment_has_the_account_of_the_emulator(
    confsync: Confsync, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "desk").mkdir()
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC" + 32 * "b")
    assert confsync("init", "-C", "desk", "--emulator").code == 0
    applied = confsync("apply", "-C", "desk", "-e", "main", "--emulator", "--auto-approve")
    assert applied.code == 0
    assert f"account {ACCOUNT_SID} (EMULATOR), environment main" in applied.out
