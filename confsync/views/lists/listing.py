"""Live resources, as a JSON document, as text and as Markdown."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from msgspec import Meta

from confsync.diagnostics import Diagnostic
from confsync.plan.listed import ListedResource, ManagedState
from confsync.redaction import mask_urls
from confsync.views.comment import Detail, fitted
from confsync.views.diagnostics_text import comment_heading
from confsync.views.documents import Document, Part, diagnostic_parts
from confsync.views.escaping import markdown_fence, printable, utf8_safe
from confsync.views.palette import PLAIN, Palette
from confsync.views.table import table_lines
from confsync.views.wording import counted

_HEADINGS = ("ADDRESS", "SID", "TYPE", "NAME", "STATE")


class ListedPart(Part, frozen=True, kw_only=True):
    """One live resource."""

    address: Annotated[str, Meta(description="The address at which the resource is, was or could be declared.")]
    kind: Annotated[str, Meta(description="The section, such as `roles`.")]
    type: Annotated[str, Meta(description="The resource type, such as `service role`.")]
    sid: Annotated[str | None, Meta(description="The SID of the resource.")]
    name: Annotated[str | None, Meta(description="The name of the resource in Twilio.")]
    managed: Annotated[bool, Meta(description="Whether the resource is declared and owned.")]
    state: Annotated[
        Literal[
            "managed", "to adopt", "looked up", "orphaned", "ambiguous", "other environment", "unmanaged", "ignored"
        ],
        Meta(
            description="The state of the resource. `managed`: it is declared and owned. `to adopt`: the next apply "
            "adopts it. `looked up`: it is declared with `lifecycle.lookup`. `orphaned`: it is owned but not "
            "declared. `ambiguous`: it is one of several resources that match the same declared resource. "
            "`other environment`: another environment of the account owns it. `ignored`: a pattern in "
            "`unmanaged.ignore` matches it. `unmanaged`: none of the above."
        ),
    ]
    environment: Annotated[
        str | None,
        Meta(description="If another environment of the same account owns the resource, the name of that environment."),
    ]


class ListSummaryPart(Part, frozen=True, kw_only=True):
    """The number of resources in the list."""

    managed: int
    others: int


class ListDocument(Document, frozen=True, kw_only=True):
    """The resources that currently exist in Twilio."""

    kind: Literal["list"] = "list"
    environment: str | None
    resources: list[ListedPart]
    summary: ListSummaryPart


def list_document(
    listed: Iterable[ListedResource], environment: str | None, exit_code: int, also: Iterable[Diagnostic] = ()
) -> ListDocument:
    """Build the document. `also` are diagnostics of the run."""
    resources = [_listed_part(each) for each in listed]
    managed = sum(each.managed for each in resources)
    return ListDocument(
        exit_code=exit_code,
        diagnostics=diagnostic_parts(also),
        environment=environment,
        resources=resources,
        summary=ListSummaryPart(managed=managed, others=len(resources) - managed),
    )


def list_as_text(document: ListDocument, palette: Palette = PLAIN) -> str:
    """Render one line for each resource, then their number."""
    rows = [_HEADINGS, *map(_row, document.resources)]
    lines = (*table_lines(rows), "") if document.resources else ()
    return "\n".join((*lines, palette.loud(list_summary(document)))) + "\n"


def list_summary(document: ListDocument) -> str:
    """Count the resources that are shown, in one line."""
    count = document.summary
    shown = counted(count.managed + count.others, "live resource")
    return f"{shown} listed, {count.managed:,} of them managed." if document.resources else "No live resource matches."


def shown_state(resource: ListedPart) -> str:
    """Return the state in words, with the environment that owns the resource if that is a different one."""
    return f"environment {resource.environment}" if resource.environment else resource.state


def list_as_markdown(document: ListDocument) -> str:
    """Render a comment with the same lines."""

    def page(detail: Detail) -> Iterator[str]:
        yield from comment_heading("list", document.environment)
        yield f"**{list_summary(document)}**"
        if document.resources and detail < Detail.NO_REMARKS:
            yield markdown_fence(list(table_lines([_HEADINGS, *map(_row, document.resources)])), "text")

    return fitted(page)


def _listed_part(listed: ListedResource) -> ListedPart:
    live = listed.found
    return ListedPart(
        address=utf8_safe(str(listed.address)),
        kind=live.kind.section,
        type=live.described_type,
        sid=live.sid,
        name=None if live.name is None else utf8_safe(mask_urls(live.name)),
        managed=listed.state is ManagedState.MANAGED,
        state=listed.state.value,
        environment=listed.environment,
    )


def _row(resource: ListedPart) -> tuple[str, ...]:
    name = "-" if resource.name is None else printable(resource.name)
    return printable(resource.address), resource.sid or "-", resource.type, name, shown_state(resource)
