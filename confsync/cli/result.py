"""Prints what came of a run as one document, in the format that was asked for."""

from collections.abc import Callable, Mapping

from confsync.cli.document import annotations_of, document_of, markdown_of, page_document_of
from confsync.cli.exit_result import ExitResult
from confsync.cli.formats import GITHUB, HTML, JSON, MARKDOWN
from confsync.cli.run import Run

STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
WORKSPACE = "GITHUB_WORKSPACE"


def print_whole(run: Run, ending: ExitResult) -> None:
    """Print the document of a run that told nothing so far. Raises LocalFileError where it cannot be written."""
    _AT_THE_END[run.format](run, ending)


def _json(run: Run, ending: ExitResult) -> None:
    from confsync.views.documents import document_as_json

    run.console.result(document_as_json(document_of(run, ending)))


def _markdown(run: Run, ending: ExitResult) -> None:
    run.console.result(markdown_of(run, ending))


def _github(run: Run, ending: ExitResult) -> None:
    """Tell the runner first; then the page of the step, and what was asked for besides."""
    run.console.command("".join(annotations_of(run, ending, run.environ.get(WORKSPACE))))
    page, summary = markdown_of(run, ending), run.environ.get(STEP_SUMMARY)
    if summary:
        run.console.append(summary, page)
    if run.options.output or not summary:
        run.console.result(page)


def _html(run: Run, ending: ExitResult) -> None:
    from confsync.views.plan_html import document_as_html

    run.console.result(document_as_html(page_document_of(run, ending)))


_AT_THE_END: Mapping[str, Callable[[Run, ExitResult], None]] = {
    JSON: _json,
    MARKDOWN: _markdown,
    GITHUB: _github,
    HTML: _html,
}
