"""Which files of a configuration were formatted, as a JSON document, as text and as Markdown."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from msgspec import Meta

from confsync.diagnostics import Diagnostic
from confsync.plan.formatted import Formatted
from confsync.redaction import mask_urls
from confsync.views.comment import Detail, fitted
from confsync.views.diagnostics_text import comment_heading
from confsync.views.documents import Document, Part, diagnostic_parts
from confsync.views.escaping import markdown_fence, printable, utf8_safe
from confsync.views.wording import counted


class FormattedFilePart(Part, frozen=True, kw_only=True):
    """One file of the configuration."""

    path: str
    differs: Annotated[bool, Meta(description="Whether the file differed from the standard format.")]
    diff: Annotated[
        list[str], Meta(description="The lines of a unified diff between the file and its standard format.")
    ]


class FormatDocument(Document, frozen=True, kw_only=True):
    """Which files `fmt` changed or, with `--check`, would change."""

    kind: Literal["fmt"] = "fmt"
    check: Annotated[bool, Meta(description="Whether the command ran with `--check`.")]
    files: list[FormattedFilePart]


def format_document(formatted: Formatted, exit_code: int, also: Iterable[Diagnostic] = ()) -> FormatDocument:
    """Build the document. `also` are diagnostics of the run."""
    return FormatDocument(
        exit_code=exit_code,
        diagnostics=diagnostic_parts(also),
        check=formatted.check,
        files=[
            FormattedFilePart(
                path=utf8_safe(each.path),
                differs=bool(each.lines),
                diff=[utf8_safe(mask_urls(line)) for line in each.lines],
            )
            for each in formatted.files
        ],
    )


def format_as_text(document: FormatDocument) -> str:
    """Render the diff if the files were only checked, otherwise a line for each file that was rewritten."""
    return "".join(f"{printable(line)}\n" for line in (*_lines(document), format_summary(document)))


def format_as_markdown(document: FormatDocument) -> str:
    """Render a comment with the same lines."""

    def page(detail: Detail) -> Iterator[str]:
        yield from comment_heading("fmt", None)
        yield f"**{format_summary(document)}**"
        lines = list(map(printable, _lines(document)))
        if lines and detail < Detail.NO_REMARKS:
            yield markdown_fence(lines, "diff" if document.check else "text")

    return fitted(page)


def format_summary(document: FormatDocument) -> str:
    """Count the files in one line."""
    number, files = sum(each.differs for each in document.files), counted(len(document.files), "file")
    if not number:
        return f"Nothing to format in {files}."
    done = "was" if number == 1 else "were"
    return f"{number} of {files} {'must be' if document.check else done} formatted."


def _lines(document: FormatDocument) -> Iterator[str]:
    for each in document.files:
        if document.check:
            yield from each.diff
        elif each.differs:
            yield f"Formatted {each.path}"
