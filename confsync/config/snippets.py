"""The lines that diagnostics quote, without what may be a secret in the open.

A literal in a secret field is a mistake, and so is whatever stands beside it on its line: a second key, an anchor, a
byte that is no UTF-8. None of these may print it, so a line is cut behind every key that promises a secret, and a URL
with a password or a token in it is hidden.
"""

import re
from collections.abc import Iterable

from msgspec.structs import replace

from confsync.config.references import masked
from confsync.diagnostics import Diagnostic
from confsync.resources import KINDS
from confsync.secret import MASK

_TO_THE_VALUE = 2
"""Columns from a key's colon to its value."""

_ALWAYS = ("sensitive", "token", "auth_token", "password")


def without_secrets(diagnostics: Iterable[Diagnostic], sensitive: Iterable[str] = ()) -> tuple[Diagnostic, ...]:
    """Cut every quoted line behind a key that promises a secret and holds no reference.

    `sensitive` are the names of sensitive variables.
    """
    fields = (field.name for kind in KINDS for field in kind.secrets)
    words = "|".join(re.escape(word) for word in sorted({*fields, *_ALWAYS, *sensitive}))
    promise = re.compile(rf"(?<![A-Za-z0-9_])[\"']?(?:{words})[\"']?\s*:(?=\s)(?!\s+[\"']?\$\{{\{{)")
    return tuple(_without_open_urls(_cut(each, promise)) for each in diagnostics)


def _without_open_urls(diagnostic: Diagnostic) -> Diagnostic:
    if diagnostic.snippet is None or diagnostic.range is None:
        return diagnostic
    before = diagnostic.snippet[: diagnostic.range.start.column - 1]
    return replace(diagnostic, snippet=masked(diagnostic.snippet) if masked(before) == before else None)


def _cut(diagnostic: Diagnostic, promise: re.Pattern[str]) -> Diagnostic:
    found = promise.search(diagnostic.snippet or "")
    if found is None or diagnostic.range is None or diagnostic.snippet is None or MASK in diagnostic.snippet:
        return diagnostic
    if diagnostic.range.start.column > found.end() + _TO_THE_VALUE:
        return replace(diagnostic, snippet=None)
    return replace(diagnostic, snippet=f"{diagnostic.snippet[: found.end()]} {MASK}")
