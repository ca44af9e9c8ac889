"""Compares the values that a snapshot masks, as far as the digests in the ledger allow that."""

from collections.abc import Iterable, Iterator, Mapping

from confsync.config.desired import Desired, DesiredValue, value_digest
from confsync.config.tree import MissingSecret
from confsync.live.snapshot import Snapshot
from confsync.plan.change import SecretState
from confsync.plan.difference import Difference, LiveValue
from confsync.plan.match import Match
from confsync.redaction import mask_url_path
from confsync.secret import MASK, Secret


def masked_states(desired: Desired, match: Match, snapshot: Snapshot) -> Mapping[str, bool | None]:
    """Say of each masked value that is managed whether it differs from the declared one; None if nobody can tell."""
    live = match.found
    if not live.masked:
        return {}
    entry = snapshot.ledger.owner.get(live.sid) if live.sid else snapshot.ledger.current.get(desired.address)
    applied = entry.applied if entry else {}
    return {
        name: _differs(desired.fields[name], live.fields.get(name), applied.get(name), as_applied=live.masked[name])
        for name in desired.fields
        if name in live.masked and desired.wants(desired.kind.by_name[name])
    }


def comparable(differences: Iterable[Difference], masked: Mapping[str, bool | None]) -> Iterator[Difference]:
    """Yield the differences of values that are not masked, or that certainly differ."""
    return (each for each in differences if masked.get(each.path, True))


def unknown_states(masked: Mapping[str, bool | None]) -> dict[str, SecretState]:
    """Return the state of each masked value that cannot be compared."""
    return {name: SecretState.NOT_RECORDED for name, differs in masked.items() if differs is None}


def _differs(desired: DesiredValue, shown: LiveValue, applied: str | None, *, as_applied: bool | None) -> bool | None:
    if isinstance(desired, Secret | MissingSecret) or as_applied is None:
        return None
    is_applied = applied is not None and applied == value_digest(desired)
    if as_applied:
        return not is_applied
    if is_applied:
        return True
    return True if _has_another_host(desired, shown) else None


def _has_another_host(desired: DesiredValue, shown: LiveValue) -> bool:
    """Whether what is shown of a masked URL already shows that it is a different one."""
    if not isinstance(desired, str) or not isinstance(shown, str) or shown == MASK:
        return False
    return mask_url_path(desired) != shown
