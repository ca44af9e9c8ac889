"""The report of an apply as text."""

from collections.abc import Mapping

import httpx

from confsync.apply.report import Report
from confsync.views.apply.document import report_document
from confsync.views.palette import Palette
from tests.harness import Harness, InterceptingTransport, json_response
from tests.views.golden import matches_golden
from tests.views.rendering import report_text

TEXT = """
version: 1
services:
  support:
    roles:
      agent: {type: conversation, permissions: [sendMessage]}
      boss: {type: service, permissions: [createConversation]}
    configuration: {default_conversation_role: agent, reachability_enabled: true}
    webhooks: {method: GET}
"""

NO: Mapping[str, object] = {"code": 50123, "message": "no\u202e ::error::", "more_info": "", "status": 400}


class NoRoles(InterceptingTransport):
    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST" and b"agent" in await request.aread():
            return json_response(request, 400, NO)
        return None


def partial(harness: Harness) -> Report:
    harness.transport = NoRoles(harness.emulator)
    return harness.apply(TEXT)


def test_a_successful_apply_is_one_line(harness: Harness) -> None:
    assert report_text(harness.apply(TEXT)) == (
        "Applied: 3 created, 2 updated, 0 replaced, 0 deleted, 0 failed, 0 not started.\n"
    )


def test_an_apply_of_nothing_says_so(harness: Harness) -> None:
    harness.apply(TEXT)
    assert report_text(harness.apply()) == "No changes. Twilio matches the configuration.\n"


def test_a_partial_apply_lists_every_change_with_its_error_and_its_position(
    harness: Harness,
) -> None:
    assert matches_golden("partial_apply", report_text(partial(harness)))


def test_a_partial_apply_shows_a_quoted_address(harness: Harness) -> None:
    harness.transport = NoRoles(harness.emulator)
    text = "version: 1\nservices: {'a: 1, + b': {roles: {agent: {type: service, permissions: [createConversation]}}}}\n"
    said = report_text(harness.apply(text), Palette(colours=True))
    assert '\x1b[1m"services/a: 1, + b/roles/agent"\x1b[0m\n' in said


def test_a_failure_in_the_document_has_address_response_and_position(harness: Harness) -> None:
    document = report_document(partial(harness), 5)
    (failed,) = (each for each in document.outcomes if each.status == "failed")
    assert failed.address == "services/support/roles/agent"
    assert failed.error
    assert failed.error.answer
    assert (failed.error.answer.status, failed.error.answer.code) == (400, 50123)
    assert (failed.error.source.file, failed.error.source.line) == ("confsync.yaml", 6)
    assert document.summary.not_started == 1
