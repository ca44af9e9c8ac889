"""A configuration from a Terraform state, as a JSON document, as text and as Markdown."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Literal

from msgspec import Meta

from confsync.diagnostics import Diagnostic
from confsync.plan.imported import WrittenImport
from confsync.quoting import shown_address
from confsync.views.documents import Document, diagnostic_parts
from confsync.views.escaping import printable, utf8_safe
from confsync.views.lists.export import (
    ExportedFilePart,
    LeftOutPart,
    exported_file_part,
    left_out_parts,
    variable_note,
    written_as_markdown,
    written_as_text,
)
from confsync.views.wording import counted


class ImportDocument(Document, frozen=True, kw_only=True):
    """A configuration generated from a Terraform state."""

    kind: Literal["import"] = "import"
    account_sid: str
    environment: str
    folder: Annotated[str | None, Meta(description="The folder to which confsync wrote the configuration.")]
    configuration: Annotated[
        str | None, Meta(description="The configuration as YAML; null if confsync wrote it to a folder.")
    ]
    files: Annotated[list[ExportedFilePart], Meta(description="The files in the folder.")]
    in_state: Annotated[int, Meta(description="The number of resources and data sources in the Terraform state.")]
    resources: Annotated[int, Meta(description="The number of resources in the configuration.")]
    sections: Annotated[Mapping[str, int], Meta(description="The number of resources in each section.")]
    adopted: Annotated[int, Meta(description="The number of entries in the `adopt` section.")]
    sensitive_variables: list[str]
    stored_secrets: Annotated[
        list[str], Meta(description="The attributes in the Terraform state that contain secrets in plain text.")
    ]
    left_out: Annotated[
        list[LeftOutPart], Meta(description="The resources, attributes and fields that confsync left out.")
    ]


def import_document(written: WrittenImport, exit_code: int, also: Iterable[Diagnostic] = ()) -> ImportDocument:
    """Build the document. `also` are diagnostics of the run."""
    imported, folder = written.imported, written.folder
    return ImportDocument(
        exit_code=exit_code,
        diagnostics=diagnostic_parts(also),
        account_sid=imported.account_sid,
        environment=imported.environment,
        folder=None if folder is None else utf8_safe(folder),
        configuration=imported.document if folder is None else None,
        files=[exported_file_part(each, written.changed) for each in imported.files] if folder is not None else [],
        in_state=imported.in_state,
        resources=len(imported.addresses),
        sections=imported.counts,
        adopted=imported.adopted,
        sensitive_variables=sorted(imported.secrets),
        stored_secrets=[utf8_safe(each) for each in imported.stored_secrets],
        left_out=left_out_parts(imported.left_out),
    )


def import_as_text(document: ImportDocument) -> str:
    """Render the YAML; or, if it was written to a folder, what the folder contains."""
    return written_as_text(document, import_summary(document), import_notes(document))


def import_as_markdown(document: ImportDocument) -> str:
    """Render a comment with the YAML or the files."""
    return written_as_markdown("import-terraform", document, import_summary(document), import_notes(document))


def import_summary(document: ImportDocument) -> str:
    """Count what was imported, in one line."""
    where = f" to {printable(document.folder)}" if document.folder is not None else ""
    return f"Imported {counted(document.resources, 'resource')} of account {document.account_sid}{where}."


def import_notes(document: ImportDocument) -> Iterator[str]:
    """Say what the first apply will adopt, what was left out, and what to set, in lines of text."""
    yield f"The first apply adopts {counted(document.adopted, 'resource')} by SID."
    yield from grouped_left_out_lines(document.left_out)
    if document.left_out:
        yield f"Left out in all: {len(document.left_out):,}. The state has {counted(document.in_state, 'resource')}."
    yield from stored_secret_lines(document.stored_secrets)
    for name in document.sensitive_variables:
        yield variable_note(name, "is sensitive", in_folder=document.folder is not None)


_MOST_LINES = 5
"""How many lines with one reason are printed. Beyond that, they share one."""


def stored_secret_lines(attributes: Sequence[str]) -> Iterator[str]:
    """Warn about the secrets in a state."""
    if attributes:
        yield "Warning: the state has secrets in plain text. confsync has not written them. Keep the state private."
        yield from (printable(f"Secret in the state: {each}") for each in attributes)


def grouped_left_out_lines(parts: Iterable[LeftOutPart]) -> Iterator[str]:
    """Say what a configuration does not contain. If there is much for one reason, a line names some of it."""
    by_reason: dict[str, list[str]] = {}
    for each in parts:
        by_reason.setdefault(each.why, []).append(shown_address(each.what))
    for why, names in by_reason.items():
        if len(names) <= _MOST_LINES:
            yield from (printable(f"Left out {each}: {why}.") for each in names)
        else:
            more = len(names) - _MOST_LINES
            yield printable(f"Left out {', '.join(names[:_MOST_LINES])} and {more:,} more: {why}.")
