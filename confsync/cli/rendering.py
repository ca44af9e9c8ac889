"""Prints a result: one table says what renders each type of result in each format.

A new format takes a row for each type that needs one; a new type of result takes a row for each format in which it
differs from its base class.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from confsync.cli import renderers, report_renderers, results
from confsync.cli.exit_result import DONE, ExitResult
from confsync.cli.formats import GITHUB, HTML, JSON, JUNIT, MARKDOWN, OPENMETRICS, TEXT
from confsync.cli.invocation import Invocation
from confsync.cli.renderers import Renderer, Rendering
from confsync.cli.results import Result

if TYPE_CHECKING:
    from confsync.cli.output_file import OutputFile
    from confsync.views.palette import Palette

STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
WORKSPACE = "GITHUB_WORKSPACE"
ACCOUNT = "TWILIO_ACCOUNT_SID"
DOCUMENT = "document"
"""Not a format by itself: the document from which a result is rendered in every format."""


def render(
    invocation: Invocation,
    format_: str,
    exit_result: ExitResult = DONE,
    palette: "Palette | None" = None,
    path: str | None = None,
) -> str:
    """Render the result of a run in a format; `path` is the file that gets it, if there is one."""
    result = invocation.result or Result()
    config = result.config
    rendering = Rendering(
        result=result,
        exit_result=exit_result,
        command=invocation.command,
        environment=config.environment.name if config else invocation.options.env,
        workspace=invocation.environ.get(WORKSPACE),
        palette=palette or invocation.console.palette,
        build_document=_renderer(type(result), DOCUMENT),
        seconds=invocation.seconds,
        path=path,
        account=invocation.environ.get(ACCOUNT, ""),
        target_options=invocation.target_options,
    )
    return str(_renderer(type(result), format_)(rendering))


def show_result(invocation: Invocation, result: Result) -> None:
    """Keep a result, and print it at once if the format streams. Files with the same text get it as well."""
    console = invocation.console
    invocation.keep(result)
    if invocation.prints_at_once(result):
        text = render(invocation, TEXT)
        if text:
            console.result(text)
    if files := [file for format_, file in console.also if format_ == TEXT]:
        from confsync.views.palette import PLAIN

        text = render(invocation, TEXT, palette=PLAIN)
        for file in files:
            console.write_also(file, text)


def print_document(invocation: Invocation, exit_result: ExitResult) -> None:
    """Print the result as one document. For GitHub, print annotations, and add the comment to the step summary.

    Raises LocalFileError.
    """
    console, summary = invocation.console, invocation.environ.get(STEP_SUMMARY)
    if invocation.format != GITHUB:
        console.result(render(invocation, invocation.format, exit_result, path=console.path))
        return
    console.command(render(invocation, GITHUB, exit_result))
    comment = render(invocation, MARKDOWN, exit_result)
    if summary:
        console.append(summary, comment)
    if invocation.options.output or not summary:
        console.result(comment)


def write_also(invocation: Invocation, format_: str, file: "OutputFile", exit_result: ExitResult) -> None:
    """Write the result to a file in another format, and put the file in place. Raises LocalFileError."""
    if format_ != TEXT:
        formatless = invocation.result is not None and invocation.result.formatless
        text = render(invocation, TEXT if formatless else format_, exit_result, path=file.path)
        invocation.console.write_also(file, text)
    invocation.console.close_also(file)


RENDERERS: Mapping[tuple[type[Result], str], Renderer] = {
    (results.Result, TEXT): renderers.no_text,
    (results.Result, DOCUMENT): renderers.diagnostics_document,
    (results.Result, JSON): renderers.view("documents.document_as_json"),
    (results.Result, MARKDOWN): renderers.diagnostics_markdown,
    (results.Result, GITHUB): renderers.annotations,
    (results.Result, HTML): renderers.view("run_page.run_page"),
    (results.Result, JUNIT): report_renderers.diagnostics_junit,
    (results.Result, OPENMETRICS): report_renderers.failed_run_openmetrics,
    (results.TextResult, TEXT): renderers.text,
    (results.ConfigurationResult, TEXT): renderers.configuration_text,
    (results.ConfigurationResult, DOCUMENT): renderers.configuration_document,
    (results.ConfigurationResult, HTML): renderers.view("run_page.run_page"),
    (results.EditResult, TEXT): renderers.edit_text,
    (results.PlanResult, TEXT): renderers.plan_text,
    (results.PlanResult, DOCUMENT): renderers.plan_document,
    (results.PlanResult, MARKDOWN): renderers.plan_markdown,
    (results.PlanResult, GITHUB): renderers.plan_annotations,
    (results.PlanResult, JUNIT): renderers.view("junit.plan_as_junit"),
    (results.PlanResult, HTML): renderers.view("plan.html.plan_page"),
    (results.DriftResult, TEXT): renderers.drift_text,
    (results.DriftResult, DOCUMENT): renderers.drift_document,
    (results.DriftResult, MARKDOWN): renderers.drift_markdown,
    (results.DriftResult, GITHUB): renderers.drift_annotations,
    (results.DriftResult, JUNIT): report_renderers.drift_junit,
    (results.DriftResult, OPENMETRICS): report_renderers.drift_openmetrics,
    (results.DriftResult, HTML): renderers.view("drift.html.drift_page"),
    (results.HistoryResult, TEXT): renderers.coloured("drift.history.history_as_text"),
    (results.HistoryResult, DOCUMENT): renderers.history_document,
    (results.HistoryResult, MARKDOWN): renderers.view("drift.history.history_as_markdown"),
    (results.HistoryResult, HTML): renderers.view("drift.history_html.history_page"),
    (results.ApplyResult, TEXT): renderers.apply_text,
    (results.ApplyResult, DOCUMENT): renderers.apply_document,
    (results.ApplyResult, MARKDOWN): renderers.apply_markdown,
    (results.ApplyResult, GITHUB): renderers.apply_annotations,
    (results.ApplyResult, HTML): renderers.view("apply.html.apply_page"),
    (results.LedgerResult, TEXT): renderers.coloured("lists.ledger.ledger_as_text"),
    (results.LedgerResult, DOCUMENT): renderers.ledger_document,
    (results.LedgerResult, MARKDOWN): renderers.ledger_markdown,
    (results.LedgerResult, HTML): renderers.view("lists.pages.ledger_page"),
    (results.ListResult, TEXT): renderers.coloured("lists.listing.list_as_text"),
    (results.ListResult, DOCUMENT): renderers.built_for("lists.listing.list_document", "listed"),
    (results.ListResult, MARKDOWN): renderers.view("lists.listing.list_as_markdown"),
    (results.ListResult, HTML): renderers.view("lists.pages.list_page"),
    (results.AdoptionResult, TEXT): renderers.coloured("lists.adoption.adoption_as_text"),
    (results.AdoptionResult, DOCUMENT): renderers.adoption_document,
    (results.AdoptionResult, MARKDOWN): renderers.view("lists.adoption.adoption_as_markdown"),
    (results.AdoptionResult, HTML): renderers.view("lists.pages.adoption_page"),
    (results.ExportResult, TEXT): renderers.view("lists.export.export_as_text"),
    (results.ExportResult, DOCUMENT): renderers.built("lists.export.export_document", "written"),
    (results.ExportResult, MARKDOWN): renderers.view("lists.export.export_as_markdown"),
    (results.ExportResult, HTML): renderers.view("lists.pages.export_page"),
    (results.ImportResult, TEXT): renderers.view("lists.terraform_import.import_as_text"),
    (results.ImportResult, DOCUMENT): renderers.built("lists.terraform_import.import_document", "written"),
    (results.ImportResult, MARKDOWN): renderers.view("lists.terraform_import.import_as_markdown"),
    (results.ImportResult, HTML): renderers.view("lists.pages.import_page"),
    (results.InitResult, TEXT): renderers.view("lists.starter.init_as_text"),
    (results.InitResult, DOCUMENT): renderers.init_document,
    (results.InitResult, MARKDOWN): renderers.view("lists.starter.init_as_markdown"),
    (results.InitResult, HTML): renderers.view("lists.pages.init_page"),
    (results.SidsResult, TEXT): renderers.view("lists.sids.sids_as_text"),
    (results.SidsResult, DOCUMENT): renderers.built_for("lists.sids.sids_document", "found"),
    (results.SidsResult, MARKDOWN): renderers.view("lists.sids.sids_as_markdown"),
    (results.SidsResult, HTML): renderers.view("lists.pages.sids_page"),
    (results.DiffResult, TEXT): renderers.view("lists.environment_diff.diff_as_text"),
    (results.DiffResult, DOCUMENT): renderers.built("lists.environment_diff.diff_document", "diff"),
    (results.DiffResult, MARKDOWN): renderers.view("lists.environment_diff.diff_as_markdown"),
    (results.DiffResult, HTML): renderers.view("lists.pages.diff_page"),
    (results.PullResult, TEXT): renderers.view("lists.pull.pull_as_text"),
    (results.PullResult, DOCUMENT): renderers.built_for("lists.pull.pull_document", "found"),
    (results.PullResult, MARKDOWN): renderers.view("lists.pull.pull_as_markdown"),
    (results.PullResult, HTML): renderers.view("lists.pages.pull_page"),
    (results.FormatResult, TEXT): renderers.view("lists.formatted.format_as_text"),
    (results.FormatResult, DOCUMENT): renderers.built("lists.formatted.format_document", "formatted"),
    (results.FormatResult, MARKDOWN): renderers.view("lists.formatted.format_as_markdown"),
    (results.FormatResult, HTML): renderers.view("lists.pages.format_page"),
    (results.ExplainResult, TEXT): renderers.coloured("lists.explanation.explain_as_text"),
    (results.ExplainResult, DOCUMENT): renderers.built_for("lists.explanation.explain_document", "explanation"),
    (results.ExplainResult, MARKDOWN): renderers.view("lists.explanation.explain_as_markdown"),
    (results.ExplainResult, HTML): renderers.view("lists.pages.explain_page"),
    (results.RehearsalResult, TEXT): renderers.coloured("lists.rehearsal.rehearsal_as_text"),
    (results.RehearsalResult, DOCUMENT): renderers.built("lists.rehearsal.rehearsal_document", "rehearsal"),
    (results.RehearsalResult, MARKDOWN): renderers.view("lists.rehearsal.rehearsal_as_markdown"),
    (results.RehearsalResult, HTML): renderers.view("lists.pages.rehearsal_page"),
    (results.RepairPlanResult, TEXT): renderers.coloured("lists.repair.repair_as_text"),
    (results.RepairPlanResult, DOCUMENT): renderers.built("lists.repair.repair_document", "report"),
    (results.RepairPlanResult, MARKDOWN): renderers.view("lists.repair.repair_as_markdown"),
    (results.RepairPlanResult, HTML): renderers.view("lists.pages.repair_page"),
    (results.DoctorResult, TEXT): renderers.coloured("doctor.doctor_as_text"),
    (results.DoctorResult, DOCUMENT): renderers.built("doctor.doctor_document", "diagnosis"),
    (results.DoctorResult, MARKDOWN): renderers.doctor_markdown,
    (results.DoctorResult, GITHUB): renderers.doctor_annotations,
    (results.DoctorResult, HTML): renderers.view("run_page.run_page"),
}
"""What renders each type of result in each format; a type without a row is rendered like its base class."""


def _renderer(kind: type[Result], format_: str) -> Renderer:
    """Find the row of a type of result, or of its nearest base class."""
    return next(RENDERERS[each, format_] for each in kind.__mro__ if (each, format_) in RENDERERS)
