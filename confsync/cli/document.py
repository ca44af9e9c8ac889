"""The documents of a run, from which every format is rendered."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from confsync.cli.exit_result import ExitResult
from confsync.cli.run import Run
from confsync.diagnostics import Diagnostic
from confsync.plan.plan import Plan
from confsync.views.diagnostics_text import diagnostics_as_markdown, valid_text
from confsync.views.doctor import DoctorDocument, doctor_document, doctor_summary, failed_checks
from confsync.views.documents import DiagnosticsDocument, Document, diagnostics_document
from confsync.views.github_commands import diagnostic_annotations, github_annotations
from confsync.views.ledger import LedgerDocument, ledger_document, ledger_summary
from confsync.views.plan_builder import drift_document, plan_document
from confsync.views.plan_document import PlannedDocument
from confsync.views.plan_markdown import plan_as_markdown
from confsync.views.report_document import ApplyDocument, report_document
from confsync.views.report_text import report_as_markdown


def document_of(run: Run, ending: ExitResult) -> Document:
    """Build the document of the last result of a run: a report, a plan, or diagnostics alone."""
    code = int(ending.code)
    if report := run.report:
        return report_document(report, code, also=ending.diagnostics)
    if run.plan:
        return planned_document(run, run.plan, code, also=ending.diagnostics)
    diagnostics = (*(run.config.warnings if run.config else ()), *ending.diagnostics)
    if run.diagnosis:
        return doctor_document(run.diagnosis, code, also=diagnostics)
    if run.ledger:
        return ledger_document(run.ledger, code, rebuilt=run.rebuilt, also=diagnostics)
    return diagnostics_document(diagnostics, code)


def planned_document(run: Run, plan: Plan, code: int = 0, also: Iterable[Diagnostic] = ()) -> PlannedDocument:
    """Build the document of a plan, or of a drift."""
    build = drift_document if run.verb == "drift" else plan_document
    return build(plan, code, created_at=run.planned_at or datetime.now(UTC), also=also)


def page_document_of(run: Run, ending: ExitResult) -> Document:
    """Build the document of an HTML page, which shows the failed checks of a doctor as diagnostics."""
    document = document_of(run, ending)
    return _checks_as_diagnostics(run, document) if isinstance(document, DoctorDocument) else document


def markdown_of(run: Run, ending: ExitResult) -> str:
    """Render the comment of the last result of a run."""
    document = document_of(run, ending)
    if isinstance(document, ApplyDocument) and run.plan:
        return report_as_markdown(document, planned_document(run, run.plan), brief=run.brief)
    if isinstance(document, PlannedDocument):
        verb = "plan" if run.verb == "show" else run.verb  # a saved plan updates the comment of its plan
        return plan_as_markdown(document, verb=verb, brief=run.brief)
    environment = run.config.environment.name if run.config else run.options.env
    if isinstance(document, DoctorDocument):
        found = _checks_as_diagnostics(run, document)
        return diagnostics_as_markdown(run.verb, environment, doctor_summary(document), found)
    text = valid_text(run.config) if run.config and not ending.code.trouble else "Nothing was changed."
    text = ledger_summary(document) if isinstance(document, LedgerDocument) else text
    warnings = run.config.warnings if run.config else ()
    diagnostics = diagnostics_document((*ending.diagnostics, *warnings), document.exit_code)
    return diagnostics_as_markdown(run.verb or "usage", environment, text, diagnostics)


def annotations_of(run: Run, ending: ExitResult, workspace: str | None) -> Iterator[str]:
    """Render the annotations of everything that is wrong or doubtful; `workspace` contains the repository."""
    document = document_of(run, ending)
    if isinstance(document, DoctorDocument):
        yield from diagnostic_annotations(failed_checks(document), workspace)
    plan = planned_document(run, run.plan) if run.plan else None
    yield from github_annotations(document, plan, workspace)


def _checks_as_diagnostics(run: Run, document: DoctorDocument) -> DiagnosticsDocument:
    mistakes = diagnostics_document(run.diagnosis.mistakes if run.diagnosis else (), document.exit_code)
    return DiagnosticsDocument(
        exit_code=document.exit_code, diagnostics=[*failed_checks(document), *mistakes.diagnostics]
    )
