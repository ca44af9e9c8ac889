"""An apply as an HTML page with the outcome of each change, or the diagnostics of any other run."""

import json
from collections.abc import Iterator, Mapping

from msgspec.structs import asdict

from confsync.views.documents import Document, Plain
from confsync.views.page_html import NOTHING, Markup, diagnostic_markup, element, facts, joined, page
from confsync.views.report_document import ApplyDocument, MismatchPart, OutcomePart
from confsync.views.wording import MISMATCHES, place_text

TONES: Mapping[str, str] = {"done": "create", "unknown": "delete", "failed": "delete"}
"""The action whose colour an outcome has; others have none."""


def report_as_html(document: Document) -> str:
    """Render the page of an apply, or of a run that has only diagnostics."""
    title = document.kind.capitalize()
    sentence = _sentence(document)
    header = element("header", element("h1", title), element("p", sentence, class_="counts"), facts(_facts(document)))
    return page(f"{title}: {sentence}", header, _body(document))


def _sentence(document: Document) -> str:
    if isinstance(document, ApplyDocument):
        counts = [f"{count:,} {name.replace('_', ' ')}" for name, count in asdict(document.summary).items() if count]
        return ", ".join(counts) or "Nothing to do."
    severities = [each.severity for each in document.diagnostics]
    counts = [
        f"{count:,} {name}{'s' * (count > 1)}" for name in ("error", "warning") if (count := severities.count(name))
    ]
    return ", ".join(counts) or "Nothing is wrong."


def _facts(document: Document) -> Iterator[tuple[str, Markup]]:
    if isinstance(document, ApplyDocument):
        emulator = " (emulator)" if document.target.emulator else ""
        yield "account", element("code", f"{document.target.account_sid}{emulator}")
        yield "environment", joined([document.target.environment or "none (account not checked)"])
        yield "requests", joined([f"{document.requests.reads:,} read, {document.requests.writes:,} written"])
    yield "exit code", joined([str(document.exit_code)])
    yield "made", joined([f"by confsync {document.confsync_version}"])


def _body(document: Document) -> Iterator[Markup]:
    yield from map(diagnostic_markup, document.diagnostics)
    if isinstance(document, ApplyDocument) and document.outcomes:
        yield element("h2", "Outcomes ", element("small", f"{len(document.outcomes):,}"))
        yield element("div", *map(_outcome, document.outcomes), class_="group")
    if isinstance(document, ApplyDocument) and document.mismatches:
        yield element("h2", f"{MISMATCHES} ", element("small", f"{len(document.mismatches):,}"))
        yield element("div", *map(_mismatch, document.mismatches), class_="group")


def _outcome(outcome: OutcomePart) -> Markup:
    """Render how one change ended; if it failed, also why and what to do."""
    status = element("span", outcome.status.replace("_", " "), data_actions=TONES.get(outcome.status, ""))
    line = (element("h3", outcome.address), element("span", f"{outcome.action}: ", status, class_="actions"))
    return element("div", element("div", *line, class_="line"), _error(outcome), class_="outcome")


def _mismatch(mismatch: MismatchPart) -> Markup:
    """Render a value that Twilio stored differently, and what to paste to accept it."""
    sides = (
        element("del", _shown(mismatch.desired)),
        " was sent, and Twilio stored ",
        element("ins", _shown(mismatch.live)),
    )
    hint = ("To accept it, paste under ", element("code", "lifecycle"), ": ", element("code", mismatch.accept))
    place = element("code", place_text(mismatch.source))
    body = (
        element("p", *sides),
        element("p", *hint) if mismatch.accept else NOTHING,
        element("p", place, class_="why"),
    )
    line = element(
        "div",
        element("h3", f"{mismatch.address}#{mismatch.path}" if mismatch.path else mismatch.address),
        class_="line",
    )
    return element("div", line, element("div", *body, class_="body"), class_="outcome")


def _shown(value: Plain) -> str:
    return json.dumps(value, ensure_ascii=False)


def _error(outcome: OutcomePart) -> Markup:
    if outcome.error is None:
        return NOTHING
    place = place_text(outcome.error.source)
    text = (element("p", outcome.error.summary, class_="loss"), element("p", outcome.error.hint))
    return element("div", *text, element("p", element("code", place), class_="why"), class_="body")
