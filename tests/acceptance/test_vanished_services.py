"""A service that was deleted in the console: nobody makes another one in its place without saying so."""

import pytest

from tests.acceptance.conftest import CommandLine
from tests.harness import Harness

DESK = """\
version: 1
services:
  support:
    roles:
      agent: {type: conversation, permissions: [sendMessage]}
"""
OVERRIDE = "--allow-recreate=services/support"


@pytest.fixture
def vanished(harness: Harness) -> str:
    """Give the SID of a service that was applied, and deleted in the console since."""
    harness.apply(DESK)
    sid = str(harness.live("/Services/support")["sid"])
    assert harness.client.delete(f"/Services/{sid}").status == 204
    harness.emulator.log.clear()
    return sid


def test_the_plan_shows_that_it_would_be_made_again_with_the_old_sid(command_line: CommandLine, vanished: str) -> None:
    said = command_line("plan")
    assert said.code == 0
    assert "+ services/support" in said.out
    assert vanished in said.out
    document = command_line("plan", "--json").document
    (change,) = (each for each in document["changes"] if each["address"] == "services/support")
    assert change["actions"] == ["recreate"]
    assert vanished in change["reason"]
    assert document["summary"]["create"] == 2
    assert document["applyable"] is False
    assert [each["rule"] for each in document["guardrails"]] == ["recreate"]


def test_an_apply_refuses_without_the_flag(harness: Harness, command_line: CommandLine, vanished: str) -> None:
    said = command_line("apply", "--auto-approve")
    assert said.code == 8
    assert vanished in said.three_lines[0]
    assert "--allow-recreate services/support" in said.three_lines[2]
    assert harness.writes == []
    assert command_line("plan", "--detailed-exitcode").code == 8


def test_a_plan_saved_without_the_flag_is_refused_too(
    harness: Harness, command_line: CommandLine, vanished: str
) -> None:
    assert vanished
    assert command_line("plan", "--out", "plan.json").code == 0
    assert command_line("apply", "plan.json").code == 8
    assert harness.writes == []


@pytest.mark.usefixtures("vanished")
@pytest.mark.parametrize("way", [("apply", "--auto-approve", OVERRIDE), ("apply", "plan.json")])
def test_with_the_flag_it_is_made_again(harness: Harness, command_line: CommandLine, way: tuple[str, ...]) -> None:
    assert command_line("plan", "--out", "plan.json", OVERRIDE).code == 0
    assert command_line(*way).code == 0
    assert harness.writes == ["POST Services FriendlyName", "POST Services/…/Roles FriendlyName Type Permission"]
    assert command_line("plan", "--detailed-exitcode").code == 0


def test_without_its_ledger_it_is_simply_made(harness: Harness, command_line: CommandLine, vanished: str) -> None:
    """Nobody knows then that there was one: the header of the plan says that there is no ledger."""
    harness.ledger_path.unlink()
    said = command_line("plan")
    assert vanished not in said.out
    assert "ledger none" in said.out.splitlines()[0]
    assert command_line("apply", "--auto-approve").code == 0
