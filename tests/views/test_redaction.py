"""A URL with a password or a token in it is never shown, wherever it stands."""

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


def test_they_are_warned_of_where_they_are_written(harness: Harness) -> None:
    warned = [str(each.range.start.line) for each in harness.config(OPEN).warnings if each.range]
    assert warned == ["5", "7"]


def test_what_is_no_url_is_left_as_it_is(harness: Harness) -> None:
    plan = harness.plan(OPEN)
    assert "${MESSAGE}" in plan_text(plan)
    document = json.loads(document_as_json(plan_document(plan, 0, created_at=MADE)))
    (lounge,) = (each for each in document["changes"] if each["address"].endswith("lounge"))
    assert lounge["after"]["attributes"] == '{"hook":"(sensitive)","more":{"url":"(sensitive)"}}'
