"""Pages of a list: what a client asks for, and how it is told where the next one is."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qs, urlencode

from confsync.emulator.deed import Row
from confsync.emulator.kind import Filter, Kind
from confsync.emulator.refusal import BAD_PAGE_TOKEN, MISSING_PARAMETER, PAGE_TOO_LARGE, Refusal, invalid
from confsync.emulator.settings import Settings
from confsync.emulator.store import Slice, Transaction

DEFAULT_SIZE = 50
TOKEN_PREFIX = "PT"  # noqa: S105 — the mark of a page token, no secret
LARGEST_ID = 2**63 - 1
MOST_DIGITS = 9

Side = Literal["after", "before"]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page a client asks for: `size` rows on one side of a row's id, that meet the conditions.

    `filters` is how the query asked for less than everything, to be repeated in the URLs of other pages.
    """

    size: int
    number: int = 0
    side: Side = "after"
    mark: int | None = None
    token: str = ""
    is_turned: bool = False
    conditions: Row = field(default_factory=dict)
    filters: str = ""

    @property
    def direction(self) -> Literal["up", "down"]:
        """Whether the page's ids lie above or below its mark."""
        return "up" if (self.side == "after") != self.is_turned else "down"

    def slice(self) -> Slice:
        """Say what to fetch: one row more than is shown, to learn whether that was all."""
        mark = self.mark if self.mark is not None else 0 if self.direction == "up" else LARGEST_ID
        return Slice(self.direction, mark, self.size + 1, self.conditions)


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one page, and the tokens of its neighbours where it has any."""

    rows: tuple[dict[str, Any], ...]
    before: str = ""
    after: str = ""


def asked_for(query: str, kind: Kind, settings: Settings) -> Asked:
    """Read the filters, PageSize, Page and PageToken; raise a Refusal for what cannot be served."""
    sent = parse_qs(query.encode(errors="replace").decode(), keep_blank_values=True)
    filters = {each: sent[each.name] for each in kind.filters if any(sent.get(each.name, ()))}
    _check_filters(kind, filters)
    values = {each: each.shape.read(each.name, words) for each, words in filters.items()}
    token = sent.get("PageToken", [""])[0]
    side, mark = _read_token(token, kind)
    return Asked(
        size=_size(sent.get("PageSize", [None])[0], kind, settings),
        number=_whole("Page", sent.get("Page", ["0"])[0], at_least=0),
        side=side,
        mark=mark,
        token=token,
        is_turned=any(value == "desc" for each, value in values.items() if not each.clause),
        conditions={each.clause: value for each, value in values.items() if each.clause},
        filters="".join(f"{urlencode({each.name: words}, doseq=True)}&" for each, words in filters.items()),
    )


def fetch_page(at: Transaction, kind: Kind, scope: Mapping[str, str], asked: Asked) -> Page:
    """Fetch it in one query."""
    rows = at.page(kind.read_from, scope, asked.slice())
    shown, has_more = rows[: asked.size], len(rows) > asked.size
    if asked.side == "before":
        shown, has_before, has_after = shown[::-1], has_more, True
    else:
        has_before, has_after = asked.mark is not None, has_more
    first, last = (shown[0]["id"], shown[-1]["id"]) if shown else _around(asked)
    return Page(
        tuple(shown),
        before=_token(kind, "before", first) if has_before else "",
        after=_token(kind, "after", last) if has_after else "",
    )


def meta(page: Page, asked: Asked, url: str, key: str) -> dict[str, Any]:
    """Write the seven keys that stand beside every list."""

    def at(number: int, token: str) -> str:
        here = f"{url}?{asked.filters}PageSize={asked.size}&Page={max(number, 0)}"
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


def _around(asked: Asked) -> tuple[int, int]:
    """Give marks that include the mark of a page that turned out empty."""
    mark, step = asked.mark or 0, -1 if asked.is_turned else 1
    return min(mark + step, LARGEST_ID), max(mark - step, 0)


def _check_filters(kind: Kind, filters: Mapping[Filter, list[str]]) -> None:
    if not kind.needs_one_filter or len(filters) == 1:
        return
    names = " or ".join(each.name for each in kind.filters)
    raise Refusal(400, MISSING_PARAMETER, f"Exactly one of the parameters {names} is required")


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


def _read_token(token: str, kind: Kind) -> tuple[Side, int | None]:
    if not token:
        return "after", None
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
