"""Pagination of lists: the page that a client requests, and the URLs of its neighbours."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import parse_qs, urlencode

from msgspec import Struct, field

from confsync.emulator.api_error import (
    BAD_PAGE_SIZE,
    BAD_PAGE_TOKEN,
    INVALID_VALUE,
    MISSING_PARAMETER,
    ErrorResponse,
    invalid_parameter,
)
from confsync.emulator.settings import EmulatorSettings
from confsync.emulator.spec import Filter, ResourceSpec
from confsync.emulator.store import RowRange, Transaction
from confsync.emulator.write_context import Row

DEFAULT_SIZE = 50
TOKEN_PREFIX = "PT"  # noqa: S105 — the prefix of a page token, not a secret
MAX_ID = 2**63 - 1
MAX_DIGITS = 9

Side = Literal["after", "before"]


class PageRequest(Struct, frozen=True):
    """The page that a client requests: `size` rows on one side of the row id `mark` that meet the conditions.

    `filters` is the query string of the filters, which the URLs of other pages repeat.
    """

    size: int
    number: int = 0
    side: Side = "after"
    mark: int | None = None
    token: str = ""
    is_reversed: bool = False
    conditions: Row = field(default_factory=dict)
    filters: str = ""

    @property
    def direction(self) -> Literal["up", "down"]:
        """Whether the ids of the page lie above or below its mark."""
        return "up" if (self.side == "after") != self.is_reversed else "down"

    def row_range(self) -> RowRange:
        """Return the rows to fetch: one more than the page shows, to learn whether there are more."""
        mark = self.mark if self.mark is not None else 0 if self.direction == "up" else MAX_ID
        return RowRange(self.direction, mark, self.size + 1, self.conditions)


class ResultPage(Struct, frozen=True):
    """The rows of one page, and the tokens of the neighbouring pages."""

    rows: tuple[dict[str, Any], ...]
    before: str = ""
    after: str = ""


def parse_page_request(query: str, spec: ResourceSpec, settings: EmulatorSettings) -> PageRequest:
    """Parse the filters, PageSize, Page and PageToken; raise an ErrorResponse for invalid values."""
    sent = parse_qs(query.encode(errors="replace").decode(), keep_blank_values=True)
    filters = {each: sent[each.name] for each in spec.filters if any(sent.get(each.name, ()))}
    _check_filters(spec, filters)
    values = {each: each.type.parse(each.name, words) for each, words in filters.items()}
    token = sent.get("PageToken", [""])[0]
    side, mark = _parse_token(token, spec)
    return PageRequest(
        size=_page_size(sent.get("PageSize", [None])[0], spec, settings),
        number=_parse_integer("Page", sent.get("Page", ["0"])[0], at_least=0),
        side=side,
        mark=mark,
        token=token,
        is_reversed=any(value == "desc" for each, value in values.items() if not each.clause),
        conditions={each.clause: value for each, value in values.items() if each.clause},
        filters="".join(
            f"{urlencode({each.name: _shown(each, words)}, doseq=True)}&" for each, words in filters.items()
        ),
    )


def fetch_page(tx: Transaction, spec: ResourceSpec, scope: Mapping[str, str], requested: PageRequest) -> ResultPage:
    """Fetch a page in one query."""
    rows = tx.page(spec.read_from, scope, requested.row_range())
    shown, has_more = rows[: requested.size], len(rows) > requested.size
    if requested.side == "before":
        shown, has_before, has_after = shown[::-1], has_more, True
    else:
        has_before, has_after = requested.mark is not None, has_more
    first, last = (shown[0]["id"], shown[-1]["id"]) if shown else _marks_of_empty_page(requested)
    return ResultPage(
        tuple(shown),
        before=_token(spec, "before", first) if has_before else "",
        after=_token(spec, "after", last) if has_after else "",
    )


def page_meta(page: ResultPage, requested: PageRequest, url: str, key: str) -> dict[str, Any]:
    """Build the `meta` object of a list."""

    def page_url(number: int, token: str) -> str:
        base = f"{url}?{requested.filters}PageSize={requested.size}&Page={max(number, 0)}"
        return f"{base}&PageToken={token}" if token else base

    return {
        "page": requested.number,
        "page_size": requested.size,
        "first_page_url": page_url(0, ""),
        "previous_page_url": page_url(requested.number - 1, page.before) if page.before else None,
        "url": page_url(requested.number, requested.token),
        "next_page_url": page_url(requested.number + 1, page.after) if page.after else None,
        "key": key,
    }


def _marks_of_empty_page(requested: PageRequest) -> tuple[int, int]:
    """Return marks whose pages include the row at the mark of a page that has become empty."""
    mark, step = requested.mark or 0, -1 if requested.is_reversed else 1
    return min(mark + step, MAX_ID), max(mark - step, 0)


def _shown(filter_: Filter, words: list[str]) -> list[str]:
    """Return what the URLs of other pages repeat. An order is in lower case, whatever the client sent."""
    return words if filter_.clause else [word.lower() for word in words]


def _check_filters(spec: ResourceSpec, filters: Mapping[Filter, list[str]]) -> None:
    if not spec.needs_one_filter or len(filters) == 1:
        return
    names = " or ".join(each.name for each in spec.filters)
    raise ErrorResponse(400, MISSING_PARAMETER, f"Exactly one of the parameters {names} is required")


def _page_size(sent: str | None, spec: ResourceSpec, settings: EmulatorSettings) -> int:
    if sent is None:
        return min(DEFAULT_SIZE, spec.page_maximum)
    size = _parse_integer("PageSize", sent, at_least=1, wrong=BAD_PAGE_SIZE)
    if size > spec.page_maximum and settings.page_size_over_maximum == "reject":
        raise ErrorResponse(400, BAD_PAGE_SIZE, f"Page size too large: at most {spec.page_maximum}")
    return min(size, spec.page_maximum)


def _parse_integer(name: str, sent: str, *, at_least: int, wrong: int = INVALID_VALUE) -> int:
    if not (sent.isascii() and sent.isdigit() and len(sent) <= MAX_DIGITS and int(sent) >= at_least):
        raise invalid_parameter(name, wrong, f"not a whole number of at least {at_least}")
    return int(sent)


def _token(spec: ResourceSpec, side: Side, mark: int) -> str:
    content = json.dumps([spec.name, side, mark]).encode()
    return TOKEN_PREFIX + urlsafe_b64encode(content).decode().rstrip("=")


def _parse_token(token: str, spec: ResourceSpec) -> tuple[Side, int | None]:
    if not token:
        return "after", None
    try:
        match json.loads(_decode_token(token)):
            case [spec.name, "after" | "before" as side, int(mark)] if 0 <= mark <= MAX_ID:
                return side, mark
    except (ValueError, RecursionError):
        pass
    raise ErrorResponse(400, BAD_PAGE_TOKEN, "Invalid PageToken")


def _decode_token(token: str) -> bytes:
    if not token.startswith(TOKEN_PREFIX):
        raise ValueError
    encoded = token.removeprefix(TOKEN_PREFIX)
    return urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
