"""A drift marks what the previous run did not find, and lists what was repaired."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from confsync.history.run import DetailedRun, DriftFinding, compare_runs
from confsync.views.drift.document import DriftDocument, FindingPart, with_change
from confsync.views.drift.html import drift_page
from confsync.views.drift.markdown import drift_as_markdown
from confsync.views.drift.news import news_text
from confsync.views.drift.record import run_of_document
from confsync.views.drift.text import drift_as_text
from tests.views.conftest import PlanOf
from tests.views.rendering import drift_of
from tests.views.test_plan_text import STORIES

Chosen = Callable[[DriftFinding], bool]


def since(document: DriftDocument, previous: Callable[[DetailedRun], DetailedRun]) -> DriftDocument:
    """Compare a document with a run that is made from its own."""
    run = run_of_document(document)
    return with_change(document, compare_runs(previous(run), run))


def without(chosen: Chosen) -> Callable[[DetailedRun], DetailedRun]:
    return lambda run: replace(run, findings=tuple(each for each in run.findings if not chosen(each)))


def edited(chosen: Chosen) -> Callable[[DetailedRun], DetailedRun]:
    def with_other_digest(run: DetailedRun) -> DetailedRun:
        found = (replace(each, digest="0") if chosen(each) else each for each in run.findings)
        return replace(run, findings=tuple(found))

    return with_other_digest


def marked(text: str, mark: str) -> int:
    return sum(line.endswith(f" [{mark}]") for line in text.splitlines())


@pytest.mark.parametrize("story", ["changed", "absent", "destroyed", "duplicated", "orphaned", "vanished"])
def test_the_lines_of_a_new_finding_are_marked_and_no_others(story: str, story_plan: PlanOf) -> None:
    """Each finding in turn is new or edited."""
    document = drift_of(story_plan(STORIES[story]))
    plain, findings = drift_as_text(document).splitlines(), run_of_document(document).findings
    assert findings
    for finding in findings:
        for mark, previous in (("new", without), ("edited", edited)):
            text = drift_as_text(since(document, previous(finding.__eq__))).splitlines()
            lines = {each.removesuffix(f" [{mark}]") for each in text if each.endswith(f" [{mark}]")}
            assert lines, finding
            assert lines <= set(plain)
            assert all(finding.address.rpartition("/")[2] in each for each in lines)
            assert all(f"#{finding.path}" in each for each in lines if finding.path)


def test_a_document_without_a_previous_run_has_no_mark(story_plan: PlanOf) -> None:
    document = drift_of(story_plan(STORIES["changed"]))
    assert news_text(document) == ""
    assert "[new]" not in drift_as_text(document)
    assert 'class="mark"' not in drift_page(document)


def test_every_format_shows_what_is_new_and_what_was_repaired(story_plan: PlanOf) -> None:
    document = drift_of(story_plan(STORIES["changed"]))
    address = "services/Support/roles/gone"
    gone = FindingPart(finding="live", kind="roles", address=address, path="permissions", sid=None)
    found = since(document, without(lambda each: each.path == "permissions"))
    found = replace(found, repaired_since_last_run=[gone])
    summary = "Since the run of 2026-01-02 03:04 UTC: 1 new, 1 repaired."
    text, markdown, page = drift_as_text(found), drift_as_markdown(found), drift_page(found)
    assert text.splitlines()[-1] == summary
    assert (marked(text, "new"), markdown.count("**new**"), page.count('<b class="mark">new</b>')) == (1, 1, 1)
    assert f"    {address}#permissions: changed in Twilio" in text.splitlines()
    assert "Repaired since the last run (1)" in text
    assert "Repaired since the last run (1)" in markdown
    assert all(address in each for each in (markdown, page))
    assert all(summary in each for each in (markdown, page))


def test_an_idle_night_says_so(story_plan: PlanOf) -> None:
    assert news_text(since(drift_of(story_plan(STORIES["changed"])), lambda run: run)).endswith("nothing new.")


def test_what_a_file_or_the_calendar_changes_is_no_edit(story_plan: PlanOf) -> None:
    """A line added above moves every position, and the days until a certificate expires decrease by themselves."""
    document = drift_of(story_plan(STORIES["changed"]))
    moved = [replace(each, source=replace(each.source, line=each.source.line + 1)) for each in document.differences]
    before, after = run_of_document(document), run_of_document(replace(document, differences=moved))
    assert not compare_runs(before, after).changed


def test_another_value_of_a_shown_field_is_an_edit(story_plan: PlanOf) -> None:
    document = drift_of(story_plan(STORIES["changed"]))
    other = [replace(each, live="something else") for each in document.differences if not each.sensitive]
    before, after = run_of_document(document), run_of_document(replace(document, differences=other))
    assert len(compare_runs(before, after).edited) == len(other)
