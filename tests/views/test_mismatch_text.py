"""What Twilio stored differently, in every format."""

import json

import pytest
from msgspec.structs import replace

from confsync.apply.mismatch import Mismatch
from confsync.apply.report import Report
from confsync.secret import Secret
from confsync.views.apply.document import report_document
from confsync.views.documents import document_as_json
from confsync.views.github_commands import report_annotations
from tests.harness import Harness
from tests.views.parsed_markdown import read_by_people, strange
from tests.views.rendering import report_markdown, report_text
from tests.views.test_plan_text import BASE, HOSTILE

WEBHOOKS = "services/support/webhooks"
ACCEPT = "paste under lifecycle: `ignore: [method, post_webhook_url]`"


@pytest.fixture
def report(desk: Harness) -> Report:
    """Return an apply after which Twilio stored two fields differently, one of them sensitive."""
    report = desk.apply(BASE)
    change = next(each.change for each in report.outcomes if str(each.change.address) == WEBHOOKS)
    kept = (
        Mismatch(change, "post_webhook_url", "https://b.example.com", "https://a.example.com"),
        Mismatch(change, "method", Secret("canary"), Secret("canary-2")),
    )
    return replace(report, mismatches=kept)


def test_text_shows_both_values_and_the_line_to_paste(report: Report) -> None:
    url, method, _, summary = report_text(report).splitlines()
    assert url == (
        f'{WEBHOOKS}#post_webhook_url: Twilio stored "https://a.example.com" instead of "https://b.example.com"; '
        f"to accept it, {ACCEPT}"
    )
    assert method.startswith(f"{WEBHOOKS}#method: Twilio stored (sensitive) instead of (sensitive)")
    assert summary.startswith("Applied: ")


def test_a_comment_shows_the_same(report: Report) -> None:
    text = report_markdown(report)
    assert strange(text) == []
    assert "### Stored differently by Twilio (2)" in text
    assert "ignore: [method, post_webhook_url]" in read_by_people(text)
    assert "canary" not in text


def test_the_document_has_each_value_but_no_secret(report: Report) -> None:
    text = document_as_json(report_document(report, 12))
    url, method = json.loads(text)["mismatches"]
    assert (url["desired"], url["live"]) == ("https://b.example.com", "https://a.example.com")
    assert (method["desired"], method["live"]) == ("(sensitive)", "(sensitive)")
    assert url["accept"] == method["accept"] == "ignore: [method, post_webhook_url]"
    assert "canary" not in text


def test_an_annotation_is_on_the_line_that_declares_the_value(report: Report) -> None:
    first, _ = report_annotations(report_document(report, 0), None)
    assert first.startswith("::warning file=confsync.yaml,line=13,col=5,title=confsync%3A stored differently::")


def test_a_missing_or_remaining_resource_has_no_line_to_paste(report: Report) -> None:
    change = report.mismatches[0].change
    made, gone = (replace(report, mismatches=(Mismatch(change, "", *each),)) for each in (("IS1", None), (None, "IS1")))
    assert report_text(made).startswith(f'{WEBHOOKS}: it was created as "IS1", and does not exist\n')
    assert report_text(gone).startswith(f'{WEBHOOKS}: it was deleted, and still exists as "IS1"\n')
    assert report_document(gone, 12).mismatches[0].accept == ""


def test_a_hostile_value_stays_a_value(report: Report) -> None:
    changed = replace(report, mismatches=(replace(report.mismatches[0], live=HOSTILE),))
    assert all(line.isprintable() for line in report_text(changed).splitlines())
    assert strange(report_markdown(changed)) == []
