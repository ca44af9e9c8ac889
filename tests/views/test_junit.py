"""A result as JUnit XML."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import fields as fields_of
from msgspec.structs import replace

from confsync.names import Address
from confsync.plan.drift_words import FAIL_ON, FAIL_ON_DEFAULT
from confsync.views.documents import DiagnosticPart, DiagnosticsDocument, SourcePart
from confsync.views.drift.document import (
    CoveragePart,
    DeletedPart,
    DriftDocument,
    DriftedPart,
    DriftSummaryPart,
    UncheckedCertificatePart,
)
from confsync.views.drift.finding_lines import drift_findings
from confsync.views.drift.record import recorded_findings
from confsync.views.junit import diagnostics_as_junit, drift_as_junit, plan_as_junit
from confsync.views.plan_builder import plan_document
from confsync.views.plan_document import GuardrailPart, OrphanedPart, UncheckedPart, UnmanagedPart
from tests.views.conftest import PlanOf
from tests.views.junit_schema import check_junit, verdicts
from tests.views.rendering import MADE, drift_of
from tests.views.sample_plans import document
from tests.views.test_plan_text import STORIES

SERVICE = "IS" + "0" * 32
ANYTHING = st.text(
    st.sampled_from("\0\x1b\x85\n\t]]>&<\"'\ud800\ufffe\U0001ffff:# ") | st.characters(), min_size=1, max_size=30
)


@pytest.mark.parametrize("story", STORIES)
def test_every_drift_and_plan_is_a_valid_report(story: str, story_plan: PlanOf) -> None:
    plan = story_plan(STORIES[story])
    for text in (
        drift_as_junit(drift_of(plan), FAIL_ON),
        drift_as_junit(drift_of(plan), ()),
        plan_as_junit(plan_document(plan, 0, created_at=MADE)),
    ):
        assert "canary" not in text
        check_junit(text)


def drift_with(**fields: Any) -> DriftDocument:  # noqa: ANN401 — the fields of a document
    """Make the document of a drift without findings, and put some into it."""
    plan = document()
    shared = {each.name: getattr(plan, each.name) for each in fields_of(DriftDocument) if hasattr(plan, each.name)}
    counts = DriftSummaryPart(**{each.name: 0 for each in fields_of(DriftSummaryPart)})
    empty = {"differences": [], "deleted_outside": [], "coverage": {}, "summary": counts, "kind": "drift"}
    return DriftDocument(**shared | empty | fields)


def drifted(side: Any, address: str, path: str | None, **fields: Any) -> DriftedPart:  # noqa: ANN401 — any field
    """Make a difference of a role."""
    given_fields = {
        "address": address,
        "kind": "roles",
        "sid": None,
        "path": path,
        "action": None if path else "create",
        "side": side,
        "last_applied_equals": "unknown",
        "live": "a",
        "desired": "b",
        "added": [],
        "removed": [],
        "parts": [],
        "value_type": "value",
        "sensitive": False,
        "source": SourcePart(file="confsync.yaml", line=1, column=1),
        "hint": "`confsync apply` restores it",
    }
    return DriftedPart(**given_fields | fields)


FOUND = drift_with(
    differences=[drifted(side, f"services/desk/roles/{side}", "type") for side in ("live", "configuration", "both")],
    deleted_outside=[
        DeletedPart(
            address="services/old", kind="services", sid=SERVICE, contained=2, replaced_by=None, hint="`confsync apply`"
        )
    ],
    unmanaged=[UnmanagedPart(address="services/desk/roles/new", kind="roles", sid=None)],
    orphaned=[OrphanedPart(address="services/desk/webhooks", sid=SERVICE, reason="not declared", advice="forget")],
    unchecked=[
        UncheckedPart(address="credentials/phone", path="secret", secret=True, reference="env.KEY", reason="not here")
    ],
    coverage={"users": CoveragePart(managed=1, live=1, complete=True)},
    guardrails=[
        GuardrailPart(rule="rename", addresses=["services/desk"], text="it is named differently", override=None)
    ],
)


def test_what_fail_on_names_fails_and_everything_else_passes() -> None:
    root = check_junit(drift_as_junit(FOUND, ("live", "deleted")))
    assert verdicts(root) == {
        "rename": "failure guardrail",
        "services/desk/roles/live#type": "failure live",
        "services/desk/roles/configuration#type": "passed",
        "services/desk/roles/both#type": "passed",
        "services/old": "failure deleted",
        "services/desk/roles/new": "passed",
        "services/desk/webhooks": "passed",
        "credentials/phone#secret": "skipped unchecked",
        "users": "passed",
    }
    notes = {each.attrib["name"]: each.findtext("system-out") for each in root}
    assert '"a" in Twilio, "b" in the configuration' in str(notes["roles"])


def test_the_default_fails_what_exits_with_2() -> None:
    found = verdicts(check_junit(drift_as_junit(FOUND, FAIL_ON_DEFAULT)))
    assert [name for name, verdict in found.items() if verdict.startswith("failure")] == [
        "rename",
        "services/desk/roles/live#type",
        "services/desk/roles/configuration#type",
        "services/desk/roles/both#type",
        "services/old",
    ]


def test_a_failure_says_what_to_type() -> None:
    root = check_junit(drift_as_junit(FOUND, FAIL_ON))
    texts = ["".join(each.itertext()) for each in root.iter("failure")]
    assert any("`confsync apply` restores it" in each for each in texts)


@pytest.mark.parametrize("story", STORIES)
def test_a_report_has_the_findings_that_a_history_records(story: str, story_plan: PlanOf) -> None:
    drift = drift_of(story_plan(STORIES[story]))
    recorded = [
        (each.sort, each.section, "#".join(filter(None, (each.address, each.path))))
        for each in recorded_findings(drift)
    ]
    assert [(each.sort, each.section, each.name) for each in drift_findings(drift)] == recorded


def test_a_certificate_that_was_not_checked_is_skipped() -> None:
    part = UncheckedCertificatePart(address="credentials/phone", path="certificate", reason="not here")
    found = verdicts(check_junit(drift_as_junit(replace(FOUND, unchecked_certificates=[part]), FAIL_ON)))
    assert found["credentials/phone#certificate (expiry)"] == "skipped unchecked"


@given(ANYTHING, ANYTHING)
def test_no_name_makes_a_report_invalid(name: str, value: str) -> None:
    address = str(Address.of("services", name))
    hostile = replace(
        FOUND,
        differences=[drifted("live", address, name, live=value), drifted("both", address, None, hint=value)],
        unmanaged=[UnmanagedPart(address=address, kind="roles", sid=None, name=value)],
        orphaned=[OrphanedPart(address=address, sid=name, name=value, reason=value, advice=value)],
        unchecked=[UncheckedPart(address=address, path=name, secret=True, reference="env.KEY", reason=value)],
        guardrails=[GuardrailPart(rule="rename", addresses=[address], text=value, override=name)],
    )
    check_junit(drift_as_junit(hostile, FAIL_ON))
    check_junit(drift_as_junit(hostile, ()))


@given(ANYTHING, ANYTHING)
def test_no_diagnostic_makes_a_report_invalid(summary: str, detail: str) -> None:
    error = DiagnosticPart(severity="error", code="CS2003", summary=summary, detail=detail, range=None, snippet=None)
    parts = [error, replace(error, code="CS9004"), replace(error, severity="warning", code="CS2004")]
    root = check_junit(diagnostics_as_junit(DiagnosticsDocument(exit_code=4, diagnostics=parts)))
    assert sorted(verdict.tag for case in root.iter("testcase") for verdict in case) == ["error", "failure"]
    assert "CS2004" in str(root.findtext("testsuite/system-out"))
