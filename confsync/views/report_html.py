"""How a run ended, as a page: each change of an apply with its outcome, or the mistakes that kept a plan from being."""

import json
from collections.abc import Iterator, Mapping

from confsync.views.documents import Document
from confsync.views.markup import NOTHING, Markup, element, joined
from confsync.views.page_html import diagnostic, facts, page
from confsync.views.report_parts import ApplyDocument, MismatchPart, OutcomePart
from confsync.views.values import Plain

TONES: Mapping[str, str] = {"done": "create", "unknown": "delete", "failed": "delete"}
"""An outcome has the colour of this action; one that is not here has none."""


def as_html(document: Document) -> str:
    """Make the page of an apply, or of a run that has nothing but diagnostics to tell."""
    title = document.kind.capitalize()
    sentence = _sentence(document)
    header = element("header", element("h1", title), element("p", sentence, class_="counts"), facts(_facts(document)))
    return page(f"{title}: {sentence}", header, _body(document))


def _sentence(document: Document) -> str:
    if isinstance(document, ApplyDocument):
        counts = [f"{count:,} {name.replace('_', ' ')}" for name, count in document.summary if count]
        return ", ".join(counts) or "Nothing to do."
    said = [each.severity for each in document.diagnostics]
    counts = [f"{count:,} {name}{'s' * (count > 1)}" for name in ("error", "warning") if (count := said.count(name))]
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
    yield from map(diagnostic, document.diagnostics)
    if isinstance(document, ApplyDocument) and document.outcomes:
        yield element("h2", "Outcomes ", element("small", f"{len(document.outcomes):,}"))
        yield element("div", *map(_outcome, document.outcomes), class_="group")
    if isinstance(document, ApplyDocument) and document.mismatches:
        yield element("h2", "Stored differently by Twilio ", element("small", f"{len(document.mismatches):,}"))
        yield element("div", *map(_kept, document.mismatches), class_="group")


def _outcome(outcome: OutcomePart) -> Markup:
    """Show how one change ended; of one that did not end well, why, and what to do."""
    status = element("span", outcome.status.replace("_", " "), data_actions=TONES.get(outcome.status, ""))
    told = (element("h3", outcome.address), element("span", f"{outcome.action}: ", status, class_="actions"))
    return element("div", element("div", *told, class_="line"), _error(outcome), class_="outcome")


def _kept(kept: MismatchPart) -> Markup:
    """Show a value that was not taken as it was sent, and what to paste."""
    sides = (element("del", _shown(kept.wanted)), " was sent, and is kept as ", element("ins", _shown(kept.live)))
    hint = ("To accept it, paste under ", element("code", "lifecycle"), ": ", element("code", kept.accept))
    place = element("code", f"{kept.source.file}:{kept.source.line}")
    body = (element("p", *sides), element("p", *hint) if kept.accept else NOTHING, element("p", place, class_="why"))
    line = element("div", element("h3", f"{kept.address}#{kept.path}" if kept.path else kept.address), class_="line")
    return element("div", line, element("div", *body, class_="body"), class_="outcome")


def _shown(value: Plain) -> str:
    return json.dumps(value, ensure_ascii=False)


def _error(outcome: OutcomePart) -> Markup:
    if outcome.error is None:
        return NOTHING
    place = f"{outcome.error.source.file}:{outcome.error.source.line}"
    said = (element("p", outcome.error.summary, class_="loss"), element("p", outcome.error.hint))
    return element("div", *said, element("p", element("code", place), class_="why"), class_="body")
