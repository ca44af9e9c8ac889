"""What is wrong with a configuration, and on which line of which file."""

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice
from typing import Literal

from msgspec import Struct


class Position(Struct, frozen=True, order=True):
    """A position in a file that a person wrote; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Range(Struct, frozen=True):
    """The text from a position up to, but not including, an end in the same file."""

    start: Position
    end_line: int
    end_column: int


class Diagnostic(Struct, frozen=True):
    """One error or one warning.

    `detail` is the hint, shown under the marked text; `snippet` is the line as written, without its line break.
    """

    severity: Literal["error", "warning"]
    code: str
    summary: str
    detail: str = ""
    range: Range | None = None
    snippet: str | None = None


def sort_diagnostics(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sort by file and position; diagnostics without a position come first."""
    return tuple(sorted(diagnostics, key=_sort_key))


def _sort_key(diagnostic: Diagnostic) -> tuple[str, int, int, str]:
    if diagnostic.range is None:
        return ("", 0, 0, diagnostic.code)
    start = diagnostic.range.start
    return (start.file, start.line, start.column, diagnostic.code)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "did you mean ...?" with the known word that is most similar, or an empty text if none is."""
    close = get_close_matches(word[:_LONGEST_WORD], list(islice(known, MOST_WORDS_COMPARED)), n=1, cutoff=0.6)
    return f"did you mean '{close[0]}'?" if close else ""


# Comparing takes time, and a hostile file has thousands of unknown names to compare with thousands of others.
_LONGEST_WORD = 100
MOST_WORDS_COMPARED = 200
