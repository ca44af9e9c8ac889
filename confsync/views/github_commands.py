"""What GitHub's runner is told: an annotation for each diagnostic, each guardrail and each change that failed.

The form is that of https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands.
"""

import os
from collections.abc import Iterable, Iterator

from confsync.annotations import Level
from confsync.apply.report import Report
from confsync.diagnostics import Diagnostic, Position
from confsync.plan.plan import Plan
from confsync.views.escaping import github_message, github_property
from confsync.views.mismatch_text import mismatch_text, with_what_to_paste
from confsync.views.severity import risks_of


def of_diagnostics(diagnostics: Iterable[Diagnostic], workspace: str | None) -> Iterator[str]:
    """Annotate the lines that are wrong or doubtful; `workspace` is the folder that holds the repository."""
    for each in diagnostics:
        message = "\n".join(filter(None, (each.summary, each.detail)))
        yield _annotation(each.severity, each.code, message, each.range.start if each.range else None, workspace)


def of_plan(plan: Plan, workspace: str | None) -> Iterator[str]:
    """Annotate what a plan warns of, what asks for a change that stands before a guardrail, and what is risky."""
    yield from of_diagnostics(plan.warnings, workspace)
    for guardrail in plan.guardrails:
        message = f"{guardrail.text}\nTo allow it: {guardrail.override or 'nothing'}"
        yield _annotation("error", f"guardrail {guardrail.rule}", message, guardrail.source, workspace)
    for change, risk in risks_of(plan.changes):
        if risk.level < Level.LOW:
            message = f"{change.address}: {risk.text}"
            yield _annotation("warning", f"risk {risk.rule}", message, change.source, workspace)


def of_report(report: Report, workspace: str | None) -> Iterator[str]:
    """Annotate what asks for a change that did not end well, or for a value that Twilio keeps otherwise."""
    for outcome in report.outcomes:
        if outcome.error:
            message = f"{outcome.change.address}: {outcome.error.happened}"
            yield _annotation("error", outcome.status.value, message, outcome.change.source, workspace)
    for kept, accept in with_what_to_paste(report.mismatches):
        yield _annotation("warning", "stored differently", mismatch_text(kept, accept), kept.change.source, workspace)


def _annotation(severity: str, title: str, message: str, place: Position | None, workspace: str | None) -> str:
    properties = {"title": f"confsync: {title}"}
    if place:
        where = {"file": _in_repository(place.file, workspace), "line": str(place.line), "col": str(place.column)}
        properties = where | properties
    told = ",".join(f"{name}={github_property(value)}" for name, value in properties.items())
    return f"::{severity} {told}::{github_message(message)}\n"


def _in_repository(file: str, workspace: str | None) -> str:
    """Name a file as the runner does: from the top of the repository, not from where we run."""
    whole = os.path.abspath(file)  # noqa: PTH100 — a name to be shown, which nothing is opened by
    inside = workspace and whole.startswith(f"{workspace.rstrip('/')}/")
    return os.path.relpath(whole, workspace) if inside else file
