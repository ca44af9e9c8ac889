"""What `init` wrote, as a JSON document, as text and as Markdown."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from msgspec import Meta

from confsync.diagnostics import Diagnostic
from confsync.plan.exported import ExportedAccount
from confsync.plan.imported import ImportedState
from confsync.plan.starter import WrittenStarter
from confsync.views.comment import Detail, fitted
from confsync.views.diagnostics_text import comment_heading
from confsync.views.documents import Document, Part, diagnostic_parts
from confsync.views.escaping import markdown_fence, printable, utf8_safe
from confsync.views.lists.export import (
    ExportCheckPart,
    LeftOutPart,
    check_lines,
    check_part,
    left_out_parts,
    variable_note,
)
from confsync.views.lists.terraform_import import grouped_left_out_lines, stored_secret_lines
from confsync.views.wording import counted


class StarterFilePart(Part, frozen=True, kw_only=True):
    """A file that `init` wrote or that was already complete."""

    path: Annotated[str, Meta(description="The path, relative to the folder.")]
    content: Annotated[str, Meta(description="A short description of the file, such as `the configuration`.")]
    private: Annotated[
        bool, Meta(description="Whether the file contains secrets. If so, it is readable only by its owner.")
    ]
    changed: Annotated[bool, Meta(description="Whether `init` wrote the file. False if the file was already complete.")]


class InitDocument(Document, frozen=True, kw_only=True):
    """What `init` wrote."""

    kind: Literal["init"] = "init"
    folder: Annotated[str, Meta(description="The folder that contains the files.")]
    environment: str
    account_sid: Annotated[
        str | None,
        Meta(description="The SID of the account; null if `init` wrote an example or does not know the SID."),
    ]
    files: list[StarterFilePart]
    sensitive_variables: list[str]
    stored_secrets: Annotated[
        list[str], Meta(description="The attributes in the Terraform state that contain secrets in plain text.")
    ]
    left_out: Annotated[
        list[LeftOutPart],
        Meta(description="What exists in the account or the Terraform state but not in the files."),
    ]
    check: Annotated[
        ExportCheckPart | None,
        Meta(description="The result of planning the new configuration; null unless confsync read an account."),
    ]
    notes: Annotated[list[str], Meta(description="What you still have to do by hand.")]
    commands: Annotated[list[str], Meta(description="The commands to run next.")]


def init_document(
    written: WrittenStarter, commands: Iterable[str], exit_code: int, also: Iterable[Diagnostic] = ()
) -> InitDocument:
    """Build the document. `also` are diagnostics of the run."""
    found = written.found
    files = [(each, str(each.path)) for each in written.files]
    return InitDocument(
        exit_code=exit_code,
        diagnostics=diagnostic_parts(also),
        folder=utf8_safe(written.folder),
        environment=written.environment,
        account_sid=written.account_sid,
        files=[
            StarterFilePart(
                path=utf8_safe(path), content=each.content, private=each.private, changed=path in written.changed
            )
            for each, path in files
        ],
        sensitive_variables=sorted(found.secrets) if found else [],
        stored_secrets=[utf8_safe(each) for each in found.stored_secrets] if isinstance(found, ImportedState) else [],
        left_out=left_out_parts(found.left_out) if found else [],
        check=check_part(found.plan) if isinstance(found, ExportedAccount) else None,
        notes=[utf8_safe(each) for each in written.notes],
        commands=[utf8_safe(each) for each in commands],
    )


def init_as_text(document: InitDocument) -> str:
    """Render a line for each file, what was found, and what to do next."""
    lines = (
        *map(init_file_line, document.files),
        "",
        init_summary(document),
        *init_notes(document),
        "",
        *init_steps(document),
    )
    return "".join(f"{each}\n" for each in lines)


def init_as_markdown(document: InitDocument) -> str:
    """Render a comment with the same lines."""

    def page(detail: Detail) -> Iterator[str]:
        yield from comment_heading("init", document.environment)
        yield f"**{init_summary(document)}**"
        yield markdown_fence([*init_notes(document), *init_steps(document)], "text")
        if detail < Detail.NO_REMARKS:
            yield markdown_fence(list(map(init_file_line, document.files)), "text")

    return fitted(page)


def init_file_line(part: StarterFilePart) -> str:
    """Say in one line what a file is."""
    return printable(f"{part.path}: {part.content}{'' if part.changed else ', unchanged'}")


def init_summary(document: InitDocument) -> str:
    """Count the files, in one line."""
    number = sum(each.changed for each in document.files)
    return printable(f"Wrote {counted(number, 'file')} in {document.folder}.")


def init_notes(document: InitDocument) -> Iterator[str]:
    """Say how a plan ends, what was left out, and what to set, in lines of text."""
    yield from check_lines(document.check) if document.check else ()
    yield from grouped_left_out_lines(document.left_out)
    yield from stored_secret_lines(document.stored_secrets)
    for name in document.sensitive_variables:
        yield variable_note(name, "is sensitive", in_folder=True)
    yield from (printable(line) for note in document.notes for line in note.split("\n"))


def init_steps(document: InitDocument) -> Iterator[str]:
    """Say what to type next."""
    yield "Next, run:"
    yield from (f"  {printable(each)}" for each in document.commands)
