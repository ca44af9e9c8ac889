"""Follows a list from page to page, and never leaves the origin."""

from collections.abc import Sequence
from urllib.parse import unquote_plus, urlencode, urlsplit

from confsync.errors import MalformedResponse
from confsync.names import is_sid
from confsync.twilio.body import Json
from confsync.twilio.origin import Origin, is_twilio

MAX_PAGES = 10_000
MAX_PAGES_WITHOUT_NEW_ITEMS = 3

Filters = Sequence[tuple[str, str]]
"""Query parameters that narrow a list; if a name is repeated, any of its values matches."""


class Paginator:
    """Reads one list once: returns no item twice, and stops if the pages form a loop.

    `id_key` is the key of the SID that identifies an item: its own, or that of another resource that it names.
    """

    def __init__(
        self,
        origin: Origin,
        path: str,
        key: str,
        page_size: int,
        *,
        filters: Filters = (),
        id_key: str = "sid",
    ) -> None:
        self._origin = origin
        self._path = path
        self._key = key
        self._filters = filters
        self._id_key = id_key
        self.first_target = self._with_filters(f"PageSize={page_size}")
        self._targets = {self.first_target}
        self._sids: set[str] = set()
        self._pages_without_new = 0

    def new_items(self, page: Json) -> list[Json]:
        """Return the items of a page that no earlier page had: items move between pages while others change a list."""
        new = []
        for item in self._items(page):
            if item[self._id_key] not in self._sids:
                self._sids.add(item[self._id_key])
                new.append(item)
        self._pages_without_new = 0 if new else self._pages_without_new + 1
        if self._pages_without_new > MAX_PAGES_WITHOUT_NEW_ITEMS:
            raise self._malformed("continues without returning anything new")
        return new

    def next_target(self, page: Json) -> str | None:
        """Return the path and query of the next page, or None at the end."""
        meta = page.get("meta")
        if not isinstance(meta, dict) or "next_page_url" not in meta:
            raise self._malformed("does not say whether there is a next page")
        if meta["next_page_url"] is None:
            return None
        target = self._checked_target(meta["next_page_url"])
        if target in self._targets:
            raise self._malformed("returns to an earlier page")
        if len(self._targets) >= MAX_PAGES:
            raise self._malformed(f"has more than {MAX_PAGES:,} pages")
        self._targets.add(target)
        return target

    def _items(self, page: Json) -> list[Json]:
        items = page.get(self._key)
        if not isinstance(items, list):
            raise self._malformed(f"has no list {self._key!r}")
        if not all(isinstance(item, dict) and is_sid(item.get(self._id_key)) for item in items):
            raise self._malformed(f"has something in {self._key!r} that is not an object with a SID")
        return items

    def _checked_target(self, url: object) -> str:
        """Return the path and query of a next page if it belongs to this list, on our origin or on Twilio's own."""
        # Behind a proxy Twilio still names itself. Only path and query are used, so the request stays at our origin.
        if not isinstance(url, str) or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
            raise self._malformed("has a next page that is not an address")
        try:
            parts = urlsplit(url)
        except ValueError:
            raise self._malformed("has a next page that is not an address") from None
        base_url = f"{parts.scheme}://{parts.netloc}"
        if base_url != self._origin.base_url and not is_twilio(base_url):
            raise self._malformed("has a next page on another host, to which nothing was sent")
        if parts.path != self._path or not parts.query or "#" in url:
            raise self._malformed("has a next page that belongs to another list")
        return self._with_filters(parts.query)

    def _with_filters(self, query: str) -> str:
        """Return path and query with our own filters: a next page that loses them would be another list."""
        names = {name for name, _ in self._filters}
        rest = (each for each in query.split("&") if unquote_plus(each.partition("=")[0]) not in names)
        parts = [urlencode(self._filters), *rest] if names else [query]
        return f"{self._path}?{'&'.join(parts)}"

    def _malformed(self, problem: str) -> MalformedResponse:
        return MalformedResponse(
            f"GET {self._path}: the list {problem}.", hint="Run it again; if it happens again, report it to Twilio."
        )
