"""A drift as text, for a terminal."""

from collections.abc import Iterator

from confsync.quoting import shown_address
from confsync.views import wording
from confsync.views.drift.document import DriftDocument
from confsync.views.drift.groups import DriftGroup, coverage_text, drift_summary
from confsync.views.drift.news import marked_groups, marked_remarks, news_text
from confsync.views.escaping import printable
from confsync.views.palette import PLAIN, Palette
from confsync.views.plan.text import guardrail_lines, remark_lines
from confsync.views.remarks import unmanaged_count


def drift_as_text(document: DriftDocument, palette: Palette = PLAIN, *, brief: bool = False) -> str:
    """Render a drift: the account, the findings by what changed, what is left alone, then the numbers.

    A brief drift has one line for each sort of finding.
    """
    return "\n".join(_lines(document, palette, brief=brief)) + "\n"


def _lines(document: DriftDocument, palette: Palette, *, brief: bool) -> Iterator[str]:
    yield palette.loud(f"Drift for {wording.target_text(document.target, document.ledger)}")
    yield f"Configuration: {wording.configuration_text(document.configuration)}"
    yield from (f"{name}: {text}" for name, text in wording.intent_lines(document))
    yield ""
    for group in marked_groups(document):
        yield from _brief_group(group) if brief else _group(group, palette)
    for remark in marked_remarks(document):
        yield from remark_lines(remark, palette)
    for line in filter(None, (unmanaged_count(document), coverage_text(document))):
        yield from (line, "")
    yield palette.total(drift_summary(document))
    yield from filter(None, [news_text(document)])
    for guardrail in document.guardrails:
        yield from ("", *guardrail_lines(guardrail, palette))


def _brief_group(group: DriftGroup) -> Iterator[str]:
    yield f"{group.title}: {group.number:,}"


def _group(group: DriftGroup, palette: Palette) -> Iterator[str]:
    colour = {"-": palette.failure, "!": palette.changed}.get(group.symbol, palette.calm)
    yield palette.loud(f"{group.title} ({group.number:,}):")
    for line in group.lines:
        yield f"  {colour(group.symbol)} {palette.start(line.marked_text, printable(shown_address(line.address)))}"
        yield from (palette.faint(f"      {each}") for each in line.advice)
    yield from (palette.faint(f"    {each}") for each in group.advice)
    yield ""
