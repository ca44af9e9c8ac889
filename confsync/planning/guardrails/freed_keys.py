"""Finds the changes that must free a natural key before another one can take it, where Twilio allows each only once."""

from collections.abc import Iterable, Iterator, Mapping

from confsync.names import Address
from confsync.plan.change import Action, Change, Key

Place = tuple[Address, object]
"""The address of a collection, and a natural key in it."""


def freeing_changes(changes: Iterable[Change]) -> Mapping[Key, Change]:
    """Return, for each change that takes the natural key of another resource, the change that frees it.

    Those that would have to wait for each other in a circle are left out: none of them could be the first.
    """
    writing = [each for each in changes if each.kind.unique and each.writes and not each.deletes]
    freed = {place: each for each in writing for place in _places(each, _keys_before(each) - _keys_after(each))}
    waiting = {each.key: freed[place] for each in writing for place in taken_places(each) if place in freed}
    followers = {before.key: key for key, before in waiting.items()}
    ordered: dict[Key, Change] = {}
    for first in followers.keys() - waiting.keys():
        key = first
        while key in followers:
            key = followers[key]
            ordered[key] = waiting[key]
    return ordered


def taken_places(change: Change) -> Iterator[Place]:
    """Yield the natural keys that a change gives to a resource that did not have them."""
    if change.kind.unique and change.writes and not change.deletes:
        yield from _places(change, _keys_after(change) - _keys_before(change))


def _places(change: Change, keys: Iterable[object]) -> Iterator[Place]:
    return ((Address(change.address[:-1]), key) for key in keys)


def _keys_before(change: Change) -> frozenset[object]:
    return frozenset(change.match.found.natural_keys) if change.match else frozenset()


def _keys_after(change: Change) -> frozenset[object]:
    kept = change.match.found.fields if change.match and Action.REPLACE not in change.actions else {}
    return frozenset(change.kind.natural_keys({**kept, **change.send}))
