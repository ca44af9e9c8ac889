"""The one document that a run prints where it does not tell text, whatever became of it."""

from collections.abc import Iterator
from datetime import UTC, datetime

from confsync.cli.exit_result import ExitResult
from confsync.cli.run import Run
from confsync.views import (
    diagnostics_document,
    diagnostics_markdown,
    doctor_document,
    doctor_text,
    github_commands,
    ledger_document,
    ledger_text,
    plan_document,
    plan_markdown,
    report_document,
    report_markdown,
)
from confsync.views.configuration_text import as_text
from confsync.views.documents import Document


def document_of(run: Run, ending: ExitResult) -> Document:
    """Make the document of the last thing that there was: a report, else a plan, else diagnostics alone."""
    code = int(ending.code)
    if report := run.report:
        return report_document.as_document(report, code, also=ending.diagnostics)
    if run.plan:
        make = plan_document.as_drift_document if run.verb == "drift" else plan_document.as_document
        return make(run.plan, code, created_at=run.planned_at or datetime.now(UTC), also=ending.diagnostics)
    warnings = run.config.warnings if run.config else ()
    if run.diagnosis:
        return doctor_document.as_document(run.diagnosis, code, also=(*warnings, *ending.diagnostics))
    if run.ledger:
        also = (*warnings, *ending.diagnostics)
        return ledger_document.as_document(run.ledger, code, rebuilt=run.rebuilt, also=also)
    return diagnostics_document.as_document((*warnings, *ending.diagnostics), code)


def page_document_of(run: Run, ending: ExitResult) -> Document:
    """Make the document of a page, which shows diagnostics where it has no place for something else."""
    document = document_of(run, ending)
    if run.diagnosis is None:
        return document
    said = (*doctor_document.as_diagnostics(run.diagnosis), *run.diagnosis.mistakes)
    return diagnostics_document.as_document(said, document.exit_code)


def markdown_of(run: Run, ending: ExitResult) -> str:
    """Make the comment of the same thing; without a plan, of whether the configuration is valid."""
    if report := run.report:
        return report_markdown.as_markdown(report, mistakes=ending.diagnostics, brief=run.brief)
    if run.plan:
        verb = "plan" if run.verb == "show" else run.verb  # what is shown is the same comment, found by the same line
        return plan_markdown.as_markdown(run.plan, verb=verb, mistakes=ending.diagnostics, brief=run.brief)
    environment = run.config.environment.name if run.config else run.options.env
    if run.diagnosis:
        found = (*doctor_document.as_diagnostics(run.diagnosis), *run.diagnosis.mistakes)
        return diagnostics_markdown.as_markdown(run.verb, environment, doctor_text.summary(run.diagnosis), found)
    said = as_text(run.config) if run.config and not ending.code.trouble else "Nothing was changed."
    said = ledger_text.in_a_line(run.ledger) if run.ledger else said
    warnings = run.config.warnings if run.config else ()
    return diagnostics_markdown.as_markdown(run.verb or "usage", environment, said, (*ending.diagnostics, *warnings))


def annotations_of(run: Run, ending: ExitResult, workspace: str | None) -> Iterator[str]:
    """Make the annotations of everything that is wrong or doubtful; `workspace` holds the repository."""
    if run.diagnosis:
        yield from github_commands.of_diagnostics(doctor_document.as_diagnostics(run.diagnosis), workspace)
    if run.plan:
        yield from github_commands.of_plan(run.plan, workspace)
    elif run.config:
        yield from github_commands.of_diagnostics(run.config.warnings, workspace)
    if report := run.report:
        yield from github_commands.of_report(report, workspace)
    yield from github_commands.of_diagnostics(ending.diagnostics, workspace)
