"""The HTML page of a run without a plan: its errors and warnings, and every check of a doctor."""

from collections import Counter
from collections.abc import Iterator

from confsync.views.doctor import CheckPart, DoctorDocument
from confsync.views.documents import DiagnosticPart, Document
from confsync.views.html.diagnostics import diagnostic_markup
from confsync.views.html.page import NOTHING, Markup, count_markup, element, facts, header, joined, page, prose


def run_page(document: Document) -> str:
    """Render the page."""
    title, counts = document.kind.capitalize(), list(_counts(document))
    sentence = ", ".join(f"{count:,} {words}" for count, words, _ in counts) or "Nothing is wrong."
    large = [count_markup(count, words, data_status=status) for count, words, status in counts]
    about = [("exit code", str(document.exit_code)), ("made", f"by confsync {document.confsync_version}")]
    return page(
        f"{title}: {sentence}",
        header(title, (), large or [joined([sentence])], facts((name, joined([text])) for name, text in about)),
        _body(document),
    )


def _counts(document: Document) -> Iterator[tuple[int, str, str]]:
    """Count the checks by status, or the errors and the warnings, the most severe first."""
    counts = Counter[str](each.severity for each in _diagnostics(document))
    if isinstance(document, DoctorDocument):
        counts.update(each.status for each in document.checks)
    for status in ("error", "failed", "warning", "not checked", "ok"):
        if number := counts[status]:
            yield number, f"{status}s" if number > 1 and status in ("error", "warning") else status, status


def _diagnostics(document: Document) -> list[DiagnosticPart]:
    """Select what to show: a failed check already says what the error of the whole run says."""
    said = (
        {each.text for each in document.checks if each.status == "failed"}
        if isinstance(document, DoctorDocument)
        else set()
    )
    return [each for each in document.diagnostics if not any(text in each.summary for text in said)]


def _body(document: Document) -> Iterator[Markup]:
    yield from map(diagnostic_markup, _diagnostics(document))
    if isinstance(document, DoctorDocument):
        yield element("div", *map(_check, document.checks), class_="group")


def _check(check: CheckPart) -> Markup:
    """Render a check, and what to do unless all is well."""
    said = (element("p", prose(check.text)), element("p", prose(check.hint), class_="why") if check.hint else NOTHING)
    return element(
        "div", element("b", check.status), element("h3", check.name), *said, class_="check", data_status=check.status
    )
