"""What a pull wrote, or did not write, as a JSON document, as text and as Markdown."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from msgspec import Meta

from confsync.diagnostics import Diagnostic, Position
from confsync.names import Address
from confsync.plan.pull import LeftAlone, Pull, PulledField, RefusedField
from confsync.quoting import shown_address
from confsync.redaction import mask_urls
from confsync.views.advice import Advice
from confsync.views.comment import Detail, fitted
from confsync.views.diagnostics_text import comment_heading
from confsync.views.documents import Document, Part, Plain, SourcePart, diagnostic_parts, part_of
from confsync.views.escaping import markdown_fence, printable, utf8_safe
from confsync.views.plan_builder import plain_value, value_type
from confsync.views.plan_document import ValueType
from confsync.views.wording import counted, place_text


class PulledPart(Part, frozen=True, kw_only=True):
    """A field whose live value `pull` writes to the configuration."""

    address: str
    path: str
    configuration: Annotated[Plain, Meta(description="The declared value that `pull` replaces.")]
    live: Annotated[Plain, Meta(description="The value in Twilio. In a URL, everything after the host may be masked.")]
    value_type: ValueType
    source: Annotated[SourcePart, Meta(description="Where the declared value is written.")]


class RefusedPart(Part, frozen=True, kw_only=True):
    """A field about which you need to make a decision."""

    address: str
    path: str
    reason: str
    choices: Annotated[list[Advice], Meta(description="What you can do about the field. Choose one of these options.")]
    source: SourcePart


class LeftAlonePart(Part, frozen=True, kw_only=True):
    """A difference that `pull` leaves as it is."""

    address: str
    path: Annotated[str | None, Meta(description="The field; null if the whole resource differs.")]
    reason: str
    advice: Advice
    source: SourcePart | None


class PullDocument(Document, frozen=True, kw_only=True):
    """What `pull` wrote."""

    kind: Literal["pull"] = "pull"
    environment: str | None
    dry_run: bool
    written: Annotated[bool, Meta(description="Whether confsync changed any files.")]
    files: Annotated[list[str], Meta(description="The files that confsync changed or, with `--dry-run`, would change.")]
    pulled: list[PulledPart]
    refused: list[RefusedPart]
    left_alone: list[LeftAlonePart]
    diff: Annotated[list[str], Meta(description="The changes to `files`, as the lines of a unified diff.")]


def pull_document(pull: Pull, environment: str | None, exit_code: int, also: Iterable[Diagnostic] = ()) -> PullDocument:
    """Build the document. `also` are diagnostics of the run."""
    return PullDocument(
        exit_code=exit_code,
        diagnostics=diagnostic_parts(also),
        environment=environment,
        dry_run=pull.dry_run,
        written=pull.written,
        files=[utf8_safe(each) for each in pull.files],
        pulled=[_pulled_part(each) for each in pull.pulled],
        refused=[_refused_part(each) for each in pull.refused],
        left_alone=[_left_alone_part(each) for each in pull.left_alone],
        diff=[utf8_safe(mask_urls(each)) for each in pull.lines],
    )


def pull_as_text(document: PullDocument) -> str:
    """Render the diff, what was not pulled, and one line that counts the fields."""
    return "".join(f"{printable(line)}\n" for line in (*document.diff, *_remarks(document), pull_summary(document)))


def pull_as_markdown(document: PullDocument) -> str:
    """Render a comment with the same lines."""

    def page(detail: Detail) -> Iterator[str]:
        yield from comment_heading("pull", document.environment)
        yield f"**{printable(pull_summary(document))}**"
        remarks = list(map(printable, _remarks(document)))
        if document.diff and detail < Detail.NO_REMARKS:
            yield markdown_fence(list(map(printable, document.diff)), "diff")
        if remarks and detail < Detail.NO_REMARKS:
            yield markdown_fence(remarks, "text")

    return fitted(page)


def pull_summary(document: PullDocument) -> str:
    """Say in one line what was written."""
    if document.refused:
        return f"Nothing was pulled: first decide what to do about {counted(len(document.refused), 'field')}."
    if not document.pulled:
        return "Nothing to pull."
    would = "Would pull" if document.dry_run else "Pulled"
    fields, files = counted(len(document.pulled), "field"), counted(len(document.files), "file")
    return f"{would} {fields} into {files}."


def pull_lines(document: PullDocument) -> Iterator[tuple[str, str, str]]:
    """Yield the address of each field and resource, a sentence about it, and what it belongs to."""
    for pulled in document.pulled:
        yield pulled.address, f"{_named(pulled)} ({place_text(pulled.source)})", "Pulled"
    for refused in document.refused:
        sentence = f"{_named(refused)} ({place_text(refused.source)}): {refused.reason}"
        yield refused.address, f"{sentence}; {' or '.join(refused.choices)}", "Not pulled"
    for left in document.left_alone:
        yield left.address, _left_alone_line(left), "Left alone"


def _remarks(document: PullDocument) -> Iterator[str]:
    if document.refused:
        yield "Not pulled:"
        for refused in document.refused:
            yield f"  {_named(refused)} ({place_text(refused.source)}): {refused.reason}"
            yield from (f"    * {each}" for each in refused.choices)
        yield ""
    if document.left_alone:
        yield "Left alone:"
        yield from (f"  {_left_alone_line(each)}" for each in document.left_alone)
        yield ""


def _left_alone_line(left: LeftAlonePart) -> str:
    source = f" ({place_text(left.source)})" if left.source else ""
    path = f"#{left.path}" if left.path else ""
    return f"{shown_address(left.address)}{path}{source}: {left.reason}; {left.advice}"


def _named(part: PulledPart | RefusedPart) -> str:
    return f"{shown_address(part.address)}#{part.path}"


def _pulled_part(pulled: PulledField) -> PulledPart:
    sides = (pulled.before, pulled.shown)
    types = [value_type(pulled.field, each) for each in sides]
    configuration, live = map(plain_value, sides)
    return PulledPart(
        address=_text(pulled.desired.address),
        path=pulled.field.name,
        configuration=configuration,
        live=live,
        value_type=next((each for each in types if each != "value"), "value"),
        source=_source(pulled.position),
    )


def _refused_part(refused: RefusedField) -> RefusedPart:
    return RefusedPart(
        address=_text(refused.desired.address),
        path=refused.field.name,
        reason=utf8_safe(refused.reason),
        choices=[utf8_safe(each) for each in refused.choices],
        source=_source(refused.position),
    )


def _left_alone_part(left: LeftAlone) -> LeftAlonePart:
    return LeftAlonePart(
        address=_text(left.address),
        path=left.path or None,
        reason=utf8_safe(left.reason),
        advice=left.advice,
        source=_source(left.position) if left.position else None,
    )


def _text(address: Address) -> str:
    return utf8_safe(str(address))


def _source(position: Position) -> SourcePart:
    return part_of(position, SourcePart)
