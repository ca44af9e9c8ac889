"""A plan works without the value of a sensitive variable, and says what it did not check."""

import pytest

from confsync.errors import InvalidConfiguration
from confsync.names import Address
from confsync.plan.change import SecretState
from confsync.plan.plan import Plan
from tests.harness import Harness, difference, plan_lines

HOOKS = Address.parse("services/desk/webhooks")
URL = "https://hooks.example.com/canary"
VARIABLE = "CONFSYNC_VAR_hook"
TEXT = """
version: 1
variables: {hook: {sensitive: true}}
services: {desk: {webhooks: {post_webhook_url: "${{ var.hook }}", method: POST, filters: [onMessageAdded]}}}
"""
WITH_A_LABEL = """
version: 1
variables: {hook: {sensitive: true}}
services:
  desk:
    conversations:
      lounge:
        webhooks:
          ours: {target: webhook, configuration: {url: "${{ var.hook }}", filters: [onMessageAdded]}}
"""


@pytest.fixture
def without(harness: Harness) -> Harness:
    """A harness in which the value was applied, and is not available any more."""
    harness.environ = {VARIABLE: URL}
    harness.apply(TEXT)
    harness.environ = {}
    return harness


def unchecked(plan: Plan) -> list[str]:
    return [
        f"{change.address}#{each.path} {each.name}: {each.why}" for change in plan.changes for each in change.unchecked
    ]


def set_hook(harness: Harness, url: str) -> None:
    harness.client.post(f"{harness.path('/Services/desk')}/Configuration/Webhooks", {"PostWebhookUrl": url})


NOT_CHECKED = [f"{HOOKS}#post_webhook_url hook: {VARIABLE} is not set"]


def test_the_value_last_applied_is_not_checked_and_not_sent(without: Harness) -> None:
    plan = without.plan()
    assert plan.empty
    assert plan.applyable
    assert unchecked(plan) == NOT_CHECKED
    assert URL not in repr(plan.changes)
    without.apply()
    assert without.writes == []
    without.environ = {VARIABLE: URL}
    assert without.plan().empty
    assert unchecked(without.plan()) == []


def test_another_field_of_the_resource_can_be_changed(without: Harness) -> None:
    without.apply(TEXT.replace("[onMessageAdded]", "[onMessageAdded, onMessageRemoved]"))
    assert [each.partition(" ")[0] for each in without.writes] == ["POST"]
    assert "PostWebhookUrl" not in without.writes[0]
    assert without.live("/Services/desk/Configuration/Webhooks")["post_webhook_url"] == URL
    without.environ = {VARIABLE: URL}
    assert without.plan().empty


def test_a_value_that_somebody_changed_is_found_by_its_fingerprint_and_has_to_be_sent(without: Harness) -> None:
    set_hook(without, "https://evil.example.org/canary")
    plan = without.plan()
    assert plan_lines(plan)[0].startswith(f"update {HOOKS} post_webhook_url:(sensitive)->")
    assert not plan.applyable
    assert "canary" not in "".join(difference(each) for change in plan.changes for each in change.differences)
    with pytest.raises(InvalidConfiguration) as refused:
        without.apply()
    assert [(each.code, each.summary, each.detail) for each in refused.value.diagnostics] == [
        ("CS3007", "'hook' must be sent, but it has no value", f"set {VARIABLE}")
    ]
    assert without.writes == []


def test_a_value_that_was_taken_over_from_twilio_counts_as_applied(without: Harness) -> None:
    set_hook(without, "https://hooks.example.com/other")
    without.environ = {VARIABLE: "https://hooks.example.com/other"}
    without.apply()
    without.environ = {}
    assert unchecked(without.plan()) == NOT_CHECKED
    assert without.plan().empty


@pytest.mark.parametrize("how", ["no ledger", "another key"])
def test_a_value_that_cannot_be_compared_is_not_sent_and_blocks_an_apply(how: str, without: Harness) -> None:
    if how == "no ledger":
        without.ledger_path.unlink()
    else:
        without.fingerprint_key = None
    plan = without.plan()
    assert not plan.differs
    (change,) = (each for each in plan.changes if each.address == HOOKS)
    assert change.write_only["post_webhook_url"] is SecretState.NOT_COMPARABLE
    assert not plan.applyable
    assert URL not in repr(change.before)
    with pytest.raises(InvalidConfiguration):
        without.apply()
    assert without.writes == []


def test_a_resource_cannot_be_created_without_the_value(harness: Harness) -> None:
    plan = harness.plan(TEXT)
    assert [each.partition(" post")[0] for each in plan_lines(plan)][:2] == [
        "create services/desk friendly_name:None->desk",
        f"update {HOOKS}",
    ]
    assert not plan.applyable
    with pytest.raises(InvalidConfiguration):
        harness.apply()
    assert harness.writes == []


def test_a_resource_that_is_named_by_the_value_is_found_by_the_ledger(harness: Harness) -> None:
    harness.environ = {VARIABLE: URL}
    harness.apply(WITH_A_LABEL)
    harness.environ = {}
    plan = harness.plan()
    assert plan.empty
    assert unchecked(plan) == [
        f"services/desk/conversations/lounge/webhooks/ours#configuration.url hook: {VARIABLE} is not set"
    ]


def test_the_digest_of_the_configuration_does_not_depend_on_the_value(harness: Harness) -> None:
    without = harness.config(TEXT).digest
    harness.environ = {VARIABLE: URL}
    assert harness.config().digest == without


ALWAYS_SHOWN = 'version: 1\nvariables: {n: {sensitive: true}}\nservices: {desk: {friendly_name: "${{ var.n }}"}}\n'


def test_a_field_that_is_always_shown_is_refused_with_and_without_the_value(harness: Harness) -> None:
    without = harness.mistakes(ALWAYS_SHOWN)
    harness.environ = {"CONFSYNC_VAR_n": "canary"}
    assert harness.mistakes() == without
    assert "CS2005 'friendly_name' is shown in plans" in without[0]
