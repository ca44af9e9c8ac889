"""Walks a list from page to page, and never off our own origin."""

from collections.abc import Sequence
from urllib.parse import unquote_plus, urlencode, urlsplit

from confsync.errors import MalformedAnswer
from confsync.names import is_sid
from confsync.twilio.body import Json
from confsync.twilio.origin import Origin, is_twilio

MOST_PAGES = 10_000
MOST_STALE_PAGES = 3

Filters = Sequence[tuple[str, str]]
"""Query parameters that narrow a list, as Twilio names them; a name that is repeated takes any of its values."""


class Paginator:
    """One walk through a list: what was seen on it, so that nothing comes twice and no loop holds us.

    `id_key` is the key of an item's own SID, or of another thing's that is in the list once.
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
        self._told_apart_by = id_key
        self._targets = {self._narrowed(f"PageSize={page_size}")}
        self._sids: set[str] = set()
        self._stale = 0

    @property
    def first(self) -> str:
        """Where the walk begins."""
        return min(self._targets)

    def fresh(self, page: Json) -> list[Json]:
        """Give the items of a page that were on none before; items move between pages while others change the list."""
        fresh = []
        for item in self._items(page):
            if item[self._told_apart_by] not in self._sids:
                self._sids.add(item[self._told_apart_by])
                fresh.append(item)
        self._notice(stale=not fresh)
        return fresh

    def onward(self, page: Json) -> str | None:
        """Give the next page's path and query, or nothing at the end."""
        meta = page.get("meta")
        if not isinstance(meta, dict) or "next_page_url" not in meta:
            raise self._malformed("does not say whether there is a next page")
        if meta["next_page_url"] is None:
            return None
        target = self._confined(meta["next_page_url"])
        if target in self._targets:
            raise self._malformed("leads in a circle")
        if len(self._targets) >= MOST_PAGES:
            raise self._malformed(f"has more than {MOST_PAGES:,} pages")
        self._targets.add(target)
        return target

    def _items(self, page: Json) -> list[Json]:
        items = page.get(self._key)
        if not isinstance(items, list):
            raise self._malformed(f"has no list {self._key!r}")
        if not all(isinstance(item, dict) and is_sid(item.get(self._told_apart_by)) for item in items):
            raise self._malformed(f"has something in {self._key!r} that is not an object with a SID")
        return items

    def _notice(self, *, stale: bool) -> None:
        self._stale = self._stale + 1 if stale else 0
        if self._stale > MOST_STALE_PAGES:
            raise self._malformed("goes on without bringing anything new")

    def _confined(self, url: object) -> str:
        """Take path and query of a next page, if it is the same list on our origin or on Twilio's own.

        Behind a proxy Twilio still names itself; only path and query are used, so that the request stays with us.
        """
        if not isinstance(url, str) or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
            raise self._malformed("has a next page that is no address")
        try:
            parts = urlsplit(url)
        except ValueError:
            raise self._malformed("has a next page that is no address") from None
        base_url = f"{parts.scheme}://{parts.netloc}"
        if base_url != self._origin.base_url and not is_twilio(base_url):
            raise self._malformed("has a next page on a foreign host, which was not asked")
        if parts.path != self._path or not parts.query or "#" in url:
            raise self._malformed("has a next page that belongs to another list")
        return self._narrowed(parts.query)

    def _narrowed(self, query: str) -> str:
        """Give path and query with our own filters, whatever a next page makes of them: without, it is another list."""
        names = {name for name, _ in self._filters}
        rest = (each for each in query.split("&") if unquote_plus(each.partition("=")[0]) not in names)
        narrowed = [urlencode(self._filters), *rest] if names else [query]
        return f"{self._path}?{'&'.join(narrowed)}"

    def _malformed(self, how: str) -> MalformedAnswer:
        return MalformedAnswer(
            f"GET {self._path}: the list {how}.", hint="Run it again; if it stays so, tell Twilio's support."
        )
