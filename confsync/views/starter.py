"""What `init` wrote, as a JSON document, as text and as Markdown."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from msgspec import Meta

from confsync.config.variable import PREFIX
from confsync.diagnostics import Diagnostic
from confsync.plan.starter import WrittenStarter
from confsync.views.comment import Detail, fitted
from confsync.views.diagnostics_text import comment_heading
from confsync.views.documents import Document, Part, diagnostic_parts
from confsync.views.escaping import markdown_fence, printable, utf8_safe
from confsync.views.export import ExportCheckPart, LeftOutPart, check_lines, check_part, left_out_lines, left_out_parts
from confsync.views.wording import counted


class StarterFilePart(Part, frozen=True, kw_only=True):
    """One file."""

    path: Annotated[str, Meta(description="Relative to the folder.")]
    content: Annotated[str, Meta(description="What the file is.")]
    private: Annotated[bool, Meta(description="Whether it holds secrets, and only its owner can read it.")]
    changed: Annotated[bool, Meta(description="Whether the file was written, because it was missing or incomplete.")]


class InitDocument(Document, frozen=True, kw_only=True):
    """A starter folder."""

    kind: Literal["init"] = "init"
    folder: Annotated[str, Meta(description="The folder that contains all files.")]
    environment: str
    account_sid: Annotated[str | None, Meta(description="Null if the configuration has no environment yet.")]
    files: list[StarterFilePart]
    sensitive_variables: list[str]
    left_out: Annotated[list[LeftOutPart], Meta(description="What of the live account no file contains.")]
    check: Annotated[ExportCheckPart | None, Meta(description="A plan, if a live account was read.")]
    notes: Annotated[list[str], Meta(description="What is left to do by hand.")]
    commands: Annotated[list[str], Meta(description="What to type next.")]


def init_document(
    written: WrittenStarter, commands: Iterable[str], exit_code: int, also: Iterable[Diagnostic] = ()
) -> InitDocument:
    """Build the document. `also` are diagnostics of the run."""
    exported = written.exported
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
        sensitive_variables=sorted(exported.secrets) if exported else [],
        left_out=left_out_parts(exported) if exported else [],
        check=check_part(exported.plan) if exported else None,
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
    yield from left_out_lines(document.left_out)
    for name in document.sensitive_variables:
        place = "its value is in secrets.env"
        yield f"Variable {name} contains a password or a token: {place}. Set it with {PREFIX}{name}."
    yield from map(printable, document.notes)


def init_steps(document: InitDocument) -> Iterator[str]:
    """Say what to type next."""
    yield "Next, run:"
    yield from (f"  {printable(each)}" for each in document.commands)
