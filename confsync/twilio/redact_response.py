"""Takes out of an answer what was sent and must not be seen, however it comes back."""

import base64
import html
import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

from confsync.secret import MASK

TELLING = 12
"""So many characters in a row of a secret are taken for the secret; a shorter secret has to come back whole."""


def redact(text: str, hidden: Iterable[str]) -> str:
    """Mask every stretch of a text that is a hidden one, or a telling part of it, plainly or encoded."""
    folded = text.casefold()
    if len(folded) != len(text):
        text = folded
    marks = bytearray(len(text))
    for length, pieces in _pieces(hidden).items():
        for start in range(len(folded) - length + 1):
            if folded[start : start + length] in pieces:
                marks[start : start + length] = b"\1" * length
    return "".join(_masked(text, marks))


def _pieces(hidden: Iterable[str]) -> dict[int, set[str]]:
    by_length: dict[int, set[str]] = {}
    for secret in hidden:
        for form in _forms(secret):
            folded = form.casefold()
            length = min(TELLING, len(folded))
            if length:
                pieces = (folded[start : start + length] for start in range(len(folded) - length + 1))
                by_length.setdefault(length, set()).update(pieces)
    return by_length


def _forms(secret: str) -> Iterator[str]:
    """Give a secret in every form in which a server might repeat it; longer runs of spaces count as one."""
    octets = secret.encode()
    yield secret
    yield " ".join(secret.split())
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield html.escape(secret)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield octets.hex()
    yield secret[::-1]
    for skipped in range(3):
        yield from _in_base64(octets[skipped:])


def _in_base64(octets: bytes) -> Iterator[str]:
    """Give base64 in both alphabets, without the end: that depends on what follows."""
    whole = len(octets) // 3 * 3
    yield base64.b64encode(octets[:whole]).decode()
    yield base64.urlsafe_b64encode(octets[:whole]).decode()


def _masked(text: str, marks: bytearray) -> Iterator[str]:
    inside = False
    for character, mark in zip(text, marks, strict=True):
        if mark and not inside:
            yield MASK
        if not mark:
            yield character
        inside = bool(mark)
