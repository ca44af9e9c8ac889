"""A service that was deleted in the console: nobody makes another one in its place without saying so."""

import pytest

from tests.acceptance.conftest import Typed
from tests.harness import Workshop

DESK = """\
version: 1
services:
  support:
    roles:
      agent: {type: conversation, permissions: [sendMessage]}
"""
LIFT = "--allow-recreate=services/support"


@pytest.fixture
def vanished(workshop: Workshop) -> str:
    """Give the SID of a service that was applied, and deleted in the console since."""
    workshop.apply(DESK)
    sid = str(workshop.live("/Services/support")["sid"])
    assert workshop.client.delete(f"/Services/{sid}").status == 204
    workshop.emulator.log.clear()
    return sid


def test_the_plan_shows_that_it_would_be_made_again_with_the_old_sid(typed: Typed, vanished: str) -> None:
    said = typed("plan")
    assert said.code == 0
    assert "+ services/support" in said.out
    assert vanished in said.out
    document = typed("plan", "--json").document
    (change,) = (each for each in document["changes"] if each["address"] == "services/support")
    assert change["actions"] == ["recreate"]
    assert vanished in change["reason"]
    assert document["summary"]["create"] == 2
    assert document["applyable"] is False
    assert [each["rule"] for each in document["guardrails"]] == ["recreate"]


def test_an_apply_refuses_without_the_flag(workshop: Workshop, typed: Typed, vanished: str) -> None:
    said = typed("apply", "--auto-approve")
    assert said.code == 8
    assert vanished in said.three_lines[0]
    assert "--allow-recreate services/support" in said.three_lines[2]
    assert workshop.writes == []
    assert typed("plan", "--detailed-exitcode").code == 8


def test_a_plan_saved_without_the_flag_is_refused_too(workshop: Workshop, typed: Typed, vanished: str) -> None:
    assert vanished
    assert typed("plan", "--out", "plan.json").code == 0
    assert typed("apply", "plan.json").code == 8
    assert workshop.writes == []


@pytest.mark.usefixtures("vanished")
@pytest.mark.parametrize("way", [("apply", "--auto-approve", LIFT), ("apply", "plan.json")])
def test_with_the_flag_it_is_made_again(workshop: Workshop, typed: Typed, way: tuple[str, ...]) -> None:
    assert typed("plan", "--out", "plan.json", LIFT).code == 0
    assert typed(*way).code == 0
    assert workshop.writes == ["POST Services FriendlyName", "POST Services/…/Roles FriendlyName Type Permission"]
    assert typed("plan", "--detailed-exitcode").code == 0


def test_without_its_ledger_it_is_simply_made(workshop: Workshop, typed: Typed, vanished: str) -> None:
    """Nobody knows then that there was one: the header of the plan says that there is no ledger."""
    workshop.ledger_path.unlink()
    said = typed("plan")
    assert vanished not in said.out
    assert "ledger none" in said.out.splitlines()[0]
    assert typed("apply", "--auto-approve").code == 0
