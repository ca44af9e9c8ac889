"""Prints a result: one table says what renders each type of result in each format.

A new format takes a row for each type that needs one; a new type of result takes a row for each format in which it
differs from its base class. Each renderer imports its view when it runs, because one run needs only a few of them.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from confsync.cli import results
from confsync.cli.exit_result import DONE, ExitResult
from confsync.cli.formats import GITHUB, HTML, JSON, MARKDOWN, TEXT
from confsync.cli.invocation import Invocation
from confsync.cli.results import Result
from confsync.views.escaping import printable

if TYPE_CHECKING:
    from confsync.diagnostics import Diagnostic
    from confsync.views.adoption import AdoptionDocument
    from confsync.views.documents import DiagnosticsDocument
    from confsync.views.ledger import LedgerDocument
    from confsync.views.palette import Palette
    from confsync.views.plan_document import PlannedDocument
    from confsync.views.report_document import ApplyDocument

STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
WORKSPACE = "GITHUB_WORKSPACE"
DOCUMENT = "document"
"""Not a format by itself: the document from which a result is rendered in every format."""


class Rendering(Struct, frozen=True):
    """A result with everything that a renderer needs. `workspace` is the folder of the repository in a CI job."""

    result: Any
    exit_result: ExitResult
    command: str
    environment: str | None
    workspace: str | None
    palette: "Palette"

    @property
    def code(self) -> int:
        """The exit code."""
        return int(self.exit_result.code)

    @property
    def diagnostics(self) -> "tuple[Diagnostic, ...]":
        """The warnings of the configuration, and what the exit adds."""
        warnings = self.result.config.warnings if self.result.config else ()
        return (*warnings, *self.exit_result.diagnostics)


Renderer = Callable[[Rendering], Any]


def render(
    invocation: Invocation, format_: str, exit_result: ExitResult = DONE, palette: "Palette | None" = None
) -> str:
    """Render the result of a run in a format."""
    result = invocation.result or Result()
    config = result.config
    rendering = Rendering(
        result=result,
        exit_result=exit_result,
        command=invocation.command,
        environment=config.environment.name if config else invocation.options.env,
        workspace=invocation.environ.get(WORKSPACE),
        palette=palette or invocation.console.palette,
    )
    return str(_renderer(type(result), format_)(rendering))


def show_result(invocation: Invocation, result: Result) -> None:
    """Keep a result, and print it at once if the format streams."""
    invocation.keep(result)
    if invocation.prints_at_once(result):
        text = render(invocation, TEXT)
        if text:
            invocation.console.result(text)


def print_document(invocation: Invocation, exit_result: ExitResult) -> None:
    """Print the result as one document. For GitHub, print annotations, and add the comment to the step summary.

    Raises LocalFileError.
    """
    console, summary = invocation.console, invocation.environ.get(STEP_SUMMARY)
    if invocation.format != GITHUB:
        console.result(render(invocation, invocation.format, exit_result))
        return
    console.command(render(invocation, GITHUB, exit_result))
    comment = render(invocation, MARKDOWN, exit_result)
    if summary:
        console.append(summary, comment)
    if invocation.options.output or not summary:
        console.result(comment)


def _view(place: str) -> Renderer:
    """Make the renderer that passes the document to a function of `views`, which it imports when it runs."""
    return lambda rendering: _function(place)(_document(rendering))


def _coloured(place: str) -> Renderer:
    """Make the same renderer for a function that also takes the colours."""
    return lambda rendering: _function(place)(_document(rendering), rendering.palette)


def _function(place: str) -> Callable[..., Any]:
    module, _, name = place.partition(".")
    found: Callable[..., Any] = getattr(import_module(f"confsync.views.{module}"), name)
    return found


def _document(rendering: Rendering) -> Any:  # noqa: ANN401 — the document of its type of result
    return _renderer(type(rendering.result), DOCUMENT)(rendering)


# The documents, from which every format is rendered


def _diagnostics_document(rendering: Rendering) -> "DiagnosticsDocument":
    from confsync.views.documents import diagnostics_document

    return diagnostics_document(rendering.diagnostics, rendering.code)


def _plan_document(rendering: Rendering) -> "PlannedDocument":
    from confsync.views.plan_builder import drift_document, plan_document

    build = drift_document if isinstance(rendering.result, results.DriftResult) else plan_document
    result, also = rendering.result, rendering.exit_result.diagnostics
    return build(result.plan, rendering.code, created_at=result.created_at.astimezone(UTC), also=also)


def _apply_document(rendering: Rendering) -> "ApplyDocument":
    from confsync.views.report_document import report_document

    return report_document(rendering.result.report, rendering.code, also=rendering.exit_result.diagnostics)


def _applied_plan_document(rendering: Rendering) -> "PlannedDocument":
    from confsync.views.plan_builder import plan_document

    return plan_document(rendering.result.report.plan, 0, created_at=datetime.now(UTC))


def _ledger_document(rendering: Rendering) -> "LedgerDocument":
    from confsync.views.ledger import ledger_document

    result = rendering.result
    return ledger_document(
        result.state, rendering.code, rebuilt=result.rebuilt, adopted=result.adopted, also=rendering.diagnostics
    )


def _adoption_document(rendering: Rendering) -> "AdoptionDocument":
    from confsync.views.adoption import adoption_document

    result = rendering.result
    return adoption_document(result.plan.live, rendering.code, recorded=result.recorded, also=rendering.diagnostics)


def _built(place: str, attribute: str) -> Renderer:
    """Make the renderer that builds a document from one attribute of a result."""
    return lambda rendering: _function(place)(
        getattr(rendering.result, attribute), rendering.code, also=rendering.diagnostics
    )


def _built_for(place: str, attribute: str) -> Renderer:
    """Make the same renderer for a document that names the environment."""
    return lambda rendering: _function(place)(
        getattr(rendering.result, attribute), rendering.environment, rendering.code, also=rendering.diagnostics
    )


def _checks_document(rendering: Rendering) -> "DiagnosticsDocument":
    """Build a document of the failed checks, for formats that show diagnostics only."""
    from confsync.views.doctor import failed_checks
    from confsync.views.documents import DiagnosticsDocument, diagnostic_parts

    mistakes = diagnostic_parts(rendering.result.diagnosis.mistakes)
    return DiagnosticsDocument(exit_code=rendering.code, diagnostics=[*failed_checks(_document(rendering)), *mistakes])


# Text


def _text(rendering: Rendering) -> str:
    return str(rendering.result.text)


def _no_text(_: Rendering) -> str:
    return ""


def _configuration_text(rendering: Rendering) -> str:
    from confsync.views.configuration_text import valid_text

    return valid_text(rendering.result.config)


def _edit_text(rendering: Rendering) -> str:
    lines = rendering.result.lines or ("Nothing to write: the configuration already says so.",)
    return "".join(f"{printable(each)}\n" for each in lines)


def _plan_text(rendering: Rendering) -> str:
    from confsync.views.plan_text import plan_as_text

    return plan_as_text(_plan_document(rendering), rendering.palette, brief=rendering.result.brief)


def _apply_text(rendering: Rendering) -> str:
    from confsync.views.report_text import report_as_text

    document = _apply_document(rendering)
    return report_as_text(document, rendering.palette) if document.outcomes else ""  # without any, the plan said so


# Markdown, which is the comment on a pull request


def _diagnostics_markdown(rendering: Rendering) -> str:
    valid = rendering.result.config and not rendering.exit_result.code.failure
    return _comment(rendering, _configuration_text(rendering) if valid else "Nothing was changed.")


def _plan_markdown(rendering: Rendering) -> str:
    from confsync.views.plan_markdown import plan_as_markdown

    verb = "plan" if rendering.command == "show" else rendering.command  # a saved plan updates the comment of its plan
    return plan_as_markdown(_plan_document(rendering), verb=verb, brief=rendering.result.brief)


def _apply_markdown(rendering: Rendering) -> str:
    from confsync.views.report_text import report_as_markdown

    plan = _applied_plan_document(rendering)
    return report_as_markdown(_apply_document(rendering), plan, brief=rendering.result.brief)


def _ledger_markdown(rendering: Rendering) -> str:
    from confsync.views.ledger import ledger_summary

    return _comment(rendering, ledger_summary(_ledger_document(rendering)))


def _doctor_markdown(rendering: Rendering) -> str:
    from confsync.views.diagnostics_text import diagnostics_as_markdown
    from confsync.views.doctor import doctor_summary

    text = doctor_summary(_document(rendering))
    return diagnostics_as_markdown(rendering.command, rendering.environment, text, _checks_document(rendering))


def _comment(rendering: Rendering, text: str) -> str:
    from confsync.views.diagnostics_text import diagnostics_as_markdown

    document = _diagnostics_document(rendering)
    return diagnostics_as_markdown(rendering.command or "usage", rendering.environment, text, document)


# Annotations for GitHub


def _annotations(rendering: Rendering, plan: "PlannedDocument | None" = None) -> str:
    from confsync.views.github_commands import github_annotations

    return "".join(github_annotations(_document(rendering), plan, rendering.workspace))


def _plan_annotations(rendering: Rendering) -> str:
    return _annotations(rendering, _plan_document(rendering))


def _apply_annotations(rendering: Rendering) -> str:
    return _annotations(rendering, _applied_plan_document(rendering))


def _doctor_annotations(rendering: Rendering) -> str:
    from confsync.views.doctor import failed_checks
    from confsync.views.github_commands import diagnostic_annotations

    checks = failed_checks(_document(rendering))
    return "".join(diagnostic_annotations(checks, rendering.workspace)) + _annotations(rendering)


RENDERERS: Mapping[tuple[type[Result], str], Renderer] = {
    (results.Result, TEXT): _no_text,
    (results.Result, DOCUMENT): _diagnostics_document,
    (results.Result, JSON): _view("documents.document_as_json"),
    (results.Result, MARKDOWN): _diagnostics_markdown,
    (results.Result, GITHUB): _annotations,
    (results.Result, HTML): _view("run_html.run_page"),
    (results.TextResult, TEXT): _text,
    (results.ConfigurationResult, TEXT): _configuration_text,
    (results.EditResult, TEXT): _edit_text,
    (results.PlanResult, TEXT): _plan_text,
    (results.PlanResult, DOCUMENT): _plan_document,
    (results.PlanResult, MARKDOWN): _plan_markdown,
    (results.PlanResult, GITHUB): _plan_annotations,
    (results.PlanResult, HTML): _view("plan_html.plan_page"),
    (results.ApplyResult, TEXT): _apply_text,
    (results.ApplyResult, DOCUMENT): _apply_document,
    (results.ApplyResult, MARKDOWN): _apply_markdown,
    (results.ApplyResult, GITHUB): _apply_annotations,
    (results.ApplyResult, HTML): _view("apply_html.apply_page"),
    (results.LedgerResult, TEXT): _coloured("ledger.ledger_as_text"),
    (results.LedgerResult, DOCUMENT): _ledger_document,
    (results.LedgerResult, MARKDOWN): _ledger_markdown,
    (results.LedgerResult, HTML): _view("list_html.ledger_page"),
    (results.ListResult, TEXT): _coloured("listing.list_as_text"),
    (results.ListResult, DOCUMENT): _built_for("listing.list_document", "listed"),
    (results.ListResult, MARKDOWN): _view("listing.list_as_markdown"),
    (results.ListResult, HTML): _view("list_html.list_page"),
    (results.AdoptionResult, TEXT): _coloured("adoption.adoption_as_text"),
    (results.AdoptionResult, DOCUMENT): _adoption_document,
    (results.AdoptionResult, MARKDOWN): _view("adoption.adoption_as_markdown"),
    (results.AdoptionResult, HTML): _view("list_html.adoption_page"),
    (results.SidsResult, TEXT): _view("sids.sids_as_text"),
    (results.SidsResult, DOCUMENT): _built_for("sids.sids_document", "found"),
    (results.SidsResult, MARKDOWN): _view("sids.sids_as_markdown"),
    (results.SidsResult, HTML): _view("list_html.sids_page"),
    (results.DiffResult, TEXT): _view("environment_diff.diff_as_text"),
    (results.DiffResult, DOCUMENT): _built("environment_diff.diff_document", "diff"),
    (results.DiffResult, MARKDOWN): _view("environment_diff.diff_as_markdown"),
    (results.DiffResult, HTML): _view("list_html.diff_page"),
    (results.RehearsalResult, TEXT): _coloured("rehearsal.rehearsal_as_text"),
    (results.RehearsalResult, DOCUMENT): _built("rehearsal.rehearsal_document", "rehearsal"),
    (results.RehearsalResult, MARKDOWN): _view("rehearsal.rehearsal_as_markdown"),
    (results.RehearsalResult, HTML): _view("list_html.rehearsal_page"),
    (results.RepairPlanResult, TEXT): _coloured("repair.repair_as_text"),
    (results.RepairPlanResult, DOCUMENT): _built("repair.repair_document", "report"),
    (results.RepairPlanResult, MARKDOWN): _view("repair.repair_as_markdown"),
    (results.RepairPlanResult, HTML): _view("list_html.repair_page"),
    (results.DoctorResult, TEXT): _coloured("doctor.doctor_as_text"),
    (results.DoctorResult, DOCUMENT): _built("doctor.doctor_document", "diagnosis"),
    (results.DoctorResult, MARKDOWN): _doctor_markdown,
    (results.DoctorResult, GITHUB): _doctor_annotations,
    (results.DoctorResult, HTML): _view("run_html.run_page"),
}
"""What renders each type of result in each format; a type without a row is rendered like its base class."""


def _renderer(kind: type[Result], format_: str) -> Renderer:
    """Find the row of a type of result, or of its nearest base class."""
    return next(RENDERERS[each, format_] for each in kind.__mro__ if (each, format_) in RENDERERS)
