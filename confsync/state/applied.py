"""What the ledger says of the values of a resource after a change: which were applied, and what stays unknown."""

from collections.abc import Iterable, Iterator, Mapping

from confsync.config.desired import value_digest
from confsync.config.tree import MissingSecret
from confsync.plan.change import Change, SecretState
from confsync.secret import Secret
from confsync.state.ledger import Entry


def is_still_modified(change: Change) -> bool:
    """Whether somebody else changed the resource, and it is not known whether its secret is still the one sent."""
    modified = (name for name, state in change.write_only.items() if state is SecretState.MODIFIED_OUTSIDE)
    return any(name not in change.send for name in modified)


def applied_digests(change: Change, known: Entry | None) -> Iterator[tuple[str, str]]:
    """Digest what was sent or seen to be equal, and keep the digests of ignored fields."""
    before: Mapping[str, str] = known.applied if known else {}
    for name, value in change.desired.fields.items():
        field = change.kind.by_name[name]
        if isinstance(value, Secret) and name in change.desired.unmarked:
            value = value.reveal()  # noqa: PLW2901 — it is open from now on
        if field.secret or isinstance(value, Secret | MissingSecret):
            continue
        unsent = (field.write_only and change.terminal) or name in change.create_only_unset
        if (change.desired.wants(field) and not unsent) or name in change.send:
            yield name, value_digest(value)
        elif name in before:
            yield name, before[name]


def copied_secrets(change: Change, dropped: Iterable[Entry]) -> Iterator[tuple[str, Secret]]:
    """Yield what a replacement copies and was sensitive in the entry of the deleted resource: it stays sensitive."""
    replaced = next((each for each in dropped if each.sid == change.sid), None)
    for name, value in change.copied.items() if replaced else ():
        if replaced and isinstance(value, Secret) and name in replaced.fingerprints:
            yield name, value
