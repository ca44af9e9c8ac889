"""Searches whatever a run produces for values that must not appear, in every form in which one might."""

import base64
import html
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus


def found_in(content: bytes, canaries: Iterable[str]) -> list[str]:
    """Return which canaries some bytes contain, and how each is encoded."""
    folded = content.lower()
    return [f"{name}: {canary}" for canary in canaries for name, form in _forms(canary) if form.lower() in folded]


def found_below(folder: Path, canaries: Iterable[str], *, besides: Iterable[Path] = ()) -> list[str]:
    """Search the name and the content of every file in a folder, except those that have the canaries on purpose."""
    files = [
        each
        for each in sorted(folder.rglob("*"))
        if each.is_file() and not each.is_symlink() and each not in set(besides)
    ]
    return [
        f"{each.relative_to(folder)}: {found}"
        for each in files
        for found in found_in(str(each).encode() + each.read_bytes(), canaries)
    ]


def _forms(canary: str) -> Iterator[tuple[str, bytes]]:
    """Encode a canary in twelve ways: as text, for the web, in JSON, in numbers, and backwards."""
    octets = canary.encode()
    yield "plain", octets
    yield "UTF-16", canary.encode("utf-16-le")
    yield "percent", quote(canary, safe="").encode()
    yield "form", quote_plus(canary).encode()
    yield "every byte percent", "".join(f"%{each:02x}" for each in octets).encode()
    yield "HTML", html.escape(canary).encode()
    yield "JSON", json.dumps(canary)[1:-1].encode()
    yield "hexadecimal", octets.hex().encode()
    yield "reversed", canary[::-1].encode()
    for skipped in range(3):
        # without the last group, which depends on what follows
        complete = octets[skipped:][: (len(octets) - skipped) // 3 * 3]
        yield f"base64, {skipped} bytes later", base64.b64encode(complete)
