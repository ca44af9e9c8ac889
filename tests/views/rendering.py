"""A plan or a report in every format, through its document."""

from datetime import UTC, datetime

from confsync.apply.report import Report
from confsync.plan.plan import Plan
from confsync.planning.drift import compare_three_ways
from confsync.planning.make import LivePlan
from confsync.views.apply.document import ApplyDocument, report_document
from confsync.views.apply.html import apply_page
from confsync.views.apply.text import report_as_markdown, report_as_text
from confsync.views.documents import Document
from confsync.views.drift.document import DriftDocument, drift_document
from confsync.views.drift.html import drift_page
from confsync.views.palette import PLAIN, Palette
from confsync.views.plan.html import plan_page
from confsync.views.plan.markdown import plan_as_markdown
from confsync.views.plan.text import plan_as_text
from confsync.views.plan_builder import plan_document
from confsync.views.plan_document import PlannedDocument
from confsync.views.run_page import run_page

MADE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def plan_text(plan: Plan, palette: Palette = PLAIN, *, brief: bool = False) -> str:
    """Render a plan as text."""
    return plan_as_text(plan_document(plan, 0, created_at=MADE), palette, brief=brief)


def drift_of(plan: LivePlan) -> DriftDocument:
    """Build the document of the drift that a plan would remove."""
    return drift_document(compare_three_ways(plan), 0, created_at=MADE)


def plan_markdown(plan: Plan, *, verb: str = "plan", brief: bool = False) -> str:
    """Render a plan as a comment."""
    return plan_as_markdown(plan_document(plan, 0, created_at=MADE), verb=verb, brief=brief)


def report_text(report: Report, palette: Palette = PLAIN) -> str:
    """Render a report as text."""
    return report_as_text(report_document(report, 0), palette)


def report_markdown(report: Report) -> str:
    """Render a report as a comment."""
    return report_as_markdown(report_document(report, 0), plan_document(report.plan, 0, created_at=MADE))


def document_as_html(document: Document) -> str:
    """Render the page of a plan, a report, or a run without either."""
    if isinstance(document, PlannedDocument):
        return plan_page(document)
    if isinstance(document, DriftDocument):
        return drift_page(document)
    return apply_page(document) if isinstance(document, ApplyDocument) else run_page(document)
