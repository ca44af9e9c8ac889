"""A replace of a saved plan that was interrupted between its delete and its create."""

import pytest

from confsync.apply.report import Status
from confsync.errors import ConfsyncError
from confsync.names import Address
from confsync.plan.intent import Intent, Overrides
from confsync.state.state_files import journal_path
from tests.harness import Harness, plan_lines
from tests.planfile.saving import Saving
from tests.planfile.test_staleness import Breaking

OLD = """
version: 1
services:
  shop: {}
account:
  addresses:
    desk:
      address: "+15551230000"
      type: sms
      auto_creation: {enabled: true, conversation_service: shop}
"""
NEW = OLD.replace("+15551230000", "+15551230001")
HOOK = "https://hook.example.org"
DESK = Address.parse("account/addresses/desk")
ENDS = {"refused": 1, "stopped before": 2}
"""How the create after the delete ends, and the number that `Breaking` takes for that."""


@pytest.fixture
def saving(harness: Harness) -> Saving:
    return Saving(harness)


def set_undeclared_values(saving: Saving, hook: str) -> None:
    harness = saving.harness
    harness.apply(OLD)
    sent = {"FriendlyName": "HandSet", "AutoCreation.Type": "webhook", "AutoCreation.WebhookUrl": hook}
    assert harness.client.post(harness.path("/Configuration/Addresses/+15551230000"), sent).status == 200


def interrupt(saving: Saving, how: str, hook: str = HOOK) -> None:
    """Set undeclared values in Twilio, and interrupt a saved replace after its delete."""
    harness = saving.harness
    set_undeclared_values(saving, hook)
    saving.save(NEW)
    saving.harness.transport = Breaking(harness.emulator, ENDS[how], how)
    try:
        saving.apply()
    except (ConfsyncError, BaseExceptionGroup):
        pass
    finally:
        harness.transport = None
    assert [each.split()[0] for each in harness.writes] == ["DELETE"]


def addresses(harness: Harness) -> list[tuple[str, str, str, str]]:
    found = harness.client.get("/Configuration/Addresses", "PageSize=50").body["address_configurations"]
    return [
        (each["address"], each["friendly_name"], each["auto_creation"]["type"], each["auto_creation"]["webhook_url"])
        for each in found
    ]


@pytest.mark.parametrize("how", ENDS)
def test_the_undeclared_values_of_the_deleted_resource_are_restored(how: str, saving: Saving) -> None:
    interrupt(saving, how)
    assert set(saving.apply().counts) == {Status.DONE}
    assert addresses(saving.harness) == [("+15551230001", "HandSet", "webhook", HOOK)]
    assert plan_lines(saving.harness.plan()) == []
    assert saving.refusal_of() == "Stale: The plan is spent: it was already applied."


def test_a_create_that_fails_twice_is_resumed_with_the_same_values(saving: Saving) -> None:
    interrupt(saving, "refused")
    saving.harness.transport = Breaking(saving.harness.emulator, 0, "refused")
    assert Status.FAILED in saving.apply().counts
    saving.harness.transport = None
    saving.apply()
    assert addresses(saving.harness) == [("+15551230001", "HandSet", "webhook", HOOK)]


def test_a_create_whose_response_was_lost_is_done(saving: Saving) -> None:
    interrupt(saving, "refused")
    saving.harness.transport = Breaking(saving.harness.emulator, 1, "stopped after")
    with pytest.raises(BaseExceptionGroup):
        saving.apply()
    saving.harness.transport = None
    assert set(saving.apply().counts) <= {Status.DONE}
    assert saving.harness.writes == []
    assert addresses(saving.harness) == [("+15551230001", "HandSet", "webhook", HOOK)]


@pytest.mark.parametrize("hook", [f"{HOOK}/hunter2", f"{HOOK}?token=hunter2"])
def test_a_value_that_the_file_does_not_hold_makes_the_plan_stale(hook: str, saving: Saving) -> None:
    interrupt(saving, "refused", hook)
    refusal = saving.refusal_of()
    assert "is deleted, and the plan does not contain what it had (auto_creation.webhook_url)" in refusal
    assert "hunter2" not in saving.path.read_text("utf-8")


def test_a_replace_with_such_a_value_is_done_if_its_last_response_was_lost(saving: Saving) -> None:
    harness = saving.harness
    set_undeclared_values(saving, f"{HOOK}/hunter2")
    saving.save(NEW)
    harness.transport = Breaking(harness.emulator, 2, "stopped after")
    with pytest.raises(BaseExceptionGroup):
        saving.apply()
    harness.transport = None
    saving.apply()
    assert harness.writes == []
    assert addresses(harness) == [("+15551230001", "HandSet", "webhook", f"{HOOK}/hunter2")]


def test_a_resource_that_was_created_without_the_values_makes_the_plan_stale(saving: Saving) -> None:
    interrupt(saving, "refused")
    journal_path(saving.harness.ledger_path).unlink()
    saving.harness.intent = Intent(overrides=Overrides(allow_loss=frozenset({DESK})))
    saving.harness.apply(NEW)
    refusal = saving.refusal_of()
    assert "does not have what IG" in refusal
    assert "had (friendly_name, auto_creation.type, auto_creation.webhook_url)" in refusal


def test_a_failed_replace_names_the_values_that_are_restored_and_those_that_are_not_stored(saving: Saving) -> None:
    harness = saving.harness
    set_undeclared_values(saving, f"{HOOK}/hunter2")
    harness.transport = Breaking(harness.emulator, 1, "refused")
    failed = next(each for each in harness.apply(NEW).outcomes if each.status is Status.FAILED)
    assert failed.error
    assert failed.error.happened.startswith("POST /v1/Configuration/Addresses -> 400 (Twilio 20001): no. IG")
    assert failed.error.happened.endswith(
        " is deleted. The next apply restores what it had in friendly_name, auto_creation.type. "
        "confsync does not store what it had in auto_creation.webhook_url: declare that before the next apply."
    )
    assert "HandSet" not in failed.error.happened


def test_a_failed_replace_without_undeclared_values_names_none(saving: Saving) -> None:
    harness = saving.harness
    text = OLD.replace("conversation_service: shop}", "conversation_service: shop, type: default}")
    harness.apply(text)
    harness.transport = Breaking(harness.emulator, 1, "refused")
    failed = next(each for each in harness.apply(text.replace("0000", "0001")).outcomes if each.status is Status.FAILED)
    assert failed.error
    assert failed.error.happened == "POST /v1/Configuration/Addresses -> 400 (Twilio 20001): no"
