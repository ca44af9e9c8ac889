"""A plan or a report in every format, through its document."""

from datetime import UTC, datetime

from confsync.apply.report import Report
from confsync.plan.plan import Plan
from confsync.views.palette import PLAIN, Palette
from confsync.views.plan_builder import drift_document, plan_document
from confsync.views.plan_markdown import plan_as_markdown
from confsync.views.plan_text import plan_as_text
from confsync.views.report_document import report_document
from confsync.views.report_text import report_as_markdown, report_as_text

MADE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def plan_text(plan: Plan, palette: Palette = PLAIN, *, drift: bool = False, brief: bool = False) -> str:
    """Render a plan as text."""
    build = drift_document if drift else plan_document
    return plan_as_text(build(plan, 0, created_at=MADE), palette, brief=brief)


def plan_markdown(plan: Plan, *, verb: str = "plan", brief: bool = False) -> str:
    """Render a plan as a comment."""
    return plan_as_markdown(plan_document(plan, 0, created_at=MADE), verb=verb, brief=brief)


def report_text(report: Report, palette: Palette = PLAIN) -> str:
    """Render a report as text."""
    return report_as_text(report_document(report, 0), palette)


def report_markdown(report: Report) -> str:
    """Render a report as a comment."""
    return report_as_markdown(report_document(report, 0), plan_document(report.plan, 0, created_at=MADE))
