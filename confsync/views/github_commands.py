"""Annotations for GitHub's runner: one for each diagnostic, guardrail, risk, failed change and mismatch."""

# The format: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands

import os
from collections.abc import Iterable, Iterator

from confsync.quoting import shown_address
from confsync.views.apply.document import ApplyDocument
from confsync.views.apply.text import mismatch_text
from confsync.views.documents import DiagnosticPart, Document, RangePart, SourcePart
from confsync.views.drift.document import DriftDocument
from confsync.views.drift.groups import drift_groups
from confsync.views.escaping import github_message, github_property
from confsync.views.plan_document import LeftAloneDocument, PlannedDocument
from confsync.views.severity import sorted_risks
from confsync.views.wording import permission_text


def github_annotations(document: Document, plan: PlannedDocument | None, workspace: str | None) -> Iterator[str]:
    """Annotate the lines that a document is about, and the plan of an apply; `workspace` contains the repository."""
    if plan:
        yield from plan_annotations(plan, workspace)
    if isinstance(document, ApplyDocument):
        yield from report_annotations(document, workspace)
    yield from diagnostic_annotations(document.diagnostics, workspace)


def diagnostic_annotations(diagnostics: Iterable[DiagnosticPart], workspace: str | None) -> Iterator[str]:
    """Annotate the lines that errors and warnings are about."""
    for each in diagnostics:
        message = "\n".join(filter(None, (each.summary, each.detail)))
        yield _annotation(each.severity, each.code, message, _start(each.range) if each.range else None, workspace)


def plan_annotations(plan: PlannedDocument, workspace: str | None) -> Iterator[str]:
    """Annotate the lines that ask for what is blocked or risky."""
    yield from _guardrail_annotations(plan, workspace)
    for missing in plan.missing_secrets:
        message = f"{shown_address(missing.address)}: {missing.text}\nTo allow it: {missing.hint}"
        yield _annotation("warning", "missing secret", message, missing.source, workspace)
    for change, risk in sorted_risks(plan.changes):
        if risk.level != "low":
            message = f"{shown_address(change.address)}: {risk.text}"
            yield _annotation("warning", f"risk {risk.rule}", message, change.source, workspace)


def drift_annotations(document: DriftDocument, workspace: str | None) -> Iterator[str]:
    """Annotate the lines whose values differ from Twilio's, and those of what is blocked."""
    yield from _guardrail_annotations(document, workspace)
    for group in drift_groups(document):
        for line in group.lines:
            yield _annotation("warning", group.title, "\n".join((line.text, *line.advice)), line.source, workspace)


def report_annotations(document: ApplyDocument, workspace: str | None) -> Iterator[str]:
    """Annotate the lines that ask for a change that failed, or for a value that Twilio stored differently."""
    for outcome in document.outcomes:
        if outcome.error:
            message = f"{shown_address(outcome.address)}: {outcome.error.summary}"
            yield _annotation("error", outcome.status, message, outcome.error.source, workspace)
    for each in document.mismatches:
        yield _annotation("warning", "stored differently", mismatch_text(each), each.source, workspace)


def _guardrail_annotations(document: LeftAloneDocument, workspace: str | None) -> Iterator[str]:
    for guardrail in document.guardrails:
        message = f"{guardrail.text}\n{permission_text(guardrail)}"
        yield _annotation("error", f"guardrail {guardrail.rule}", message, guardrail.source, workspace)


def _start(found: RangePart) -> SourcePart:
    return SourcePart(file=found.file, line=found.start.line, column=found.start.column)


def _annotation(severity: str, title: str, message: str, source: SourcePart | None, workspace: str | None) -> str:
    properties = {"title": f"confsync: {title}"}
    if source:
        place = {"file": _in_repository(source.file, workspace), "line": str(source.line), "col": str(source.column)}
        properties = place | properties
    written = ",".join(f"{name}={github_property(value)}" for name, value in properties.items())
    return f"::{severity} {written}::{github_message(message)}\n"


def _in_repository(file: str, workspace: str | None) -> str:
    """Name a file as the runner does: relative to the top of the repository."""
    absolute = os.path.abspath(file)  # noqa: PTH100 — shown, never opened
    inside = workspace and absolute.startswith(f"{workspace.rstrip('/')}/")
    return os.path.relpath(absolute, workspace) if inside else file
