"""An error or a warning on a page, with the line that it is about and a mark on what is wrong in it."""

from confsync.views.diagnostics_text import cut_snippet
from confsync.views.documents import DiagnosticPart, Document
from confsync.views.html.page import NOTHING, Markup, element, prose


def errors_of(document: Document) -> list[Markup]:
    """Render the errors of a run, which belong to the head of its page."""
    return [diagnostic_markup(each) for each in document.diagnostics if each.severity == "error"]


def warnings_of(document: Document) -> list[Markup]:
    """Render the warnings of a run."""
    return [diagnostic_markup(each) for each in document.diagnostics if each.severity == "warning"]


def diagnostic_markup(diagnostic: DiagnosticPart) -> Markup:
    """Render an error or a warning."""
    found, detail = diagnostic.range, diagnostic.detail
    return element(
        "section",
        element("h2", f"{diagnostic.severity} {diagnostic.code}: ", prose(diagnostic.summary)),
        element("p", prose(detail)) if detail else NOTHING,
        element("p", element("code", found.place), class_="why") if found else NOTHING,
        _snippet(diagnostic),
        class_=diagnostic.severity,
    )


def _snippet(diagnostic: DiagnosticPart) -> Markup:
    if diagnostic.range is None or not diagnostic.snippet:
        return NOTHING
    before, marked, after = cut_snippet(diagnostic.snippet, diagnostic.range)
    return element("pre", before.lstrip(), element("mark", marked) if marked else NOTHING, after)
