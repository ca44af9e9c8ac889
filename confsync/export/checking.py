"""Makes sure that the exported configuration loads: what confsync would not accept becomes a comment."""

from collections.abc import Iterable
from pathlib import Path

from confsync.config.config import Config, LoadOptions
from confsync.config.load import load_files
from confsync.config.sources.files import MOST_BYTES_TOGETHER
from confsync.config.tree import File
from confsync.config.yaml import MAX_BYTES
from confsync.diagnostics import Diagnostic
from confsync.errors import InvalidConfiguration, UsageError
from confsync.export.document import ExportHeader, RenderedExport, RenderedFile, render_export
from confsync.export.rendering import Line
from confsync.export.tree import ExportTree, lacking_field, walk_resources
from confsync.export.values import written_values
from confsync.export.variables import ExportVariables
from confsync.redaction import mask_urls


def accepted_export(
    tree: ExportTree, variables: ExportVariables, header: ExportHeader
) -> tuple[RenderedExport, Config]:
    """Render an export, and load it. Whatever an error is about is left out, until there is no error any more.

    Raises UsageError if a file is larger than confsync reads, and InvalidConfiguration if an error is about something
    other than a live value.
    """
    while True:
        while _refuse_unwritable(tree, variables):
            pass
        rendered = render_export(tree, variables, header)
        _check_size(rendered.files, header.how_to_write_less)
        try:
            return rendered, _load(rendered, variables, header)
        except InvalidConfiguration as error:
            if not _refuse(error.diagnostics, rendered.files):
                raise


def _check_size(files: Iterable[RenderedFile], hint: str) -> None:
    total = 0
    for each in files:
        size = len(each.text.encode())
        total += size
        if size > MAX_BYTES:
            raise UsageError(
                f"{each.path} would be larger than {MAX_BYTES // 1024:,} KiB, which is the most that confsync reads.",
                hint=hint,
            )
    if total > MOST_BYTES_TOGETHER:
        raise UsageError(
            f"The configuration would be larger than {MOST_BYTES_TOGETHER // 1024 // 1024} MiB, "
            "which is the most that confsync reads.",
            hint=hint,
        )


def _load(rendered: RenderedExport, variables: ExportVariables, header: ExportHeader) -> Config:
    files = tuple(File(str(each.path), each.text.encode(), Path(each.path)) for each in rendered.files)
    return load_files(files, LoadOptions(environ=variables.environ, environment=header.environment))


def _refuse_unwritable(tree: ExportTree, variables: ExportVariables) -> bool:
    """Leave out each resource without one of the fields that it needs; return whether there was any."""
    found = False
    for each in walk_resources(tree.roots):
        if each.refused or tree.is_left_out(each):
            continue
        if lacking := lacking_field(each):
            each.refused = f"it has no `{lacking.name}`"
            found = True
            continue
        for written in written_values(each, tree, variables):
            needed = written.field.required or written.field.in_natural_key
            if written.reason and needed and not written.field.secret:
                each.refused = f"its `{written.field.name}` cannot be written: {written.reason}"
                found = True
                break
    return found


def _refuse(diagnostics: Iterable[Diagnostic], files: Iterable[RenderedFile]) -> bool:
    """Leave out what each error is about; return whether anything new is left out."""
    lines = {str(each.path): each.lines for each in files}
    refused = False
    for each in diagnostics:
        if each.severity != "error" or each.range is None:
            continue
        place = lines.get(each.range.start.file, ())
        line = place[each.range.start.line - 1] if each.range.start.line <= len(place) else Line("")
        refused = _refuse_line(line, mask_urls(each.summary)) or refused
    return refused


def _refuse_line(line: Line, reason: str) -> bool:
    resource = line.resource
    if resource is None or resource.refused or line.field in resource.refused_fields:
        return False
    field = resource.kind.by_name.get(line.field)
    if field is None or field.required or field.in_natural_key:
        resource.refused = reason
    else:
        resource.refused_fields[line.field] = reason
    return True
