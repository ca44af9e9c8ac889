"""An export of the live account, as a JSON document, as text and as Markdown."""

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Annotated, Literal, Protocol

from msgspec import Meta, field

from confsync.config.variables.variable import PREFIX
from confsync.config.yaml import MAX_BYTES
from confsync.diagnostics import Diagnostic, Position
from confsync.plan.change import Change
from confsync.plan.exported import ExportedFile, LeftOut, WrittenExport
from confsync.plan.plan import Plan
from confsync.quoting import in_quotes, shown_address
from confsync.views.advice import Advice
from confsync.views.comment import Detail, fitted
from confsync.views.diagnostics_text import comment_heading
from confsync.views.documents import Document, Part, SourcePart, diagnostic_parts
from confsync.views.escaping import markdown_fence, printable, utf8_safe
from confsync.views.plan_builder import plan_summary
from confsync.views.wording import counted


class ExportedFilePart(Part, frozen=True, kw_only=True):
    """One file of the generated configuration."""

    path: Annotated[str, Meta(description="The path, relative to the folder.")]
    resources: Annotated[int, Meta(description="The number of resources in the file.")]
    private: Annotated[
        bool, Meta(description="Whether the file contains secrets. If so, it is readable only by its owner.")
    ]
    changed: Annotated[bool, Meta(description="False if the file already existed with the same content.")]


class LeftOutPart(Part, frozen=True, kw_only=True):
    """Something that confsync left out of the configuration."""

    what: Annotated[
        str, Meta(description="What was left out: an address, a field, a section, or a resource type with a SID.")
    ]
    why: Advice


class ExportDifferencePart(Part, frozen=True, kw_only=True):
    """A resource that would change if the new configuration were applied."""

    address: str
    actions: list[str]
    paths: Annotated[list[str], Meta(description="The fields that differ.")]
    source: SourcePart


class ExportCheckPart(Part, frozen=True, kw_only=True):
    """The result of planning the new configuration."""

    create: int
    update: int
    replace: int
    delete: int
    adopt: int
    differences: list[ExportDifferencePart]
    guardrails: Annotated[list[str], Meta(description="The names of the guardrails that would block an apply.")]


class ExportDocument(Document, frozen=True, kw_only=True):
    """A configuration generated from a Twilio account."""

    kind: Literal["export"] = "export"
    account_sid: str
    environment: str
    folder: Annotated[str | None, Meta(description="The folder to which confsync wrote the configuration.")]
    configuration: Annotated[
        str | None, Meta(description="The configuration as YAML; null if confsync wrote it to a folder.")
    ]
    files: Annotated[list[ExportedFilePart], Meta(description="The files in the folder.")]
    resources: int
    sections: Annotated[Mapping[str, int], Meta(description="The number of resources in each section.")]
    adopted: Annotated[
        int, Meta(description="The number of resources that confsync can find only through the `adopt` section.")
    ]
    sensitive_variables: list[str]
    left_out: list[LeftOutPart]
    owned_elsewhere: Annotated[
        Mapping[str, int],
        Meta(
            description="The number of resources that confsync left out because another environment of the account "
            "owns them or a resource that contains them. The keys are the names of these environments."
        ),
    ] = field(default_factory=dict)
    check: ExportCheckPart


class WrittenConfiguration(Protocol):
    """A document of a command that writes a configuration: as one text, or as files."""

    @property
    def environment(self) -> str:
        """The name of its environment."""
        ...

    @property
    def configuration(self) -> str | None:
        """The text; None if a folder was written."""
        ...

    @property
    def files(self) -> list[ExportedFilePart]:
        """What the folder contains."""
        ...


def export_document(written: WrittenExport, exit_code: int, also: Iterable[Diagnostic] = ()) -> ExportDocument:
    """Build the document. `also` are diagnostics of the run."""
    exported, folder = written.exported, written.folder
    return ExportDocument(
        exit_code=exit_code,
        diagnostics=diagnostic_parts(also),
        account_sid=exported.account_sid,
        environment=exported.environment,
        folder=None if folder is None else utf8_safe(folder),
        configuration=exported.document if folder is None else None,
        files=[exported_file_part(each, written.changed) for each in exported.files] if folder is not None else [],
        resources=len(exported.addresses),
        sections=exported.counts,
        adopted=exported.adopted,
        sensitive_variables=sorted(exported.secrets),
        left_out=left_out_parts(exported.left_out),
        owned_elsewhere=exported.owned_elsewhere,
        check=check_part(exported.plan),
    )


def export_as_text(document: ExportDocument) -> str:
    """Render the YAML; or, if it was written to a folder, what the folder contains."""
    return written_as_text(document, export_summary(document), export_notes(document))


def export_as_markdown(document: ExportDocument) -> str:
    """Render a comment with the YAML or the files."""
    return written_as_markdown("export", document, export_summary(document), export_notes(document))


