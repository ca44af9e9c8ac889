"""Hides what must not be shown: tokens in URLs, secrets on quoted lines, and secrets in Twilio's responses.

Everything that confsync prints or saves passes through here, except values that are a `Secret`: those show nothing by
themselves.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

from msgspec.structs import replace

from confsync.diagnostics import Diagnostic, Range
from confsync.secret import MASK

# URLs


def is_suspicious_url(text: str) -> bool:
    """Whether a URL carries user information, or a parameter that looks like a token."""
    if "://" not in text or not _MAY_CARRY_A_TOKEN.search(text):
        return False
    try:
        url = urlsplit(text)
        parameters = parse_qsl(url.query) + parse_qsl(url.fragment)
    except ValueError:
        return False
    if not url.netloc:
        return False
    return "@" in url.netloc or any(_TOKEN_NAME.search(name) for name, _ in parameters)


def mask_urls(text: str) -> str:
    """Mask every suspicious URL in a text, which may itself be a URL."""
    if "://" not in text:
        return text
    if is_suspicious_url(text):
        return MASK
    return _URL.sub(lambda url: MASK if is_suspicious_url(url[0]) else url[0], text)


def mask_url_path(text: str) -> str:
    """Mask everything in a URL but its scheme and host: in the URL of a webhook, the path may be a token."""
    try:
        url = urlsplit(text)
    except ValueError:
        return MASK
    host = url.netloc.rpartition("@")[2]  # without a user name and a password
    if not host:
        return MASK
    bare = f"{url.scheme}://{host}"
    return text if text.rstrip("/") == bare else f"{bare}/{MASK}"


_URL = re.compile(r"""[A-Za-z][A-Za-z0-9+.-]*://[^\s"'<>\\]+""")
_MAY_CARRY_A_TOKEN = re.compile(r"[@?#]")
_TOKEN_NAME = re.compile(
    r"(?:^|[-_.])(?:access|auth|authorization|code|credentials?|hmac|jwt|key|apikey|passwd|password|pwd|secret|sig"
    r"|signature|token)$|(?:api|access|auth)key$|token$|secret$|password$",
    re.IGNORECASE,
)


# The lines that diagnostics quote


def hide_ranges(diagnostics: Iterable[Diagnostic], ranges: Iterable[Range]) -> list[Diagnostic]:
    """Hide what diagnostics quote from certain ranges: literals in secret fields, whatever else is wrong beside them.

    A quoted line is cut where the range begins, so the columns before it stay correct.
    """
    hidden: dict[tuple[str, int], int] = {}
    for each in ranges:
        for line in range(each.start.line, each.end_line + 1):
            column = each.start.column if line == each.start.line else 1
            place = (each.start.file, line)
            hidden[place] = min(column, hidden.get(place, column))
    return [_without_columns(each, hidden) for each in diagnostics]


def _without_columns(diagnostic: Diagnostic, hidden: dict[tuple[str, int], int]) -> Diagnostic:
    if diagnostic.range is None or diagnostic.snippet is None:
        return diagnostic
    start = diagnostic.range.start
    column = hidden.get((start.file, start.line))
    if column is None:
        return diagnostic
    if start.column > column:
        return replace(diagnostic, snippet=None)
    return replace(diagnostic, snippet=diagnostic.snippet[: column - 1] + MASK)


def redact_snippets(diagnostics: Iterable[Diagnostic], secret_keys: Iterable[str]) -> tuple[Diagnostic, ...]:
    """Mask suspicious URLs on every quoted line, and everything after a key that announces a secret.

    A value that is a reference stays. A literal in a secret field is a mistake, and another mistake on its line (a
    second key, an anchor, a byte that is not UTF-8) must not print it.
    """
    diagnostics = tuple(diagnostics)
    if not diagnostics:
        return ()
    keys = "|".join(re.escape(key) for key in sorted({*secret_keys, *_ALWAYS_SECRET}))
    secret_key = re.compile(rf"(?<![A-Za-z0-9_])[\"']?(?:{keys})[\"']?\s*:(?=\s)(?!\s+[\"']?\$\{{\{{)")
    return tuple(_without_urls(_cut_after(secret_key, each)) for each in diagnostics)


_ALWAYS_SECRET = ("sensitive", "token", "auth_token", "password")
_TO_THE_VALUE = 2
"""Columns from a key's colon to its value."""


def _without_urls(diagnostic: Diagnostic) -> Diagnostic:
    if diagnostic.snippet is None or diagnostic.range is None:
        return diagnostic
    before = diagnostic.snippet[: diagnostic.range.start.column - 1]
    return replace(diagnostic, snippet=mask_urls(diagnostic.snippet) if mask_urls(before) == before else None)


def _cut_after(secret_key: re.Pattern[str], diagnostic: Diagnostic) -> Diagnostic:
    found = secret_key.search(diagnostic.snippet or "")
    if found is None or diagnostic.range is None or diagnostic.snippet is None or MASK in diagnostic.snippet:
        return diagnostic
    if diagnostic.range.start.column > found.end() + _TO_THE_VALUE:
        return replace(diagnostic, snippet=None)
    return replace(diagnostic, snippet=f"{diagnostic.snippet[: found.end()]} {MASK}")


# Text that somebody else wrote


RECOGNISABLE = 12
"""This many consecutive characters of a secret are masked; a shorter secret is masked only as a whole."""


def redact(text: str, secrets: Iterable[str]) -> str:
    """Mask every part of a text that repeats a secret or a recognisable part of one, plainly or encoded."""
    folded = text.casefold()
    if len(folded) != len(text):
        text = folded
    hidden = bytearray(len(text))
    for length, pieces in _pieces(secrets).items():
        for start in range(len(folded) - length + 1):
            if folded[start : start + length] in pieces:
                hidden[start : start + length] = b"\1" * length
    return "".join(_masked(text, hidden))


def _pieces(secrets: Iterable[str]) -> dict[int, set[str]]:
    by_length: dict[int, set[str]] = {}
    for secret in secrets:
        for form in _encodings(secret):
            folded = form.casefold()
            length = min(RECOGNISABLE, len(folded))
            if length:
                pieces = (folded[start : start + length] for start in range(len(folded) - length + 1))
                by_length.setdefault(length, set()).update(pieces)
    return by_length


def _encodings(secret: str) -> Iterator[str]:
    """Give a secret in every form in which a server might repeat it; a run of spaces counts as one space."""
    import html  # noqa: PLC0415 — only for a response that reports an error

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
        yield from _base64_forms(octets[skipped:])


def _base64_forms(octets: bytes) -> Iterator[str]:
    """Encode in both alphabets, without the last group: that depends on what follows."""
    complete = len(octets) // 3 * 3
    yield base64.b64encode(octets[:complete]).decode()
    yield base64.urlsafe_b64encode(octets[:complete]).decode()


def _masked(text: str, hidden: bytearray) -> Iterator[str]:
    inside = False
    for character, is_hidden in zip(text, hidden, strict=True):
        if is_hidden and not inside:
            yield MASK
        if not is_hidden:
            yield character
        inside = bool(is_hidden)
