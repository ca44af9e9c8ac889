"""A URL that contains a password or a token is never shown."""

import json

from confsync.views.documents import document_as_json
from confsync.views.plan_builder import plan_document
from tests.harness import Harness
from tests.views.rendering import MADE, plan_text

OPEN = """
version: 1
services:
  support:
    notifications: {new_message: {template: "see https://u:canary@example.com/ and ${MESSAGE}"}}
    conversations:
      lounge: {attributes: {hook: "https://u:canary@example.com/x", more: {url: "https://example.com/?token=canary"}}}
"""


def test_urls_with_tokens_are_masked_within_texts_and_attributes(harness: Harness) -> None:
    for text in (OPEN, OPEN.replace("canary", "other"), OPEN.replace("hook:", "hooks:")):
        plan = harness.plan(text)
        shown = plan_text(plan) + document_as_json(plan_document(plan, 0, created_at=MADE))
        assert "(sensitive)" in shown
        assert "canary" not in shown
        assert "other@" not in shown
        harness.apply()


def test_a_url_with_a_token_is_warned_about_at_its_position(harness: Harness) -> None:
    warned = [str(each.range.start.line) for each in harness.config(OPEN).warnings if each.range]
    assert warned == ["5", "7"]


def test_a_template_that_is_not_a_url_is_unchanged(harness: Harness) -> None:
    plan = harness.plan(OPEN)
    assert "${MESSAGE}" in plan_text(plan)
    document = json.loads(document_as_json(plan_document(plan, 0, created_at=MADE)))
    (lounge,) = (each for each in document["changes"] if each["address"].endswith("lounge"))
    assert lounge["after"]["attributes"] == '{"hook":"(sensitive)","more":{"url":"(sensitive)"}}'
