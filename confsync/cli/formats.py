"""What a result may be printed as. Text is told piece by piece; any other format is one document, told at the end."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from confsync.cli.ending import Ending
    from confsync.cli.run import Run

TEXT = "text"
STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
WORKSPACE = "GITHUB_WORKSPACE"


def _json(run: "Run", ending: "Ending") -> None:
    from confsync.cli.document import document_of
    from confsync.views.json_text import as_json

    run.outlet.result(as_json(document_of(run, ending)))


def _markdown(run: "Run", ending: "Ending") -> None:
    from confsync.cli.document import markdown_of

    run.outlet.result(markdown_of(run, ending))


def _github(run: "Run", ending: "Ending") -> None:
    """Tell the runner first; then the page of the step, and what was asked for besides."""
    from confsync.cli.document import annotations_of, markdown_of

    run.outlet.command("".join(annotations_of(run, ending, run.environ.get(WORKSPACE))))
    page, summary = markdown_of(run, ending), run.environ.get(STEP_SUMMARY)
    if summary:
        run.outlet.append(summary, page)
    if run.options.output or not summary:
        run.outlet.result(page)


def _html(run: "Run", ending: "Ending") -> None:
    from confsync.cli.document import page_document_of
    from confsync.views.plan_html import as_html

    run.outlet.result(as_html(page_document_of(run, ending)))


AT_THE_END: Mapping[str, Callable[["Run", "Ending"], None]] = {
    "json": _json,
    "markdown": _markdown,
    "github": _github,
    "html": _html,
}
"""One line for each format that is a document. Raises LocalFileTrouble where it cannot be written."""

FORMATS = (TEXT, *AT_THE_END)
