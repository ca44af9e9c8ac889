"""Escapes text that others wrote before it is printed: live names, configuration values, Twilio's messages."""

# A terminal obeys control characters, and a CI runner obeys lines such as `::set-output …` or `##[command]`. Both are
# printed as visible escapes instead. Markdown gives meaning to many more words (`@team`, `#1`, a bare URL), but not
# inside code, so everything but plain words is put in code. All text that others wrote passes through here.

import html as html_entities
import re
import unicodedata
from collections.abc import Iterator
from itertools import accumulate
from urllib.parse import quote

_COMMAND = re.compile(r"^\s*(:)(?=:)|(#)(?=#[A-Za-z]*\[)")
"""What a runner reads as a command: `::` at the start of a line; `##[`, `##vso[` and the like anywhere in it."""

_IN_JSON = re.compile(r"##(?=[A-Za-z]*\[)")


def printable(text: str) -> str:
    """Return a text as one harmless line; what is not printable becomes a visible escape."""
    if text.isprintable() and "##" not in text and "::" not in text:
        return text
    return "".join(cells(text))


def cells(text: str) -> list[str]:
    """Return what each character of a text is printed as, so that columns can still be counted."""
    shown = [character if character.isprintable() else _escape(character) for character in text]
    for command in _COMMAND.finditer(text):
        place = command.start(command.lastindex or 0)
        shown[place] = _escape(text[place])
    return shown


def width(text: str) -> int:
    """Count the columns that a printable text takes on a terminal."""
    return sum(_width(character) for character in text)


def cut_to_width(text: str, columns: int) -> str:
    """Cut a printable text so that it fits into a number of columns of a terminal."""
    end = 0
    for end, used in enumerate(accumulate(map(_width, text)), 1):
        if used > columns:
            return f"{text[: max(end - 2, 0)]}…"
    return text[:end]


def utf8_safe(text: str) -> str:
    """Return a text that every Unicode encoding can represent: a lone surrogate becomes an escape."""
    return text if text.isascii() else text.encode(errors="backslashreplace").decode()


def harmless_json(text: str) -> str:
    """Keep a runner from reading strings of a JSON document as commands; to a parser the document stays the same."""
    return _IN_JSON.sub(r"\\u0023#", text)


def html(text: str) -> str:
    """Escape a text for an element or an attribute, as one line."""
    return html_entities.escape(printable(text))


def markdown(text: str) -> str:
    """Escape a sentence for Markdown: plain words stay, everything else becomes code."""
    return " ".join(_pieces(printable(text)))


def code_spans(text: str) -> Iterator[tuple[str, bool]]:
    """Split a sentence at the code that it quotes in backticks. Yield each piece, and whether it is code."""
    end = 0
    for found in _CODE.finditer(text):
        yield text[end : found.start("code") - 1], False
        yield found["code"], True
        end = found.end("code") + 1
    yield text[end:], False


def markdown_code(text: str) -> str:
    """Render a text as inline code."""
    return _as_code(printable(text) or " ")


def markdown_fence(lines: list[str], language: str) -> str:
    """Render printable lines as a code block, with a fence that none of them can close."""
    marks = "`" * max((_SHORTEST_FENCE, *(longest_run(line) + 1 for line in lines)))
    return "\n".join((f"{marks}{language}", *lines, marks))


def markdown_comment(text: str) -> str:
    """Escape a text for a hidden comment, so that different texts stay different."""
    return re.sub("(?<=-)-", "%2D", quote(utf8_safe(text), safe=""))


def github_message(text: str) -> str:
    """Escape the message of a command to GitHub's runner, and keep its lines."""
    lines = "\n".join(printable(line) for line in text.split("\n"))
    return _encoded(lines, "%\r\n")


def github_property(text: str) -> str:
    """Escape the value of a property of a command to GitHub's runner."""
    return _encoded(printable(text), "%\r\n:,")


def longest_run(text: str, character: str = "`") -> int:
    """Return the length of the longest run of a character."""
    return max(map(len, re.findall(f"{re.escape(character)}+", text)), default=0)


def _encoded(text: str, special: str) -> str:
    return "".join(f"%{ord(each):02X}" if each in special else each for each in text)


def _as_code(shown: str) -> str:
    """Quote a text with more backticks than it contains, padded if it begins or ends with one."""
    marks = "`" * (longest_run(shown) + 1)
    apart = shown.startswith("`") or shown.endswith("`") or (shown[0] == shown[-1] == " " and shown.strip())
    return f"{marks} {shown} {marks}" if apart else f"{marks}{shown}{marks}"


def _pieces(text: str) -> Iterator[str]:
    """Split a sentence into its code spans and its other words."""
    end = 0
    for found in _CODE.finditer(text):
        yield from map(_piece, text[end : found.start()].split())
        yield f"{found['opened']}{_as_code(found['code'])}{found['closed']}"
        end = found.end()
    yield from map(_piece, text[end:].split())


def _piece(word: str) -> str:
    """Escape one word; quotation marks, brackets and punctuation around it stay outside the code."""
    core = word.lstrip(_OPENING).rstrip(_CLOSING)
    if not core:
        return _as_code(word)
    opened, _, closed = word.partition(core)
    numbers_a_list = not opened and core.isdecimal() and closed.startswith((".", ")"))
    return word if _PLAIN.fullmatch(core) and not numbers_a_list else f"{opened}{_as_code(core)}{closed}"


_OPENING = "\"'("
_CLOSING = ".,;:!?\"')"
_CODE = re.compile(r"(?<!\S)(?P<opened>[\"'(]*)`(?P<code>[^`]+)`(?P<closed>[.,;:!?\"')]*)(?!\S)")

_ATOM = r"(?!(?i:www)(?:\W|$))(?![a-fA-F]{7})(?>[^\W\d_]+(?![^\W_])|[^\W_]{1,6}(?![^\W_]))"
_PLAIN = re.compile(rf"{_ATOM}(?>(?:['/]|-(?!\d)){_ATOM})*+")
"""Words that no renderer turns into a link: no dot as in a host name, nothing that looks like a commit or an issue.

The expression never backtracks, so a hostile text takes no longer than another.
"""

_SHORTEST_FENCE = 3


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
