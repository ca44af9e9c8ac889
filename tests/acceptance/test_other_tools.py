"""What other tools of this kind let happen, and what is refused or told here instead: one test for each row."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from confsync.emulator.emulator import AUTH_TOKEN, Emulator
from confsync.emulator.transport import EmulatorTransport
from confsync.secret import Secret
from confsync.twilio.credentials import Credentials
from tests.acceptance.conftest import CommandLine, Git, committed
from tests.cli.run_result import RunResult
from tests.harness import Harness

OTHER = "AC" + "c" * 32
DESK = """\
version: 1
services:
  support:
    lifecycle: {protect: true, prune: [roles]}
    roles:
      agent: {type: conversation, permissions: [sendMessage], lifecycle: {protect: true}}
      clerk: {type: conversation, permissions: [sendMessage]}
      lead: {type: conversation, permissions: [sendMessage]}
      boss: {type: conversation, permissions: [sendMessage]}
      helper: {type: conversation, permissions: [sendMessage]}
"""
CHANGED = DESK.replace(
    "boss: {type: conversation, permissions: [sendMessage]}",
    "boss: {type: conversation, permissions: [leaveConversation]}",
)


@pytest.fixture
def desk(harness: Harness) -> Harness:
    """Give the desk, applied."""
    harness.apply(DESK)
    harness.emulator.log.clear()
    return harness


def without(*roles: str) -> str:
    """Give the desk without some roles."""
    return "".join(line for line in DESK.splitlines(keepends=True) if line.split(":")[0].strip() not in roles)


def check_refused(said: RunResult, harness: Harness, code: int) -> None:
    """Make sure that a run ended so, in three lines, and sent nothing."""
    assert said.code == code, said.out + said.err
    assert len(said.three_lines) == 3
    assert harness.writes == []


@pytest.mark.parametrize("flag", ["--dryrun", "--dry-run", "--check", "--plan", "--noop", "-n", "--what-if"])
def test_a_flag_that_was_meant_to_change_nothing_applies_nothing(
    desk: Harness, command_line: CommandLine, flag: str
) -> None:
    desk.write(CHANGED)
    check_refused(command_line("apply", "--auto-approve", flag), desk, 3)
    check_refused(command_line(flag, "apply", "--auto-approve"), desk, 3)
    assert len(desk.emulator.log) == 0


@pytest.mark.parametrize(
    "reference",
    ["${{ var.missing }}", "${{ env.MISSING }}", "${{ file.missing.pem }}", "${{ envfile.MISSING }}", "${{ vra.x }}"],
)
def test_a_reference_that_cannot_be_resolved_is_an_error_before_any_request(
    desk: Harness, command_line: CommandLine, reference: str
) -> None:
    desk.write(CHANGED.replace("helper: {", f'helper: {{friendly_name: "{reference}", '))
    said = command_line("apply", "--auto-approve")
    check_refused(said, desk, 3)
    assert "confsync.yaml:10:" in said.err
    assert len(desk.emulator.log) == 0


def test_a_secret_that_cannot_be_resolved_is_an_error_where_it_would_be_sent(
    desk: Harness, command_line: CommandLine
) -> None:
    desk.write(CHANGED + 'credentials: {push: {type: fcm, secret: "${{ env.MISSING }}"}}\n')
    said = command_line("apply", "--auto-approve")
    check_refused(said, desk, 3)
    assert "confsync.yaml:11:" in said.err
    assert command_line("plan").code == 0


def test_four_deletes_of_five_are_refused(desk: Harness, command_line: CommandLine) -> None:
    desk.write(without("clerk", "lead", "boss", "helper"))
    said = command_line("apply", "--auto-approve")
    check_refused(said, desk, 8)
    assert "4 of the 5 roles" in said.three_lines[0]
    assert "--max-deletes 4" in said.three_lines[2]
    shown = command_line("plan", "--json").document
    assert (shown["applyable"], shown["summary"]["delete"]) == (False, 4)
    assert command_line("plan", "--detailed-exitcode").code == 8


def saved(command_line: CommandLine, name: str = "plan.json") -> None:
    """Save a plan."""
    assert command_line("plan", "--out", name).code == 0


def test_a_stale_plan_is_refused(desk: Harness, command_line: CommandLine) -> None:
    desk.write(CHANGED)
    saved(command_line)
    desk.client.post(desk.path("/Services/support/Roles/boss"), {"Permission": "deleteAnyMessage"})
    desk.emulator.log.clear()
    said = command_line("apply", "plan.json")
    check_refused(said, desk, 7)
    assert "services/support/roles/boss" in said.three_lines[0]


def test_a_plan_is_not_stale_for_something_else_that_moved(desk: Harness, command_line: CommandLine) -> None:
    desk.write(CHANGED)
    saved(command_line)
    desk.client.post(desk.path("/Services/support/Roles/lead"), {"Permission": "deleteAnyMessage"})
    desk.emulator.log.clear()
    assert command_line("apply", "plan.json").code == 0
    assert desk.writes == ["POST Services/…/Roles/… Permission"]


def test_a_plan_is_applied_once(desk: Harness, command_line: CommandLine) -> None:
    desk.write(CHANGED)
    saved(command_line)
    assert command_line("apply", "plan.json").code == 0
    desk.emulator.log.clear()
    said = command_line("apply", "plan.json")
    check_refused(said, desk, 7)
    assert "spent" in said.three_lines[0]


def test_a_plan_whose_ledger_is_gone_is_refused(desk: Harness, command_line: CommandLine) -> None:
    desk.write(CHANGED)
    saved(command_line)
    desk.ledger_path.unlink()
    check_refused(command_line("apply", "plan.json"), desk, 7)


def test_protection_outlives_the_block_that_asked_for_it(desk: Harness, command_line: CommandLine) -> None:
    desk.write(without("agent"))
    said = command_line("apply", "--auto-approve")
    check_refused(said, desk, 8)
    assert "services/support/roles/agent" in said.three_lines[0]
    assert "lifecycle.protect: false" in said.three_lines[2]


def test_a_plan_from_another_account_is_refused(desk: Harness, command_line: CommandLine) -> None:
    desk.write(CHANGED)
    saved(command_line)
    with Emulator(account_sid=OTHER) as theirs:
        desk.transport = EmulatorTransport(theirs)
        desk.credentials = Credentials(OTHER, OTHER, Secret(AUTH_TOKEN))
        said = command_line("apply", "plan.json")
        check_refused(said, desk, 8)
        assert theirs.log.writes() == ()
    assert OTHER in said.three_lines[0]


def test_a_plan_of_the_emulator_is_refused_by_twilio(desk: Harness, command_line: CommandLine) -> None:
    desk.write(CHANGED)
    assert command_line("plan", "--emulator", "--out", "plan.json").code == 0
    check_refused(command_line("apply", "plan.json"), desk, 8)


def _edited(path: Path) -> None:
    content = path.read_text("utf-8")
    assert "leaveConversation" in content
    path.write_text(content.replace("leaveConversation", "deleteAnyMessage"), "utf-8")


def _unsigned(path: Path) -> None:
    content = json.loads(path.read_text("utf-8"))
    del content["signature"]
    path.write_text(json.dumps(content), "utf-8")


@pytest.mark.parametrize("spoil", [_edited, _unsigned])
def test_a_plan_that_was_edited_is_refused(
    desk: Harness, command_line: CommandLine, spoil: Callable[[Path], None]
) -> None:
    desk.environ["CONFSYNC_PLAN_KEY"] = "a key of thirty-two letters, and more"
    desk.write(CHANGED)
    saved(command_line)
    spoil(desk.folder / "plan.json")
    for verb in (("apply", "plan.json"), ("apply", "--approved", "plan.json"), ("show", "plan.json")):
        check_refused(command_line(*verb), desk, 8)


def test_a_key_that_nobody_knows_is_an_error(desk: Harness, command_line: CommandLine) -> None:
    desk.write(CHANGED.replace("boss: {type: conversation, permissions", "boss: {type: conversation, permisions"))
    said = command_line("apply", "--auto-approve")
    check_refused(said, desk, 3)
    assert "unknown key 'permisions'" in said.err
    assert "did you mean 'permissions'?" in said.err
    assert len(desk.emulator.log) == 0


def test_an_older_commit_after_a_newer_one_is_refused(desk: Harness, command_line: CommandLine, git: Git) -> None:
    older = committed(git, desk, DESK)
    newer = committed(git, desk, CHANGED)
    assert command_line("apply", "--auto-approve").code == 0
    git("checkout", "--quiet", older)
    desk.emulator.log.clear()
    said = command_line("apply", "--auto-approve")
    check_refused(said, desk, 7)
    assert newer[:7] in said.three_lines[0]
    assert "--allow-rollback" in said.three_lines[2]
    assert command_line("plan").code == 0
    assert command_line("apply", "--auto-approve", "--allow-rollback").code == 0
