"""What is wrong with a configuration, and on which line of which file."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from functools import reduce
from itertools import islice
from typing import Literal

from msgspec import Struct

from confsync.quoting import encoding_difference, normalized


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


def once(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Leave out what says the same about the same place again: several resources can share a value."""
    found: dict[object, Diagnostic] = {}
    for each in diagnostics:
        found.setdefault((each.code, each.summary, each.range), each)
    return list(found.values())


def sort_diagnostics(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sort by file and position; diagnostics without a position come first."""
    return tuple(sorted(diagnostics, key=_sort_key))


def _sort_key(diagnostic: Diagnostic) -> tuple[str, int, int, str]:
    if diagnostic.range is None:
        return ("", 0, 0, diagnostic.code)
    start = diagnostic.range.start
    return (start.file, start.line, start.column, diagnostic.code)


def did_you_mean(word: str, known: Iterable[str], *, unsuitable: Collection[str] = ()) -> str:
    """Return "did you mean ...?" with the known word that is most similar, or an empty text if none is.

    A name from Twilio's Chat v2 means the known word that Conversations uses instead. A word that is closest to an
    unsuitable one means that one, so nothing is suggested.
    """
    words = [*islice(known, MOST_WORDS_COMPARED), *unsuitable]
    short = word[:_LONGEST_WORD]
    form, today = normalized(short), renamed_since_chat(short)
    alike = [] if short.isascii() else [each for each in words if each != short and normalized(each) == form]
    if alike:
        return f"did you mean '{alike[0]}'? It looks the same, but {encoding_difference(short, alike[0])}"
    near = [name for each in today for name in get_close_matches(each, words, n=1, cutoff=_RENAMED)]
    close = [each for each in today if each in words] or near or get_close_matches(short, words, n=1, cutoff=0.6)
    return f"did you mean '{close[0]}'?" if close and close[0] not in unsuitable else ""


def renamed_since_chat(word: str) -> tuple[str, ...]:
    """Return what Conversations may call something that has this name in Chat v2."""
    names = (reduce(lambda name, pair: name.replace(*pair), (*_CHAT_NOUNS, *verbs), word) for verbs in _CHAT_VERBS)
    return tuple(each for each in dict.fromkeys(names) if each != word)


_CHAT_NOUNS = (
    ("channel", "conversation"),
    ("Channel", "Conversation"),
    ("member", "participant"),
    ("Member", "Participant"),
    ("MediaMessage", "Message"),
    ("default_service_role", "default_chat_service_role"),
)
_CHAT_VERBS: tuple[tuple[tuple[str, str], ...], ...] = (
    (),
    (("Destroyed", "Removed"), ("Destroy", "Remove"), ("Sent", "Added"), ("Send", "Add")),
    (("destroy", "delete"), ("deployment", "service")),
)
"""Events and permissions renamed the same verb differently."""


_RENAMED = 0.8
"""How similar a word must be to the new name of something from Chat v2: `inviteMember` is not `removeParticipant`."""

# Comparing takes time, and a hostile file has thousands of unknown names to compare with thousands of others.
_LONGEST_WORD = 100
MOST_WORDS_COMPARED = 200
