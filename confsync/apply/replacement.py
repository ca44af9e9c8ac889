"""What a replacement records before it deletes a resource, so that another run can restore the undeclared values."""

from collections.abc import Iterable, Iterator, Mapping

from confsync.codecs import Value
from confsync.live.snapshot_content import contains_secret
from confsync.names import Address, Sid, containers_of
from confsync.plan.change import Change
from confsync.redaction import mask_urls
from confsync.secret import Secret
from confsync.state.ledger import PendingReplace
from confsync.state.replay import FieldValues


def pending_replace(change: Change, sids: Mapping[Address, Sid]) -> PendingReplace | None:
    """Return what to record of a replacement; None if everything that the resource has is declared."""
    if change.sid is None or not change.copied:
        return None
    return PendingReplace(
        address=change.address,
        sid=change.sid,
        inside=containers_of(change.address, sids),
        fields=tuple(change.copied),
    )


def recordable_values(change: Change, secrets: Iterable[Secret]) -> FieldValues:
    """Return the undeclared values that a file may contain: none that is sensitive or that contains a secret."""
    secrets = tuple(secrets)
    return dict(_open_values(change, secrets))


def _open_values(change: Change, secrets: tuple[Secret, ...]) -> Iterator[tuple[str, Value]]:
    for name, value in change.copied.items():
        if isinstance(value, str | bool | int | frozenset):
            texts = value if isinstance(value, frozenset) else (value,) if isinstance(value, str) else ()
            if not any(_is_sensitive(each, secrets) for each in texts):
                yield name, value


def _is_sensitive(text: str, secrets: tuple[Secret, ...]) -> bool:
    return mask_urls(text) != text or contains_secret(text, secrets)
