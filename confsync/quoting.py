"""Quotes text that others chose, so that nobody takes it for a part of the list or the sentence around it."""

# A name may contain commas, colons, brackets, spaces and symbols, which mean something in a line of a plan. What is not
# plain is written as a JSON string: its end is visible, and it cannot contain a quotation mark of its own.

import json
import re
import shlex
import unicodedata
from collections.abc import Iterable

_WORD = re.compile(r"\w[\w.-]*", re.ASCII)
_WORDS = re.compile(rf"{_WORD.pattern}(?: {_WORD.pattern})*", re.ASCII)
_COUNT = re.compile(r"\band [\d,.]+ more\b")
"""How a list ends that was cut short."""

_STEP = re.compile(r"(?:[+@]?[^\W_]|_)(?:[\w.+@%:&'-]*[\w%+])?")
_ADDRESS = re.compile(rf"{_STEP.pattern}(?:[ /]{_STEP.pattern})*")

_GAP = re.compile(" {3,}")
_RESERVED = frozenset({"none", "nothing"})


def listed(addresses: Iterable[object]) -> str:
    """List addresses within a sentence."""
    return ", ".join(shown_address(str(each)) for each in addresses)


def quoted(text: str) -> str:
    """Quote a text, so that its end is visible; a gap that could move the rest to another line is escaped."""
    return _GAP.sub(lambda gap: r"\u0020" * len(gap[0]), json.dumps(text, ensure_ascii=False))


def in_quotes(value: object) -> str:
    """Put a value in single quotes within a sentence, or quote it if it could end them."""
    text = str(value)
    return quoted(text) if "'" in text or "\\" in text or _GAP.search(text) else f"'{text}'"


def list_item(text: str) -> str:
    """Write an item of a list: plain words as they are, anything else quoted."""
    return text if _WORDS.fullmatch(text) and not _COUNT.search(text) else quoted(text)


def name_in_sentence(text: str) -> str:
    """Write a name or a value within a sentence: a plain word as it is, anything else quoted."""
    return text if _WORD.fullmatch(text) and text not in _RESERVED else quoted(text)


def command_text(command: str, *words: str, options: Iterable[str] = ()) -> str:
    """Write a command. The `options` select what it works on, and come before the other words."""
    return f"`confsync {' '.join((command, *map(shlex.quote, (*options, *words))))}`"


def target_options(environment: str | None, *, emulator: bool) -> tuple[str, ...]:
    """Write the options that select an environment, and the embedded emulator if the run used it."""
    return *(("-e", environment) if environment else ()), *(("--emulator",) if emulator else ())


def shown_address(address: str) -> str:
    """Write an address, quoted if a key in it could be read as more than a key."""
    return address if _ADDRESS.fullmatch(address) and not _COUNT.search(address) else quoted(address)


def normalized(text: str) -> str:
    """Give texts that look the same because Unicode can encode a character in several ways one form (NFC)."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def encoding_difference(here: str, there: str) -> str:
    """Say where two texts differ that have one normalized form: which code points the character has in each."""
    start = next((at for at, pair in enumerate(zip(here, there, strict=False)) if pair[0] != pair[1]), 0)
    while start and any(unicodedata.combining(text[start]) for text in (here, there)):
        start -= 1
    one, other = (_first_character(text[start:]) for text in (here, there))
    return f"{in_quotes(normalized(one))} is {_code_points(one)} here and {_code_points(other)} there"


def _first_character(text: str) -> str:
    marks = next((at for at, each in enumerate(text) if at and not unicodedata.combining(each)), len(text))
    return text[:marks]


def _code_points(text: str) -> str:
    return " ".join(f"U+{ord(each):04X}" for each in text)
