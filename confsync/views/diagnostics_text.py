"""Diagnostics as text and as a comment."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from confsync.views.comment import clipped, fitted, marker
from confsync.views.documents import DiagnosticPart, DiagnosticsDocument, RangePart, diagnostic_parts
from confsync.views.escaping import cells, markdown, markdown_code, printable, width
from confsync.views.palette import PLAIN, Palette

if TYPE_CHECKING:
    from confsync.diagnostics import Diagnostic

TAB = "    "


def diagnostics_as_text(diagnostics: "Iterable[Diagnostic]", palette: Palette = PLAIN) -> str:
    """Render each diagnostic with its line and a mark under what is wrong in it."""
    shown = ["\n".join(_lines(each, palette)) for each in diagnostic_parts(diagnostics)]
    return "\n\n".join(shown) + "\n" if shown else ""


def diagnostics_as_markdown(verb: str, environment: str | None, text: str, document: DiagnosticsDocument) -> str:
    """Render the comment of a run that has no other result than a sentence and diagnostics."""
    sentence = [markdown(text)] if text else []
    return fitted(lambda _: (*comment_heading(verb, environment), *sentence, *diagnostic_items(document.diagnostics)))


def comment_heading(verb: str, environment: str | None) -> Iterator[str]:
    """Render the hidden marker of a comment, and its title."""
    yield marker(verb, environment)
    yield f"## confsync {verb}{f': {markdown_code(clipped(environment))}' if environment else ''}"


def diagnostic_items(diagnostics: Iterable[DiagnosticPart]) -> Iterator[str]:
    """Render each diagnostic as a list item."""
    for each in diagnostics:
        place = f" ({markdown_code(clipped(each.range.place))})" if each.range else ""
        hint = f"\n  {markdown(clipped(each.detail))}" if each.detail else ""
        yield f"- **{each.severity} {each.code}**: {markdown(clipped(each.summary))}{place}{hint}"


def _lines(diagnostic: DiagnosticPart, palette: Palette) -> Iterator[str]:
    colour = palette.failure if diagnostic.severity == "error" else palette.changed
    yield f"{colour(f'{diagnostic.severity}[{diagnostic.code}]')}: {printable(diagnostic.summary)}"
    found, detail = diagnostic.range, printable(diagnostic.detail)
    margin = " " * len(str(found.start.line)) if found else " "
    if found:
        yield f"{margin}--> {printable(found.place)}"
    if found and diagnostic.snippet is not None:
        before, marked, after = cut_snippet(diagnostic.snippet, found)
        carets = "^" * max(1, width(marked))
        yield palette.faint(f"{margin} |")
        yield f"{palette.faint(f'{found.start.line} |')} {before}{marked}{after}"
        yield f"{palette.faint(f'{margin} |')} {' ' * width(before)}{colour(f'{carets} {detail}'.rstrip())}"
    elif detail:
        yield f"{margin} = {detail}"


def cut_snippet(snippet: str, found: RangePart) -> tuple[str, str, str]:
    """Split a line, as it is printed, into the text before the marked part, that part, and the rest."""
    shown = [TAB if character == "\t" else cell for character, cell in zip(snippet, cells(snippet), strict=True)]
    start = found.start.column - 1
    end = found.end.column - 1 if found.end.line == found.start.line else len(shown)
    return "".join(shown[:start]), "".join(shown[start:end]), "".join(shown[end:])
