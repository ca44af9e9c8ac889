"""Pages of a list: what a client asks for, and how it is told where the next one is."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qs

from confsync.emulator.kind import Kind
from confsync.emulator.refusal import BAD_PAGE_TOKEN, PAGE_TOO_LARGE, Refusal, invalid
from confsync.emulator.settings import Settings
from confsync.emulator.store import Transaction

DEFAULT_SIZE = 50
TOKEN_PREFIX = "PT"  # noqa: S105 — the mark of a page token, no secret
LARGEST_ID = 2**63 - 1
MOST_DIGITS = 9

Side = Literal["after", "before"]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page a client asks for: `size` rows on one side of a row's id."""

    size: int
    number: int = 0
    side: Side = "after"
    mark: int = 0
    token: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one page, and the tokens of its neighbours where it has any."""

    rows: tuple[dict[str, Any], ...]
    before: str = ""
    after: str = ""


def asked_for(query: str, kind: Kind, settings: Settings) -> Asked:
    """Read PageSize, Page and PageToken; raise a Refusal for what cannot be served."""
    sent = {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}
    size = _size(sent.get("PageSize"), kind, settings)
    number = _whole("Page", sent.get("Page", "0"), at_least=0)
    token = sent.get("PageToken", "")
    if not token:
        return Asked(size, number)
    side, mark = _read_token(token, kind)
    return Asked(size, number, side, mark, token)


def fetch_page(at: Transaction, kind: Kind, scope: dict[str, str], asked: Asked) -> Page:
    """Fetch it in one query, with one row more than is shown to learn whether that was all."""
    rows = at.page(kind.name, scope, asked.side, asked.mark, asked.size + 1)
    has_more = len(rows) > asked.size
    if asked.side == "after":
        shown = tuple(rows[: asked.size])
        has_before, has_after = asked.mark > 0, has_more
    else:
        shown = tuple(rows[-asked.size :])
        has_before, has_after = has_more, True
    return Page(
        shown,
        before=_token(kind, "before", shown[0]["id"] if shown else asked.mark + 1) if has_before else "",
        after=_token(kind, "after", shown[-1]["id"] if shown else asked.mark - 1) if has_after else "",
    )


def meta(page: Page, asked: Asked, url: str, key: str) -> dict[str, Any]:
    """Write the seven keys that stand beside every list."""

    def at(number: int, token: str) -> str:
        here = f"{url}?PageSize={asked.size}&Page={max(number, 0)}"
        return f"{here}&PageToken={token}" if token else here

    return {
        "page": asked.number,
        "page_size": asked.size,
        "first_page_url": at(0, ""),
        "previous_page_url": at(asked.number - 1, page.before) if page.before else None,
        "url": at(asked.number, asked.token),
        "next_page_url": at(asked.number + 1, page.after) if page.after else None,
        "key": key,
    }


def _size(sent: str | None, kind: Kind, settings: Settings) -> int:
    if sent is None:
        return min(DEFAULT_SIZE, kind.page_maximum)
    size = _whole("PageSize", sent, at_least=1)
    if size > kind.page_maximum and settings.page_size_over_maximum == "reject":
        raise Refusal(400, PAGE_TOO_LARGE, f"Page size too large: at most {kind.page_maximum}")
    return min(size, kind.page_maximum)


def _whole(name: str, sent: str, *, at_least: int) -> int:
    if not (sent.isascii() and sent.isdigit() and len(sent) <= MOST_DIGITS and int(sent) >= at_least):
        raise invalid(name, why=f"not a whole number of at least {at_least}")
    return int(sent)


def _token(kind: Kind, side: Side, mark: int) -> str:
    content = json.dumps([kind.name, side, mark]).encode()
    return TOKEN_PREFIX + urlsafe_b64encode(content).decode().rstrip("=")


def _read_token(token: str, kind: Kind) -> tuple[Side, int]:
    try:
        match json.loads(_uncoded(token)):
            case [kind.name, "after" | "before" as side, int(mark)] if 0 <= mark <= LARGEST_ID:
                return side, mark
    except (ValueError, RecursionError):
        pass
    raise Refusal(400, BAD_PAGE_TOKEN, "Invalid PageToken")


def _uncoded(token: str) -> bytes:
    if not token.startswith(TOKEN_PREFIX):
        raise ValueError
    coded = token.removeprefix(TOKEN_PREFIX)
    return urlsafe_b64decode(coded + "=" * (-len(coded) % 4))
