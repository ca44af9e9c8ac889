"""Guesses which resource to create is an orphaned one under a new address. Only advice depends on it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher

from confsync.config.config import Config
from confsync.config.desired import Desired, value_digest
from confsync.config.tree import MissingSecret
from confsync.live.snapshot import Snapshot
from confsync.names import Address
from confsync.secret import Secret
from confsync.state.ledger import Entry

SIMILAR = 0.6
"""How similar two keys must be; less similar ones count only if all values are equal."""

MOST_PAIRS = 10_000
"""In a collection with more pairs, comparing takes too long, and no guess would be reliable."""


def likely_renames(config: Config, snapshot: Snapshot, orphaned: Iterable[Entry]) -> Mapping[Address, Desired]:
    """Return the new declaration of each orphaned resource for which exactly one fits, and which fits no other."""
    by_collection: dict[Address, list[Entry]] = defaultdict(list)
    for each in orphaned:
        by_collection[Address(each.address[:-1])].append(each)
    new: dict[Address, list[Desired]] = defaultdict(list)
    for desired in config.resources.values():
        if desired.address not in snapshot.matches and not desired.lifecycle.absent:
            new[Address(desired.address[:-1])].append(desired)
    pairs = ((entries, new[collection]) for collection, entries in by_collection.items() if collection in new)
    return {entry.address: desired for entries, created in pairs for entry, desired in _pairs(entries, created)}


def _pairs(entries: list[Entry], created: list[Desired]) -> Iterator[tuple[Entry, Desired]]:
    """Pair an entry with a declaration if each is the only best fit of the other."""
    if len(entries) * len(created) > MOST_PAIRS:
        return
    fits = {(entry.address, each.address): _fit(entry, each) for entry in entries for each in created}
    owners = {
        each.address: _only_best({entry.address: fits[entry.address, each.address] for entry in entries})
        for each in created
    }
    for entry in entries:
        best = _only_best({each.address: fits[entry.address, each.address] for each in created})
        if best and owners[best] == entry.address:
            yield entry, next(each for each in created if each.address == best)


def _only_best(fits: Mapping[Address, float]) -> Address | None:
    """Return the address that fits best, unless another one fits as well or none fits at all."""
    highest = max(fits.values())
    best = [address for address, fit in fits.items() if fit == highest]
    return best[0] if highest and len(best) == 1 else None


def _fit(entry: Entry, desired: Desired) -> float:
    """Say how well a declaration fits a resource: by its key, or else by its values."""
    similarity = SequenceMatcher(None, entry.address.key, desired.address.key).ratio()
    if similarity >= SIMILAR:
        return similarity
    return SIMILAR / 2 if _has_the_values_of(desired, entry) else 0.0


def _has_the_values_of(desired: Desired, entry: Entry) -> bool:
    """Whether all declared values, except the natural key and secrets, are those last applied to an entry."""
    # the ledger has no digest of a secret, so two resources with unknown secrets are not equal
    compared = {
        each.name: desired.fields[each.name]
        for each in desired.kind.fields
        if not (each.in_natural_key or each.secret) and each.name in desired.fields
    }
    return bool(compared) and all(
        not isinstance(value, Secret | MissingSecret) and entry.applied.get(name) == value_digest(value)
        for name, value in compared.items()
    )
