"""Deletes, risks and overrides in documents, and as annotations on the lines that declare them."""

import pytest

from confsync.views.apply.document import report_document
from confsync.views.apply.text import report_summary
from confsync.views.github_commands import plan_annotations
from confsync.views.plan_builder import plan_document
from tests.harness import Harness
from tests.views.conftest import PlanOf, Story
from tests.views.rendering import MADE
from tests.views.test_documents import changes_of, document_of
from tests.views.test_plan_text import CHANGED, LEGACY, STORIES, absent, destroyed, legacy, narrowed, orphaned

DIGEST = "sha256:"


def test_a_delete_has_its_live_name_its_dependents_and_its_precondition(story_plan: PlanOf) -> None:
    document = document_of(story_plan(absent))
    gone = next(each for each in document["changes"] if each["actions"] == ["delete"])
    assert document["summary"]["delete"] == 1
    assert (gone["address"], gone["name"], gone["after"]) == ("services/legacy", "Legacy desk", {})
    assert {"what": "users", "number": 3, "complete": True} in gone["blast_radius"]["counts"]
    assert "services/legacy/roles/clerk" in gone["also_deleted"]
    assert gone["precondition"]["digest"].startswith(DIGEST)
    assert gone["risk"][0]["level"] == "high"


def test_a_create_has_no_precondition(story_plan: PlanOf) -> None:
    service = changes_of(story_plan(STORIES["fresh"]))["services/support"]
    assert (service["precondition"], service["blast_radius"], service["also_deleted"]) == (None, None, [])


def test_a_recreate_is_counted_as_a_create(story_plan: PlanOf) -> None:
    document = document_of(story_plan(STORIES["recreated"]))
    assert document["summary"]["create"] == 5
    assert document["overrides"]["allow_recreate"] == ["services/legacy"]


def test_a_partial_plan_has_its_selection_and_its_commit(story_plan: PlanOf) -> None:
    document = document_of(story_plan(narrowed))
    assert document["complete"] is False
    assert document["selection"] == {
        "targets": ["services/support", "credentials/a*"],
        "excludes": ["**/users"],
        "kinds": ["roles"],
    }
    assert document["configuration"]["git"] == {"commit": "0123456789abcdef0123", "dirty": True}
    assert [each["address"] for each in document["forgotten"]] == ["services/old"]
    assert document["overrides"]["allow_rollback"] is True


def test_a_change_has_its_risks_most_severe_first(story_plan: PlanOf) -> None:
    webhooks = changes_of(story_plan(narrowed))["services/support/webhooks"]
    assert [each["level"] for each in webhooks["risk"]] == ["high", "low"]


def test_a_destroy_plan_says_so(story_plan: PlanOf) -> None:
    document = document_of(story_plan(destroyed))
    assert (document["destroy"], document["complete"], document["summary"]["delete"]) == (True, True, 3)
    assert document["overrides"]["max_deletes"] == 3


def test_an_orphaned_resource_has_advice(story_plan: PlanOf) -> None:
    advice = [each["advice"] for each in document_of(story_plan(orphaned))["orphaned"]]
    assert all("lifecycle.absent" in each and "forget" in each and "prune" in each for each in advice)


def test_an_apply_counts_deleted_resources(desk: Harness) -> None:
    legacy(desk)
    text = LEGACY.replace("      clerk: {", "      clerk: {lifecycle: {absent: true}, ")
    report = desk.apply(CHANGED + text)
    assert "1 deleted" in report_summary(report_document(report, 0))
    assert report_document(report, 0).summary.deleted == 1


@pytest.mark.parametrize("story", [narrowed, absent])
def test_high_and_medium_risks_are_annotated(story: Story, story_plan: PlanOf) -> None:
    plan = story_plan(story)
    annotations = "".join(plan_annotations(plan_document(plan, 0, created_at=MADE), None))
    grave = [(change, risk) for change in plan.changes for risk in change.risks if risk.level < risk.level.LOW]
    assert grave
    assert annotations.count("confsync%3A risk ") == len(grave)
    for change, risk in grave:
        assert (
            f"line={change.source.line},col={change.source.column},title=confsync%3A risk {risk.rule}::" in annotations
        )
