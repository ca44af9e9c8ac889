"""What a plan knows about values that Twilio never returns, and which secrets a new resource lacks."""

from collections.abc import Iterator

from confsync.config.codes import Code
from confsync.config.desired import Desired, value_digest
from confsync.config.tree import MissingSecret, error_at
from confsync.extra_parameters import extra_fields
from confsync.live.snapshot import Snapshot
from confsync.model import Field
from confsync.plan.change import SecretState
from confsync.plan.match import LiveResource, Match
from confsync.secret import Secret
from confsync.state.fingerprints import Fingerprinter, SecretPlace
from confsync.state.ledger import Entry

TO_SEND = frozenset({SecretState.CHANGED, SecretState.UNKNOWN})
"""The states in which a value is sent."""


def write_only_states(
    desired: Desired, match: Match, snapshot: Snapshot, fingerprinter: Fingerprinter
) -> Iterator[tuple[str, SecretState]]:
    """Compare each managed value that Twilio never returns with the one that was sent."""
    owner, current = snapshot.ledger.owner, snapshot.ledger.current
    entry = owner.get(match.found.sid) if match.found.sid else current.get(desired.address)
    for field in desired.kind.write_only:
        if desired.wants(field) and field.secret:
            yield field.name, _secret_state(desired, field, entry, match.found, snapshot, fingerprinter)
        elif desired.wants(field):
            yield field.name, _plain_state(desired, field, entry)
    for field in extra_fields(desired.fields):
        if desired.wants(field) and field.name not in match.found.fields:
            yield field.name, _plain_state(desired, field, entry)


def unavailable_states(
    desired: Desired, match: Match, snapshot: Snapshot, fingerprinter: Fingerprinter
) -> Iterator[tuple[str, SecretState]]:
    """Say of each sensitive value that Twilio returns and that is not available here what its fingerprint shows."""
    owner, current = snapshot.ledger.owner, snapshot.ledger.current
    entry = owner.get(match.found.sid) if match.found.sid else current.get(desired.address)
    for name, value in desired.fields.items():
        field = desired.kind.by_name[name]
        if isinstance(value, MissingSecret) and not field.write_only and desired.wants(field):
            yield name, _live_state(field, entry, match.found, snapshot, fingerprinter)


def _live_state(
    field: Field, entry: Entry | None, live: LiveResource, snapshot: Snapshot, fingerprinter: Fingerprinter
) -> SecretState:
    """Compare the live value with the one last applied: if somebody changed it, an apply has to send the value."""
    known = entry.fingerprints.get(field.name) if entry else None
    if entry is None or known is None or not fingerprinter.recognises(known):
        return SecretState.NOT_COMPARABLE
    value, place = live.fields.get(field.name), SecretPlace(snapshot.ledger.account_sid, entry.id, field.name)
    same = isinstance(value, str) and fingerprinter.compare(Secret(value), place, known) is SecretState.UNCHANGED
    return SecretState.NOT_CHECKED if same or field.immutable else SecretState.CHANGED


def undeclared_secrets(desired: Desired) -> Iterator[MissingSecret]:
    """Find the secrets that a new resource needs and that are not written: Twilio would create it without them."""
    for field in desired.kind.secrets:
        if field.name not in desired.fields and field.applies(desired.fields):
            why = "it is not declared"
            summary = f"'{field.name}' must be sent to create {desired.address}, but {why}"
            hint = f"write `{field.name}: ${{{{ env.NAME }}}}`"
            yield MissingSecret(error_at(desired.written, Code.MISSING_SECRET, summary, hint), field.name, why)


def _plain_state(desired: Desired, field: Field, entry: Entry | None) -> SecretState:
    known = entry.applied.get(field.name) if entry else None
    if known is None:
        return SecretState.UNKNOWN
    return SecretState.UNCHANGED if known == value_digest(desired.fields[field.name]) else SecretState.CHANGED


def _secret_state(
    desired: Desired,
    field: Field,
    entry: Entry | None,
    live: LiveResource,
    snapshot: Snapshot,
    fingerprinter: Fingerprinter,
) -> SecretState:
    value = desired.fields[field.name]
    if entry is not None and desired.secret_version not in (None, entry.secret_version):
        return SecretState.CHANGED
    known = entry.fingerprints.get(field.name) if entry else None
    if entry is None or known is None:
        return SecretState.UNKNOWN
    if not isinstance(value, Secret):
        return SecretState.NOT_CHECKED if fingerprinter.recognises(known) else SecretState.NOT_COMPARABLE
    state = fingerprinter.compare(value, SecretPlace(snapshot.ledger.account_sid, entry.id, field.name), known)
    return SecretState.MODIFIED_OUTSIDE if state is SecretState.UNCHANGED and _is_modified(entry, live) else state


def _is_modified(entry: Entry, live: LiveResource) -> bool:
    """Whether somebody changed a live resource since confsync last wrote or matched it."""
    return None not in (entry.date_updated, live.date_updated) and entry.date_updated != live.date_updated
