"""What `adopt --all` adopts, as a JSON document, as text and as Markdown."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from msgspec import Meta

from confsync.apply.adopting import adoptions_in
from confsync.diagnostics import Diagnostic
from confsync.plan.change import Change
from confsync.planning.make import LivePlan
from confsync.quoting import command_text, shown_address
from confsync.views.comment import Detail, fitted
from confsync.views.diagnostics_text import comment_heading, diagnostic_items
from confsync.views.documents import Document, Part, TargetPart, diagnostic_parts, part_of
from confsync.views.escaping import markdown_fence, printable, utf8_safe
from confsync.views.palette import PLAIN, Palette
from confsync.views.wording import SYMBOLS, counted


class AdoptedPart(Part, frozen=True, kw_only=True):
    """A live resource that confsync adopted or would adopt."""

    address: str
    kind: Annotated[str, Meta(description="The section, such as `roles`.")]
    type: Annotated[str, Meta(description="The resource type, such as `service role`.")]
    sid: str
    differs: Annotated[
        bool, Meta(description="Whether the resource differs from the configuration. If so, the next apply updates it.")
    ]


class AmbiguousPart(Part, frozen=True, kw_only=True):
    """A declared resource that matches several live resources."""

    address: str
    sids: list[str]


class AdoptionDocument(Document, frozen=True, kw_only=True):
    """The resources that `adopt --all` adopted or would adopt."""

    kind: Literal["adoption"] = "adoption"
    target: TargetPart
    recorded: Annotated[bool, Meta(description="Whether confsync recorded the resources in the ledger.")]
    adopted: list[AdoptedPart]
    ambiguous: Annotated[
        list[AmbiguousPart],
        Meta(
            description="Declared resources that each match several live resources. confsync does not adopt any of "
            "those live resources."
        ),
    ]


def adoption_document(
    plan: LivePlan, exit_code: int, *, recorded: bool, also: Iterable[Diagnostic] = ()
) -> AdoptionDocument:
    """Build the document. `also` are diagnostics of the run."""
    ambiguous = sorted(plan.snapshot.identity.ambiguous.items())
    return AdoptionDocument(
        exit_code=exit_code,
        diagnostics=diagnostic_parts(also),
        target=part_of(plan.target, TargetPart),
        recorded=recorded,
        adopted=list(map(_adopted_part, adoptions_in(plan))),
        ambiguous=[AmbiguousPart(address=utf8_safe(str(address)), sids=list(sids)) for address, sids in ambiguous],
    )


def adoption_as_text(document: AdoptionDocument, palette: Palette = PLAIN) -> str:
    """Render a line for each resource before it is recorded, and afterwards how many there are."""
    adopted = () if document.recorded else (f"  {palette.calm(SYMBOLS['adopt'])} {line}" for line in _adopted(document))
    ambiguous = () if document.recorded else (f"  {palette.changed('!')} {line}" for line in ambiguous_lines(document))
    lines = [*adopted, *ambiguous]
    blank = [""] if lines else []
    return "\n".join((*lines, *blank, palette.loud(adoption_summary(document)))) + "\n"


def adoption_summary(document: AdoptionDocument) -> str:
    """Say in one line how many resources are adopted."""
    number = len(document.adopted)
    if not number:
        return "Nothing to adopt."
    updated = sum(each.differs for each in document.adopted)
    rest = f" The next apply updates {updated:,} of them." if updated else ""
    if document.recorded:
        return f"Adopted: {counted(number, 'resource')}, recorded in the ledger. Nothing was sent to Twilio.{rest}"
    return f"To adopt: {counted(number, 'resource')}.{rest}"


def adoption_as_markdown(document: AdoptionDocument) -> str:
    """Render a comment with the same lines."""

    def page(detail: Detail) -> Iterator[str]:
        yield from comment_heading("adopt", document.target.environment)
        yield f"**{adoption_summary(document)}**"
        yield from diagnostic_items(document.diagnostics)
        lines = [*_adopted(document), *ambiguous_lines(document)]
        if lines and detail < Detail.NO_REMARKS:
            yield markdown_fence(lines, "text")

    return fitted(page)


def adopted_words(adopted: AdoptedPart) -> tuple[str, ...]:
    """Describe a resource after its address."""
    differs = ("differs from its declaration",) if adopted.differs else ()
    return f"({adopted.type}, {adopted.sid})", *differs


def ambiguous_lines(document: AdoptionDocument) -> Iterator[str]:
    """Say for each ambiguous address what to type."""
    adopt = command_text("adopt", "ADDRESS", "SID", options=document.target.options)
    for each in document.ambiguous:
        text = f"{shown_address(each.address)} could be any of {', '.join(each.sids)}"
        yield printable(f"{text}: choose one with {adopt}")


def _adopted(document: AdoptionDocument) -> Iterator[str]:
    for each in document.adopted:
        yield printable(" ".join((shown_address(each.address), *adopted_words(each))))


def _adopted_part(change: Change) -> AdoptedPart:
    found = change.match.found if change.match else None
    return AdoptedPart(
        address=utf8_safe(str(change.address)),
        kind=change.kind.section,
        type=found.described_type if found else change.kind.title,
        sid=str(change.sid),
        differs=change.writes,
    )
