"""`plan --out`, `show` and `apply FILE`: the plan that was reviewed is applied without a question."""

import json
import os
from pathlib import Path

import pytest

from confsync.cli.formats import FORMATS
from tests.cli.conftest import CONFIGURATION, Confsync

OTHER = CONFIGURATION.replace("leaveConversation]", "leaveConversation, editOwnMessage]")
ENVIRONMENTS = CONFIGURATION + (
    "environments:\n  dev: {account_sid: ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}\n"
    "  prod: {account_sid: ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb}\n"
)


@pytest.fixture
def saved(confsync: Confsync) -> str:
    """Save a plan, and return the name of the file."""
    assert confsync("plan", "--emulator", "--out", "plan.json").code == 0
    return "plan.json"


def test_a_saved_plan_comes_with_the_next_command(confsync: Confsync) -> None:
    said = confsync("plan", "--emulator", "--out", "plan.json", "--expires", "30m")
    assert "Saved in plan.json: apply it with `confsync apply --emulator plan.json` until 2" in said.err
    assert "Plan: 2 to create, 1 to update" in said.out


@pytest.mark.parametrize("given", FORMATS)
@pytest.mark.parametrize("summary", [(), ("--summary",)])
def test_show_prints_what_plan_printed(given: str, summary: tuple[str, ...], confsync: Confsync) -> None:
    planned = confsync("plan", "--emulator", "--out", "plan.json", "--format", given, *summary)
    shown = confsync("show", "plan.json", "--format", given, *summary)
    assert (shown.code, shown.out) == (0, planned.out)
    assert shown.err == ""


def test_show_needs_no_configuration_and_no_credentials(saved: str, confsync: Confsync, folder: Path) -> None:
    (folder / "confsync.yaml").unlink()
    assert "Plan: 2 to create" in confsync("show", saved).out


def test_a_saved_plan_is_applied_without_a_question_and_is_then_spent(saved: str, confsync: Confsync) -> None:
    said = confsync("apply", saved, "--emulator", "--no-input")
    assert said.code == 0
    assert "Applied: 2 created, 1 updated, 0 replaced, 0 deleted, 0 failed, 0 not started." in said.out
    again = confsync("apply", saved, "--emulator")
    assert again.code == 7
    assert again.three_lines[0] == "Error: The plan is spent: it was already applied."
    shown = confsync("show", saved)
    assert shown.code == 0
    assert "Plan: 2 to create" in shown.out
    assert "warning[CS4005]: the plan is spent" in shown.err


def test_show_reports_an_expired_plan_in_its_document(saved: str, confsync: Confsync, folder: Path) -> None:
    content = json.loads((folder / saved).read_text("utf-8"))
    (folder / saved).write_text(json.dumps({**content, "expires_at": "2026-01-01T00:00:00Z"}), "utf-8")
    said = confsync("show", saved, "--json")
    assert said.code == 0
    assert [each["code"] for each in said.document["diagnostics"]] == ["CS4005"]
    assert said.document["applyable"]
    assert confsync("apply", saved, "--emulator").code == 7


def test_changes_that_are_already_done_are_named_and_skipped(saved: str, confsync: Confsync) -> None:
    assert confsync("apply", "--emulator", "--auto-approve").code == 0
    said = confsync("apply", saved, "--emulator")
    assert said.code == 0
    assert "Already done: services/support, services/support/roles/agent, services/support/configuration." in said.err
    assert "Applied:" not in said.out
    assert confsync("apply", saved, "--emulator").code == 7


@pytest.mark.parametrize("command", [("show",), ("apply",), ("apply", "--approved")])
def test_a_file_that_is_not_a_plan_is_a_local_error(command: tuple[str, ...], confsync: Confsync, folder: Path) -> None:
    (folder / "plan.json").write_text("{", "utf-8")
    said = confsync(*command, "plan.json")
    assert said.code == 11
    assert "is not a saved plan, or it is damaged" in said.three_lines[0]
    assert confsync(*command, "nowhere.json").code == 11


def test_a_plan_of_the_emulator_is_refused_by_a_real_apply(saved: str, confsync: Confsync) -> None:
    said = confsync("apply", saved)
    assert said.code == 8
    assert said.three_lines[0] == "Error: The plan was made on the emulator, and this run is on Twilio."


