"""JSON documents: each matches its schema, and none contains a secret."""

import json
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from confsync.plan.plan import Plan
from confsync.planning.drift import compare_three_ways
from confsync.views.apply.document import report_document
from confsync.views.documents import document_as_json
from confsync.views.drift.document import drift_document
from confsync.views.plan_builder import plan_document
from confsync.views.schema.published import document_schema
from tests.harness import Harness
from tests.views.conftest import PlanOf
from tests.views.test_plan_text import BASE, HOSTILE, STORIES

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def checked(text: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text)
    validator_of(document["kind"]).validate(document)
    return document


@cache
def validator_of(kind: str) -> Draft202012Validator:
    """Return the validator of a type of document; it remembers the references that it has resolved."""
    return Draft202012Validator(document_schema(kind), format_checker=FormatChecker())


def document_of(plan: Plan) -> dict[str, Any]:
    return checked(document_as_json(plan_document(plan, 0, created_at=NOW)))


def changes_of(plan: Plan) -> dict[str, dict[str, Any]]:
    return {each["address"]: each for each in document_of(plan)["changes"]}


@pytest.mark.parametrize("story", STORIES)
def test_each_document_fits_its_schema_and_shows_no_secret(story: str, story_plan: PlanOf) -> None:
    plan = story_plan(STORIES[story])
    for document in (
        plan_document(plan, 0, created_at=NOW),
        drift_document(compare_three_ways(plan), 0, created_at=NOW),
    ):
        text = document_as_json(document)
        assert checked(text)["created_at"] == "2026-01-02T03:04:05Z"
        assert "canary" not in text


def test_the_document_of_an_apply_fits_its_schema(desk: Harness) -> None:
    document = checked(document_as_json(report_document(desk.apply(BASE), 0)))
    assert document["summary"]["created"] == 3
    assert {each["status"] for each in document["outcomes"]} == {"done"}


def test_a_create_has_no_before_and_lists_references_without_a_sid(desk: Harness) -> None:
    changes = changes_of(desk.plan(BASE))
    configuration = changes["services/support/configuration"]
    assert (configuration["before"], configuration["actions"]) == (None, ["update"])
    assert configuration["references"] == ["default_conversation_role"]
    assert configuration["after"]["default_conversation_role"] == "services/support/roles/agent"
    assert configuration["source"] == {"file": "confsync.yaml", "line": 11, "column": 5}


def test_a_set_is_a_sorted_list_with_added_and_removed_items(story_plan: PlanOf) -> None:
    (difference,) = changes_of(story_plan(STORIES["changed"]))["services/support/roles/agent"]["differences"]
    assert difference == {
        "path": "permissions",
        "before": ["leaveConversation", "sendMessage"],
        "after": ["deleteOwnMessage", "sendMessage"],
        "added": ["deleteOwnMessage"],
        "removed": ["leaveConversation"],
        "parts": [],
        "value_type": "value",
    }


@pytest.mark.parametrize(
    ("story", "address", "path", "state"),
    [
        ("fresh", "credentials/android", "secret", "(sensitive)"),
        ("changed", "credentials/android", "secret", "(sensitive, changed)"),
        ("sensitive_url", "services/support/webhooks", "post_webhook_url", "(sensitive, changed)"),
    ],
)
def test_a_sensitive_value_is_listed_with_its_state(
    story: str, address: str, path: str, state: str, story_plan: PlanOf
) -> None:
    change = changes_of(story_plan(STORIES[story]))[address]
    assert change["sensitive"] == [path]
    assert change["after"][path] == state


def test_a_move_has_its_previous_address(story_plan: PlanOf) -> None:
    change = changes_of(story_plan(STORIES["moved"]))["services/desk"]
    assert (change["actions"], change["previous_address"]) == (["move"], "services/support")


def test_a_guardrail_has_its_override_and_makes_the_plan_not_applyable(story_plan: PlanOf) -> None:
    document = document_of(story_plan(STORIES["vanished"]))
    assert document["applyable"] is False
    (guardrail,) = document["guardrails"]
    assert (guardrail["rule"], guardrail["addresses"]) == ("recreate", ["services/support"])
    assert guardrail["override"] == "`--allow-recreate services/support`"


def test_a_hostile_name_is_intact_for_a_parser_and_harmless_for_a_runner(desk: Harness) -> None:
    desk.client.post("/Services", {"FriendlyName": HOSTILE})
    text = document_as_json(plan_document(desk.plan("version: 1\nservices: {}\n"), 0, created_at=NOW))
    assert text.isascii()
    assert "##[" not in text
    assert any("::set-output" in each["address"] for each in checked(text)["unmanaged"])
