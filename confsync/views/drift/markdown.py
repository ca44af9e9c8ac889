"""A drift as a comment, for an issue or a chat."""

from collections.abc import Iterator

from confsync.views.comment import Detail, clipped, fitted
from confsync.views.diagnostics_text import diagnostic_items
from confsync.views.drift.document import DriftDocument
from confsync.views.drift.groups import DriftGroup, coverage_text, drift_summary
from confsync.views.drift.news import marked_groups, marked_remarks, news_text
from confsync.views.escaping import markdown
from confsync.views.plan.markdown import (
    guardrail_items,
    left_out_note,
    plan_heading,
    remark_item,
    remark_sections,
    run_diagnostics,
)


def drift_as_markdown(document: DriftDocument, *, brief: bool = False) -> str:
    """Render the comment: the numbers, the findings by what changed, then what is left alone."""

    def page(detail: Detail) -> Iterator[str]:
        yield from plan_heading(document, "drift")
        yield f"**{drift_summary(document)}**"
        yield from filter(None, [news_text(document)])
        yield from left_out_note(document, detail, brief=brief, verb="drift")
        yield from diagnostic_items(run_diagnostics(document.diagnostics))
        yield from guardrail_items(document.guardrails, detail)
        for group in marked_groups(document):
            yield from _group(group, counted=detail >= Detail.NO_UPDATES or brief)
        if coverage := coverage_text(document):
            yield markdown(coverage)
        yield from remark_sections(document, detail, marked_remarks(document))

    return fitted(page, brief=brief)


def _group(group: DriftGroup, *, counted: bool) -> Iterator[str]:
    if counted:
        yield f"### {group.title}: {group.number:,}"
        return
    yield f"### {group.title} ({group.number:,})"
    for line in group.lines:
        yield remark_item(line)
    yield from (markdown(clipped(each)) for each in group.advice)