def test_a_saved_plan_selects_its_environment(confsync: Confsync, folder: Path) -> None:
    (folder / "confsync.yaml").write_text(ENVIRONMENTS, "utf-8")
    assert confsync("plan", "--emulator", "-e", "dev", "--out", "plan.json").code == 0
    said = confsync("apply", "plan.json", "--emulator", "-e", "prod")
    assert said.code == 8
    assert said.three_lines[0] == "Error: The plan is for environment 'dev', and this run is for environment 'prod'."
    assert confsync("apply", "plan.json", "--emulator").code == 0


def test_a_plan_of_another_configuration_is_stale(saved: str, confsync: Confsync, folder: Path) -> None:
    (folder / "confsync.yaml").write_text(OTHER, "utf-8")
    said = confsync("apply", saved, "--emulator", "--json")
    assert said.code == 7
    assert said.document["kind"] == "diagnostics"


def test_with_a_key_only_a_signed_plan_is_shown_or_applied(
    saved: str, confsync: Confsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONFSYNC_PLAN_KEY", "a key that signs")
    for command in (("show", saved), ("apply", saved, "--emulator"), ("apply", "--approved", saved, "--emulator")):
        said = confsync(*command)
        assert said.code == 8
        assert "is not signed, and CONFSYNC_PLAN_KEY is set" in said.three_lines[0]
    assert confsync("plan", "--emulator", "--out", saved).code == 0
    assert confsync("show", saved).code == 0
    assert confsync("apply", saved, "--emulator").code == 0


def test_an_approved_plan_needs_neither_terminal_nor_consent(saved: str, confsync: Confsync) -> None:
    said = confsync("apply", "--approved", saved, "--emulator", "--no-input")
    assert said.code == 0
    assert "Applied: 2 created" in said.out


def test_a_change_that_was_not_approved_is_named(saved: str, confsync: Confsync, folder: Path) -> None:
    (folder / "confsync.yaml").write_text(OTHER, "utf-8")
    said = confsync("apply", "--approved", saved, "--emulator")
    assert said.code == 7
    assert "1 of 3 changes are not in the approved plan: services/support/roles/agent: other values" in said.err


NOT_WITH_A_FILE = [
    ("--auto-approve",),
    ("--approved", "other.json"),
    ("--destroy",),
    ("--allow-rollback",),
    ("--allow-delete", "services/support"),
    ("--max-deletes", "0"),
    ("--target", "services/support"),
    ("--exclude", "services/support"),
    ("--kind", "roles"),
]


@pytest.mark.parametrize("other", NOT_WITH_A_FILE)
def test_a_saved_plan_accepts_no_options_that_decide(other: tuple[str, ...], saved: str, confsync: Confsync) -> None:
    said = confsync("apply", saved, *other, "--emulator")
    assert said.code == 3
    assert "cannot be combined" in said.three_lines[0]
    if other[0] != "--approved":
        assert confsync("apply", "--approved", saved, *other, "--emulator").code == 3


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--expires", "3h"), "--expires needs --out"),
        (("--out", "plan.json", "--expires", "soon"), "such as 30m, 72h or 7d"),
    ],
)
def test_a_wrong_lifetime_is_a_usage_error(arguments: tuple[str, ...], why: str, confsync: Confsync) -> None:
    said = confsync("plan", "--emulator", *arguments)
    assert said.code == 3
    assert why in said.three_lines[0]


def test_a_plan_that_cannot_be_saved_is_a_local_error(confsync: Confsync) -> None:
    said = confsync("plan", "--emulator", "--out", "nowhere/plan.json")
    assert said.code == 11
    assert "nowhere/plan.json cannot be written: No such file or directory" in said.three_lines[0]


def test_a_saved_plan_replaces_only_a_regular_file(confsync: Confsync, folder: Path) -> None:
    os.mkfifo(folder / "device")
    said = confsync("plan", "--emulator", "--out", "device", "--json")
    assert said.code == 11
    assert said.three_lines[0] == "Error: The plan device cannot be written: It is not a file."
    assert said.document["exit_code"] == 11
    assert (folder / "device").is_fifo()


def test_only_the_owner_can_read_a_saved_plan(confsync: Confsync, folder: Path) -> None:
    other, link, old = (folder / name for name in ("other", "link.json", "old.json"))
    other.write_text("theirs", "utf-8")
    link.symlink_to(other)
    old.write_text("", "utf-8")
    old.chmod(0o666)
    for path in (link, old):
        assert confsync("plan", "--emulator", "--out", path.name).code == 0
        assert (path.is_symlink(), path.stat().st_mode & 0o777) == (False, 0o600)
    assert other.read_text("utf-8") == "theirs"
