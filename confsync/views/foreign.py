"""Text that somebody else wrote, made fit to be printed: live names, values of a configuration, Twilio's messages.

A terminal obeys control characters, and a CI runner obeys lines such as `::set-output …` or `##[command]`. Both are
shown instead, as visible escapes. Every foreign text passes through here on its way out.
"""

import re
import unicodedata

_COMMAND = re.compile(r"^\s*(:)(?=:)|(#)(?=#[A-Za-z]*\[)")
"""What a runner takes for a command: `::` where a line begins, `##[`, `##vso[` and their like anywhere in it."""

_IN_JSON = re.compile(r"##(?=[A-Za-z]*\[)")


def printable(text: str) -> str:
    """Give one line that shows a text and does nothing; what cannot be shown becomes a visible escape."""
    if text.isprintable() and "##" not in text and "::" not in text:
        return text
    return "".join(cells(text))


def cells(text: str) -> list[str]:
    """Give what each character of a text is printed as, so that columns can still be counted."""
    shown = [character if character.isprintable() else _escape(character) for character in text]
    for command in _COMMAND.finditer(text):
        place = command.start(command.lastindex or 0)
        shown[place] = _escape(text[place])
    return shown


def width(text: str) -> int:
    """Count the columns that a printable text takes on a terminal."""
    return sum(_width(character) for character in text)


def transmissible(text: str) -> str:
    """Give a text that every encoding of Unicode can carry: a lone surrogate becomes an escape."""
    return text.encode(errors="backslashreplace").decode()


def harmless_json(text: str) -> str:
    """Keep a runner from taking a JSON document's strings for commands; to a parser it stays the same document."""
    return _IN_JSON.sub(r"\\u0023#", text)


def _escape(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    number = ord(character)
    if number <= _LAST_OF_TWO_DIGITS:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number <= _LAST_OF_FOUR_DIGITS else f"\\U{number:08x}"


_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LAST_OF_TWO_DIGITS = 0xFF
_LAST_OF_FOUR_DIGITS = 0xFFFF


def _width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
