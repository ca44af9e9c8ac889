"""Mistakes and warnings as people read them: the line itself, and a mark under what is wrong in it."""

from collections.abc import Iterable, Iterator

from confsync.diagnostics import Diagnostic, Range
from confsync.views.escaping import cells, printable, width
from confsync.views.palette import PLAIN, Palette

TAB = "    "


def as_text(diagnostics: Iterable[Diagnostic], palette: Palette = PLAIN) -> str:
    """Tell each diagnostic, with an empty line between two."""
    told = ["\n".join(_lines(each, palette)) for each in diagnostics]
    return "\n\n".join(told) + "\n" if told else ""


def _lines(diagnostic: Diagnostic, palette: Palette) -> Iterator[str]:
    colour = palette.bad if diagnostic.severity == "error" else palette.changed
    yield f"{colour(f'{diagnostic.severity}[{diagnostic.code}]')}: {printable(diagnostic.summary)}"
    place, detail = diagnostic.range, printable(diagnostic.detail)
    margin = " " * len(str(place.start.line)) if place else " "
    if place:
        yield f"{margin}--> {printable(str(place.start))}"
    if place and diagnostic.snippet is not None:
        before, marked, after = _cut(diagnostic.snippet, place)
        carets = "^" * max(1, width(marked))
        yield palette.faint(f"{margin} |")
        yield f"{palette.faint(f'{place.start.line} |')} {before}{marked}{after}"
        yield f"{palette.faint(f'{margin} |')} {' ' * width(before)}{colour(f'{carets} {detail}'.rstrip())}"
    elif detail:
        yield f"{margin} = {detail}"


def _cut(snippet: str, place: Range) -> tuple[str, str, str]:
    """Cut a line, as it is printed, into what stands before the marked text, that text, and the rest."""
    shown = [TAB if character == "\t" else cell for character, cell in zip(snippet, cells(snippet), strict=True)]
    start = place.start.column - 1
    end = place.end_column - 1 if place.end_line == place.start.line else len(shown)
    return "".join(shown[:start]), "".join(shown[start:end]), "".join(shown[end:])