def written_as_text(document: WrittenConfiguration, summary: str, notes: Iterable[str]) -> str:
    """Render the configuration that a command wrote; or, if it wrote a folder, what the folder contains."""
    if document.configuration is not None:
        return document.configuration
    lines = (*map(export_file_line, document.files), "", summary, *notes)
    return "".join(f"{each}\n" for each in lines)


def written_as_markdown(command: str, document: WrittenConfiguration, summary: str, notes: Iterable[str]) -> str:
    """Render a comment with the configuration that a command wrote, or with the files."""
    said = list(notes)

    def page(detail: Detail) -> Iterator[str]:
        yield from comment_heading(command, document.environment)
        yield f"**{summary}**"
        yield markdown_fence(said, "text")
        if detail < Detail.NO_REMARKS:
            text = document.configuration
            lines = text.splitlines() if text is not None else list(map(export_file_line, document.files))
            yield markdown_fence(lines, "yaml" if text is not None else "text")

    return fitted(page)


def export_file_line(part: ExportedFilePart) -> str:
    """Say in one line what a file contains."""
    content = "secrets, which Git ignores" if part.private else counted(part.resources, "resource")
    return printable(f"{part.path}: {content}{'' if part.changed else ', unchanged'}")


def export_summary(document: ExportDocument) -> str:
    """Count what was exported, in one line."""
    where = f" to {printable(document.folder)}" if document.folder is not None else ""
    return f"Exported {counted(document.resources, 'resource')} of account {document.account_sid}{where}."


def export_notes(document: ExportDocument) -> Iterator[str]:
    """Say how a plan of the export ends, what was left out, and what to set before an apply, in lines of text."""
    yield from check_lines(document.check)
    yield from left_out_lines(document.left_out)
    for name, number in document.owned_elsewhere.items():
        yield f"Left out {counted(number, 'resource')} of environment {in_quotes(name)}, which uses the same account."
    if len((document.configuration or "").encode()) > MAX_BYTES:
        yield "confsync does not read a file as large as this document. Write a folder with --output instead."
    for name in document.sensitive_variables:
        yield variable_note(name, "is sensitive", in_folder=document.folder is not None)


def variable_note(name: str, what: str, *, in_folder: bool) -> str:
    """Say where the value of a sensitive variable is, in a line of text."""
    where = "its value is in secrets.env" if in_folder else "its value is not shown"
    return f"Variable {name} {what}: {where}. Set it with {PREFIX}{name}."


def check_lines(check: ExportCheckPart) -> Iterator[str]:
    """Say how a plan of the export ends."""
    total = f"{check.create} to create, {check.update} to update"
    total += "".join(f", {number} to {word}" for word, number in _rarely(check) if number)
    yield f"A plan of this configuration: {total}."
    yield from (_difference_line(each) for each in check.differences)
    yield from (printable(f"! {each}") for each in check.guardrails)


def left_out_lines(parts: Iterable[LeftOutPart]) -> Iterator[str]:
    """Say what the configuration does not contain, and why."""
    for each in parts:
        yield printable(f"Left out {shown_address(each.what)}: {each.why}.")


def _rarely(check: ExportCheckPart) -> tuple[tuple[str, int], ...]:
    return ("replace", check.replace), ("delete", check.delete)


def _difference_line(part: ExportDifferencePart) -> str:
    place = f"{part.source.file}:{part.source.line}"
    fields = f" ({', '.join(part.paths)})" if part.paths else ""
    return printable(f"{place}: {'+'.join(part.actions)} {shown_address(part.address)}{fields}")


def exported_file_part(file: ExportedFile, changed: Container[str]) -> ExportedFilePart:
    """Describe one file."""
    path = file.path.as_posix()
    return ExportedFilePart(
        path=utf8_safe(path), resources=file.resources, private=file.private, changed=path in changed
    )


def left_out_parts(left_out: Iterable[LeftOut]) -> list[LeftOutPart]:
    """Build the parts about what a configuration does not contain."""
    return [LeftOutPart(what=utf8_safe(each.what), why=utf8_safe(each.why)) for each in left_out]


def check_part(plan: Plan) -> ExportCheckPart:
    """Build the part about the plan of an export."""
    summary = plan_summary(plan)
    return ExportCheckPart(
        create=summary.create,
        update=summary.update,
        replace=summary.replace,
        delete=summary.delete,
        adopt=summary.adopt,
        differences=[_difference_part(each) for each in plan.changes if each.writes],
        guardrails=[utf8_safe(each.text) for each in plan.guardrails],
    )


def _difference_part(change: Change) -> ExportDifferencePart:
    first = next(
        (change.desired.nodes[each.path] for each in change.differences if each.path in change.desired.nodes), None
    )
    place: Position = first.position if first else change.desired.source
    return ExportDifferencePart(
        address=utf8_safe(str(change.address)),
        actions=[each.value for each in change.actions],
        paths=[utf8_safe(each.path) for each in change.differences],
        source=SourcePart(file=utf8_safe(place.file), line=place.line, column=place.column),
    )
