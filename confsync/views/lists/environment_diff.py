"""How the configurations of two environments differ, as a JSON document, as text and as Markdown."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from confsync.config.desired import Desired
from confsync.config.lifecycle import LIFECYCLE
from confsync.config.tree import entry_at
from confsync.diagnostics import Diagnostic
from confsync.plan.environment_diff import EnvironmentDiff, FieldDifference
from confsync.quoting import shown_address
from confsync.views.comment import Detail, fitted
from confsync.views.diagnostics_text import comment_heading
from confsync.views.documents import Document, Part, Plain, SourcePart, diagnostic_parts, part_of
from confsync.views.escaping import markdown_fence, printable, utf8_safe
from confsync.views.plan_builder import json_difference_part, plain_value, value_type
from confsync.views.plan_document import JsonDifferencePart, ValueType
from confsync.views.wording import counted, place_text, value_text, word

_HIDDEN = "(sensitive, differs)"
_OMITTED = "(not written)"


class DiffResourcePart(Part, frozen=True, kw_only=True):
    """A difference that concerns a whole resource rather than a single field."""

    address: str
    kind: Annotated[str, Meta(description="The section, such as `roles`.")]
    source: SourcePart
    absent: Annotated[
        SourcePart | None,
        Meta(
            description="Where the other environment declares the resource with `lifecycle.absent`; null if it does "
            "not declare it."
        ),
    ] = None


class FieldDifferencePart(Part, frozen=True, kw_only=True):
    """A field or a `lifecycle` setting whose value differs between the environments."""

    address: str
    kind: Annotated[str, Meta(description="The section, such as `roles`.")]
    path: str
    first: Annotated[Plain, Meta(description="The value in the first environment; null if it is sensitive.")]
    second: Annotated[Plain, Meta(description="The value in the second environment; null if it is sensitive.")]
    added: Annotated[list[str], Meta(description="For a set, the items that are only in the second environment.")]
    removed: Annotated[list[str], Meta(description="For a set, the items that are only in the first environment.")]
    parts: Annotated[
        list[JsonDifferencePart],
        Meta(
            description="For a JSON value, the paths inside it that differ. In each of them, `before` is the value in "
            "the first environment."
        ),
    ]
    value_type: ValueType
    sensitive: bool
    first_source: SourcePart | None
    second_source: SourcePart | None


class DiffSummaryPart(Part, frozen=True, kw_only=True):
    """The number of differences."""

    only_in_first: int
    only_in_second: int
    absent_in_first: int = 0
    absent_in_second: int = 0
    fields: int


class DiffDocument(Document, frozen=True, kw_only=True):
    """How the configurations of two environments differ."""

    kind: Literal["diff"] = "diff"
    first: Annotated[str, Meta(description="The name of the first environment.")]
    second: Annotated[str, Meta(description="The name of the second environment.")]
    only_in_first: list[DiffResourcePart]
    only_in_second: list[DiffResourcePart]
    absent_in_first: Annotated[
        list[DiffResourcePart],
        Meta(
            description="Resources that the first environment declares with `lifecycle.absent` and the second "
            "environment does not declare at all."
        ),
    ] = field(default_factory=list)
    absent_in_second: Annotated[
        list[DiffResourcePart],
        Meta(
            description="Resources that the second environment declares with `lifecycle.absent` and the first "
            "environment does not declare at all."
        ),
    ] = field(default_factory=list)
    fields: list[FieldDifferencePart]
    summary: DiffSummaryPart


class DiffLine(Struct, frozen=True):
    """One line of a diff: the address, and what follows it."""

    address: str
    rest: str

    def __str__(self) -> str:
        return printable(f"{shown_address(self.address)}{self.rest}")


def diff_document(diff: EnvironmentDiff, exit_code: int, also: Iterable[Diagnostic] = ()) -> DiffDocument:
    """Build the document. `also` are diagnostics of the run."""
    return DiffDocument(
        exit_code=exit_code,
        diagnostics=diagnostic_parts(dict.fromkeys(also)),
        first=utf8_safe(diff.first),
        second=utf8_safe(diff.second),
        only_in_first=[_resource_part(each.desired, each.absent) for each in diff.only_in_first],
        only_in_second=[_resource_part(each.desired, each.absent) for each in diff.only_in_second],
        absent_in_first=[_resource_part(each) for each in diff.absent_in_first],
        absent_in_second=[_resource_part(each) for each in diff.absent_in_second],
        fields=[_field_part(each) for each in diff.fields],
        summary=DiffSummaryPart(
            only_in_first=len(diff.only_in_first),
            only_in_second=len(diff.only_in_second),
            absent_in_first=len(diff.absent_in_first),
            absent_in_second=len(diff.absent_in_second),
            fields=len(diff.fields),
        ),
    )


def diff_as_text(document: DiffDocument) -> str:
    """Render one line for each difference, then their number."""
    return "".join(f"{line}\n" for line in (*_lines(document), diff_summary(document)))


def diff_as_markdown(document: DiffDocument) -> str:
    """Render a comment with the same lines."""

    def page(detail: Detail) -> Iterator[str]:
        yield from comment_heading("diff", f"{document.first} and {document.second}")
        yield f"**{diff_summary(document)}**"
        lines = list(_lines(document))
        if lines and detail < Detail.NO_REMARKS:
            yield markdown_fence(lines[:-1], "text")

    return fitted(page)


def diff_summary(document: DiffDocument) -> str:
    """Count the differences in one line."""
    count, first, second = document.summary, document.first, document.second
    absent = count.absent_in_first + count.absent_in_second
    if not (count.only_in_first or count.only_in_second or absent or count.fields):
        return printable(f"No differences between {first} and {second}.")
    never = f"{absent:,} absent in one and not declared in the other, " if absent else ""
    return printable(
        f"Differences between {first} and {second}: {counted(count.only_in_first, 'resource')} only in {first}, "
        f"{count.only_in_second:,} only in {second}, {never}{counted(count.fields, 'field')} with different values."
    )


def diff_groups(document: DiffDocument) -> Iterator[tuple[str, list[DiffLine]]]:
    """Yield the lines under each heading that has any."""
    first, second = document.first, document.second
    absent = "Must be absent in {}, not declared in {}"
    groups = (
        (f"Only in {first}", [_resource_line(each, second) for each in document.only_in_first]),
        (f"Only in {second}", [_resource_line(each, first) for each in document.only_in_second]),
        (absent.format(first, second), [_resource_line(each, second) for each in document.absent_in_first]),
        (absent.format(second, first), [_resource_line(each, first) for each in document.absent_in_second]),
        (f"{first} -> {second}", [line for each in document.fields for line in _field_lines(each)]),
    )
    yield from ((printable(title), lines) for title, lines in groups if lines)


def _lines(document: DiffDocument) -> Iterator[str]:
    for title, lines in diff_groups(document):
        yield f"{title}:"
        yield from (f"  {line}" for line in lines)
        yield ""


def _resource_line(resource: DiffResourcePart, other: str) -> DiffLine:
    absent = f", must be absent in {other} ({place_text(resource.absent)})" if resource.absent else ""
    return DiffLine(resource.address, f" ({place_text(resource.source)}){absent}")


def _field_lines(field: FieldDifferencePart) -> Iterator[DiffLine]:
    places = dict.fromkeys(place_text(each) for each in (field.first_source, field.second_source) if each)
    at = f" ({', '.join(places)})" if places else ""
    for path, change in _changes(field):
        yield DiffLine(field.address, f"#{path}: {change}{at}")


def _changes(field: FieldDifferencePart) -> Iterator[tuple[str, str]]:
    """Yield what differs: of a JSON value each part, of a set the items, otherwise both values."""
    if field.sensitive:
        yield field.path, _HIDDEN
    elif field.parts:
        for each in field.parts:
            yield f"{field.path}.{each.path}", f"{each.before or _OMITTED} -> {each.after or _OMITTED}"
    elif field.added or field.removed:
        items = (*(f"+ {word(each)}" for each in field.added), *(f"- {word(each)}" for each in field.removed))
        yield field.path, ", ".join(items)
    else:
        sides = ((field.first, field.first_source), (field.second, field.second_source))
        yield field.path, " -> ".join(value_text(each, field.value_type) if at else _OMITTED for each, at in sides)


def _resource_part(desired: Desired, absent: Desired | None = None) -> DiffResourcePart:
    return DiffResourcePart(
        address=utf8_safe(str(desired.address)),
        kind=desired.kind.section,
        source=part_of(desired.source, SourcePart),
        absent=part_of(absent.source, SourcePart) if absent else None,
    )


def _field_part(found: FieldDifference) -> FieldDifferencePart:
    difference = found.difference
    sides = (difference.before, difference.after)
    first, second = map(plain_value, sides)
    types = [value_type(difference.field, each) for each in sides]
    # tokens in URLs are masked, so two values that differ may look the same
    sensitive = found.sensitive or (first == second and _source(found.first, found) == _source(found.second, found))
    return FieldDifferencePart(
        address=utf8_safe(str(found.first.address)),
        kind=found.first.kind.section,
        path=found.name,
        first=None if sensitive else first,
        second=None if sensitive else second,
        added=[utf8_safe(each) for each in difference.added],
        removed=[utf8_safe(each) for each in difference.removed],
        parts=[] if sensitive else [json_difference_part(each) for each in difference.parts],
        value_type=next((each for each in types if each != "value"), "value"),
        sensitive=sensitive,
        first_source=_source(found.first, found),
        second_source=_source(found.second, found),
    )


def _source(desired: Desired, found: FieldDifference) -> SourcePart | None:
    """Describe the line of a value, or of the resource if the value is a default."""
    path = found.difference.field.path
    if path[0] == LIFECYCLE:
        entry = entry_at(desired.written.node, *path)
        return part_of(entry.position, SourcePart) if entry else None
    if found.name not in desired.fields:
        return None
    node = desired.nodes.get(found.name)
    return part_of(node.position if node else desired.source, SourcePart)
