"""Prints what came of a run as one document, in the format that was asked for."""

from collections.abc import Callable, Mapping

from confsync.cli.document import annotations_of, document_of, markdown_of, page_document_of
from confsync.cli.ending import Ending
from confsync.cli.formats import GITHUB, HTML, JSON, MARKDOWN
from confsync.cli.run import Run

STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
WORKSPACE = "GITHUB_WORKSPACE"


def print_whole(run: Run, ending: Ending) -> None:
    """Print the document of a run that told nothing so far. Raises LocalFileTrouble where it cannot be written."""
    _AT_THE_END[run.format](run, ending)


def _json(run: Run, ending: Ending) -> None:
    from confsync.views.json_text import as_json

    run.outlet.result(as_json(document_of(run, ending)))


def _markdown(run: Run, ending: Ending) -> None:
    run.outlet.result(markdown_of(run, ending))


def _github(run: Run, ending: Ending) -> None:
    """Tell the runner first; then the page of the step, and what was asked for besides."""
    run.outlet.command("".join(annotations_of(run, ending, run.environ.get(WORKSPACE))))
    page, summary = markdown_of(run, ending), run.environ.get(STEP_SUMMARY)
    if summary:
        run.outlet.append(summary, page)
    if run.options.output or not summary:
        run.outlet.result(page)


def _html(run: Run, ending: Ending) -> None:
    from confsync.views.plan_html import as_html

    run.outlet.result(as_html(page_document_of(run, ending)))


_AT_THE_END: Mapping[str, Callable[[Run, Ending], None]] = {
    JSON: _json,
    MARKDOWN: _markdown,
    GITHUB: _github,
    HTML: _html,
}
