"""What a repair of duplicates deletes, as a JSON document, as text and as Markdown."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from msgspec import Meta

from confsync.apply.repair_report import RepairOutcome, RepairReport, RepairStatus
from confsync.diagnostics import Diagnostic
from confsync.quoting import shown_address
from confsync.views.advice import Advice
from confsync.views.comment import Detail, clipped, fitted
from confsync.views.diagnostics_text import comment_heading, diagnostic_items
from confsync.views.documents import Document, Part, TargetPart, diagnostic_parts, part_of
from confsync.views.escaping import markdown, printable, utf8_safe
from confsync.views.palette import PLAIN, Palette

StatusWord = Literal["to_delete", "left_alone", "deleted", "failed", "unknown"]


class DuplicatePart(Part, frozen=True, kw_only=True):
    """Two identical live resources, and what happens to the newer one."""

    address: Annotated[str, Meta(description="The address of the resource that confsync owns.")]
    kind: Annotated[str, Meta(description="The section, such as `roles`.")]
    type: Annotated[str, Meta(description="The resource type, such as `service role`.")]
    sid: Annotated[str, Meta(description="The SID of the newer resource.")]
    created: Annotated[str, Meta(description="The creation time of the newer resource, in Twilio's format.")]
    older_sid: Annotated[str, Meta(description="The SID of the older resource, which is kept.")]
    older_created: Annotated[str, Meta(description="The creation time of the older resource, in Twilio's format.")]
    owned: Annotated[
        bool,
        Meta(
            description="Whether confsync owns the newer resource. If so, the repair transfers ownership to the older "
            "one."
        ),
    ]
    status: StatusWord
    reason: Annotated[Advice, Meta(description="Why the newer resource is kept, or why its deletion failed.")]


class RepairSummaryPart(Part, frozen=True, kw_only=True):
    """The number of duplicates with each status."""

    to_delete: int
    left_alone: int
    deleted: int
    failed: int
    unknown: int


class RepairDocument(Document, frozen=True, kw_only=True):
    """What `repair duplicates` found and deleted."""

    kind: Literal["repair"] = "repair"
    target: TargetPart
    duplicates: list[DuplicatePart]
    summary: RepairSummaryPart


def repair_document(report: RepairReport, exit_code: int, also: Iterable[Diagnostic] = ()) -> RepairDocument:
    """Build the document. `also` are diagnostics of the run."""
    duplicates = list(map(_duplicate_part, report))
    counts = Counter(each.status for each in duplicates)
    return RepairDocument(
        exit_code=exit_code,
        diagnostics=diagnostic_parts(also),
        target=part_of(report.target, TargetPart),
        duplicates=duplicates,
        summary=RepairSummaryPart(**{each.value: counts[each.value] for each in RepairStatus}),
    )


def repair_as_text(document: RepairDocument, palette: Palette = PLAIN) -> str:
    """Render two lines for each pair, then the numbers."""
    lines = [line for each in document.duplicates for line in _lines(each, palette)]
    blank = [""] if lines else []
    return "\n".join((*lines, *blank, palette.total(repair_summary(document)))) + "\n"


def repair_summary(document: RepairDocument) -> str:
    """Count the duplicates by what becomes of them, in one line."""
    if not document.duplicates:
        return "No duplicates."
    count = document.summary
    words = {"to delete": count.to_delete, "deleted": count.deleted, "failed": count.failed, "unknown": count.unknown}
    numbers = [f"{number:,} {word}" for word, number in (words | {"left alone": count.left_alone}).items() if number]
    return f"Duplicates: {', '.join(numbers)}."


def repair_as_markdown(document: RepairDocument) -> str:
    """Render a comment with the same lines."""

    def page(detail: Detail) -> Iterator[str]:
        yield from comment_heading("repair duplicates", document.target.environment)
        yield f"**{repair_summary(document)}**"
        yield from diagnostic_items(document.diagnostics)
        if detail < Detail.NO_REMARKS:
            yield from (f"- {markdown(clipped('; '.join(duplicate_texts(each))))}" for each in document.duplicates)

    return fitted(page)


def duplicate_texts(duplicate: DuplicatePart) -> tuple[str, str]:
    """Name both resources, then say what becomes of the newer one and why."""
    ours = " (the one that confsync owns)" if duplicate.owned else ""
    newer = f"{duplicate.sid}{ours}, created {duplicate.created}"
    older = f"{duplicate.older_sid}, created {duplicate.older_created}"
    pair = f"{shown_address(duplicate.address)} ({duplicate.type}): {newer}, equals {older}"
    status = duplicate.status.replace("_", " ")
    return printable(pair), printable(f"{status}: {duplicate.reason}" if duplicate.reason else status)


def _lines(duplicate: DuplicatePart, palette: Palette) -> Iterator[str]:
    pair, outcome = duplicate_texts(duplicate)
    deletes = duplicate.status in ("to_delete", "deleted")
    symbol = palette.failure("-") if deletes else palette.calm("?")
    yield f"  {symbol} {palette.start(pair, printable(shown_address(duplicate.address)))}"
    yield f"      {outcome}"


def _duplicate_part(outcome: RepairOutcome) -> DuplicatePart:
    step = outcome.step
    return part_of(
        outcome,
        DuplicatePart,
        address=utf8_safe(str(step.address)),
        kind=step.newer.kind.section,
        type=step.newer.described_type,
        sid=str(step.newer.sid),
        created=utf8_safe(str(step.newer.date_created)),
        older_sid=str(step.older.sid),
        older_created=utf8_safe(str(step.older.date_created)),
        owned=step.entry is not None,
        reason=utf8_safe(outcome.error.happened if outcome.error else step.reason),
    )
