"""Finds out what depends on a resource, and in which lists of Twilio's to count it."""

from collections.abc import Iterator

from msgspec import Struct

from confsync.annotations import Contains, Dependent, Listing, NotCounted, ReferredToBy, Stops
from confsync.model import Kind, plural
from confsync.plan.match import LiveResource
from confsync.plan.risk import Noun
from confsync.resources import KINDS


class CountedList(Struct, frozen=True, kw_only=True):
    """One list to count. It is below the resource, beside it, or in every resource of another kind.

    Where `sid_paths` are given, only the items that have the resource's SID at one of these paths count.
    """

    listing: Listing
    kind: Kind | None
    inside: bool = False
    in_every: Kind | None = None
    sid_paths: tuple[tuple[str, ...], ...] = ()
    filter_by: tuple[str, str] | None = None

    @property
    def noun(self) -> Noun:
        """What is counted."""
        return Noun(self.listing.title, plural(self.listing.title))


def listing_of(kind: Kind) -> Listing:
    """Describe the list of all resources of a kind in one parent."""
    return Listing(title=kind.title, path=kind.path, list_key=kind.list_key, page_size=kind.page_size)


def counted_lists(kind: Kind) -> Iterator[CountedList]:
    """Find the lists to count when a resource of a kind is deleted."""
    for dependent in kind.dependents:
        match dependent:
            case Contains(what):
                yield CountedList(listing=_listing(what), kind=_kind_of(what), inside=True)
            case ReferredToBy(what, sid_at, filter_by, in_every):
                yield CountedList(
                    listing=_listing(what),
                    kind=_kind_of(what),
                    in_every=_kind_titled(in_every) if in_every else None,
                    sid_paths=(tuple(sid_at.split(".")),) if sid_at else tuple(_reference_paths(what, kind)),
                    filter_by=filter_by,
                )
            case NotCounted() | Stops():
                pass


def referring_singletons(kind: Kind) -> Iterator[Kind]:
    """Find the singletons that name a resource of a kind: an account's default service, a service's default roles."""
    return (each for each in KINDS if each.singleton and each.references_to(kind))


def facts_about(live: LiveResource) -> Iterator[str]:
    """Say what a deletion means where nothing can be counted."""
    for dependent in live.kind.dependents:
        if text := _fact(dependent, live):
            yield text


def uncounted_facts(kind: Kind) -> Iterator[str]:
    """Say what `facts_about` says about dependents that cannot be counted, whether there are any or not."""
    return (_not_counted(each) for each in kind.dependents if isinstance(each, NotCounted))


def _not_counted(dependent: NotCounted) -> str:
    return f"{_kind_titled(dependent.what).plural} not counted"


def _fact(dependent: Dependent, live: LiveResource) -> str:
    match dependent:
        case NotCounted():
            return _not_counted(dependent)
        case Stops(text, while_set, detail) if live.fields.get(while_set):
            value = live.fields.get(detail)
            return f"{text} ({detail.rpartition('.')[2]} {value})" if value else text
    return ""


def _kind_titled(title: str) -> Kind:
    return next(each for each in KINDS if each.title == title)


def _kind_of(what: str | Listing) -> Kind | None:
    return None if isinstance(what, Listing) else _kind_titled(what)


def _listing(what: str | Listing) -> Listing:
    return what if isinstance(what, Listing) else listing_of(_kind_titled(what))


def _reference_paths(what: str | Listing, kind: Kind) -> Iterator[tuple[str, ...]]:
    if isinstance(what, str):
        yield from (field.read_path for field in _kind_titled(what).references_to(kind))
