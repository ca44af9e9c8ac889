"""What a drift looks like as text and as a comment."""

import pytest

from confsync.views.drift.markdown import drift_as_markdown
from confsync.views.drift.text import drift_as_text
from tests.harness import Harness
from tests.views.conftest import PlanOf
from tests.views.golden import matches_golden
from tests.views.rendering import drift_of
from tests.views.test_plan_text import STORIES


@pytest.mark.parametrize("story", STORIES)
def test_a_drift_matches_its_golden_text(story: str, story_plan: PlanOf) -> None:
    text = drift_as_text(drift_of(story_plan(STORIES[story])))
    assert "canary" not in text
    assert matches_golden(f"drift_{story}", text)


@pytest.mark.parametrize("story", STORIES)
def test_a_drift_matches_its_golden_comment(story: str, story_plan: PlanOf) -> None:
    text = drift_as_markdown(drift_of(story_plan(STORIES[story])))
    assert "canary" not in text
    assert matches_golden(f"drift_{story}", text, "md")


def test_a_brief_drift_has_one_line_for_each_sort_of_finding(story_plan: PlanOf) -> None:
    text = drift_as_text(drift_of(story_plan(STORIES["changed"])), brief=True)
    assert "Changed in the configuration, not applied yet: 4" in text.splitlines()
    assert "permissions" not in text


def test_a_field_with_several_lines_counts_once(harness: Harness) -> None:
    harness.apply("version: 1\nservices: {desk: {users: {alice: {attributes: {team: day, shift: 1}}}}}\n")
    form = {"Attributes": '{"team": "night", "shift": 2}'}
    assert harness.client.post(harness.path("/Services/desk/Users/alice"), form).status == 200
    drift = drift_of(harness.plan())
    said = drift_as_text(drift).splitlines()
    assert "Changed in Twilio (1):" in said
    assert len([each for each in said if "alice#attributes." in each]) == 2
    assert "Drift: 1 changed in Twilio." in said
    assert "### Changed in Twilio (1)" in drift_as_markdown(drift).splitlines()
