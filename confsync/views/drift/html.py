"""A drift as an HTML page."""

from collections.abc import Iterator

from confsync.views import wording
from confsync.views.drift.document import DriftDocument
from confsync.views.drift.groups import coverage_text, drift_summary
from confsync.views.drift.news import marked_groups, marked_remarks, news_text
from confsync.views.html.diagnostics import errors_of, warnings_of
from confsync.views.html.page import Markup, element, facts, header, joined, left_alone, page, prose
from confsync.views.plan.html import badges, guardrail_card, plan_facts
from confsync.views.remarks import Remark, unmanaged_count


def drift_page(document: DriftDocument) -> str:
    """Render the page: the numbers, the findings by what changed, then what is left alone."""
    summary = drift_summary(document)
    return page(summary if summary.startswith("Drift: ") else f"Drift: {summary}", _header(document), _body(document))


def _header(document: DriftDocument) -> Markup:
    return header(
        "Drift",
        badges(document),
        [joined([drift_summary(document)])],
        element("p", wording.target_text(document.target, document.ledger), class_="target"),
        *(element("p", each, class_="news") for each in filter(None, [news_text(document)])),
        *errors_of(document),
        element("section", *(guardrail_card(each, {}, {}) for each in document.guardrails)),
        facts(plan_facts(document)),
    )


def _body(document: DriftDocument) -> Iterator[Markup]:
    yield from warnings_of(document)
    for group in marked_groups(document):
        yield left_alone(Remark(group.title, group.lines, symbol=group.symbol, things=group.number), folded=False)
        yield from (element("p", prose(each)) for each in group.advice)
    yield from map(left_alone, marked_remarks(document, most=None))
    for line in filter(None, (unmanaged_count(document), coverage_text(document))):
        yield element("p", prose(line))
