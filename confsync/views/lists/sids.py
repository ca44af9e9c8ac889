"""The SIDs of declared resources, for other programs: as a JSON document, as text and as environment variables."""

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from msgspec import Meta

from confsync.diagnostics import Diagnostic
from confsync.plan.listed import ListedResource
from confsync.views.comment import Detail, fitted
from confsync.views.diagnostics_text import comment_heading
from confsync.views.documents import Document, Part, diagnostic_parts
from confsync.views.escaping import markdown_fence, printable, utf8_safe
from confsync.views.table import table_lines
from confsync.views.wording import counted

_HEADINGS = ("ADDRESS", "SID")


class SidPart(Part, frozen=True, kw_only=True):
    """One live resource that the configuration declares."""

    address: str
    kind: Annotated[str, Meta(description="The section, such as `roles`.")]
    sid: str
    variable: Annotated[
        str, Meta(description="The name of the environment variable that `--dotenv` prints for the SID.")
    ]


class SidsDocument(Document, frozen=True, kw_only=True):
    """The SIDs of declared resources."""

    kind: Literal["output"] = "output"
    environment: str | None
    resources: list[SidPart]


def variable_name(address: str) -> str:
    """Name the environment variable of an address: `SERVICES_SUPPORT_ROLES_AGENT_SID`."""
    return re.sub("[^A-Z0-9]+", "_", address.upper(), flags=re.ASCII).strip("_") + "_SID"


def sids_document(
    listed: Iterable[ListedResource], environment: str | None, exit_code: int, also: Iterable[Diagnostic] = ()
) -> SidsDocument:
    """Build the document. `also` are diagnostics of the run. Resources without a SID are left out."""
    return SidsDocument(
        exit_code=exit_code,
        diagnostics=diagnostic_parts(also),
        environment=environment,
        resources=[_sid_part(each, each.found.sid) for each in listed if each.found.sid],
    )


def sids_as_text(document: SidsDocument) -> str:
    """Render one line for each resource."""
    return "".join(f"{line}\n" for line in _lines(document)) or f"{sids_summary(document)}\n"


def sids_as_dotenv(document: SidsDocument) -> str:
    """Render one `NAME=SID` line for each resource."""
    return "".join(f"{each.variable}={each.sid}\n" for each in document.resources)


def sids_as_markdown(document: SidsDocument) -> str:
    """Render a comment with the same lines."""

    def page(detail: Detail) -> Iterator[str]:
        yield from comment_heading("output", document.environment)
        yield f"**{sids_summary(document)}**"
        if document.resources and detail < Detail.NO_REMARKS:
            yield markdown_fence(list(_lines(document)), "text")

    return fitted(page)


def sids_summary(document: SidsDocument) -> str:
    """Count the resources in one line."""
    if not document.resources:
        return "No declared resource has a SID yet."
    return f"{counted(len(document.resources), 'declared resource')} with a SID."


def _sid_part(listed: ListedResource, sid: str) -> SidPart:
    address = utf8_safe(str(listed.address))
    return SidPart(address=address, kind=listed.found.kind.section, sid=sid, variable=variable_name(address))


def _lines(document: SidsDocument) -> Iterator[str]:
    rows = [_HEADINGS, *((printable(each.address), each.sid) for each in document.resources)]
    yield from table_lines(rows) if document.resources else ()
