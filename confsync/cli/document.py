"""The one document that a run prints with --json, whatever became of it."""

from datetime import UTC, datetime

from confsync.cli.ending import Ending
from confsync.cli.run import Run
from confsync.views import diagnostics_document, plan_document, report_document
from confsync.views.documents import Document


def document_of(run: Run, ending: Ending) -> Document:
    """Make the document of the last thing that there was: a report, else a plan, else diagnostics alone."""
    code = int(ending.code)
    if report := run.report:
        return report_document.as_document(report, code, also=ending.diagnostics)
    if run.plan:
        make = plan_document.as_drift_document if run.verb == "drift" else plan_document.as_document
        return make(run.plan, code, created_at=datetime.now(UTC), also=ending.diagnostics)
    warnings = run.config.warnings if run.config else ()
    return diagnostics_document.as_document((*warnings, *ending.diagnostics), code)
