"""How the value of each field changes that a plan writes, and who changed it in Twilio before.

The host of a live URL may be shown even where the declared URL is sensitive, unless it is the URL that confsync itself
sent: a reviewer must see to whom somebody else leads the data.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from msgspec import Struct

from confsync.config.desired import Desired, DesiredValue, value_digest
from confsync.config.tree import MissingSecret
from confsync.live.snapshot import Snapshot
from confsync.model import Field
from confsync.names import Address, Sid
from confsync.plan.change import Change, SecretState
from confsync.plan.difference import Difference, LiveValue
from confsync.plan.match import LiveResource
from confsync.planning.diff import field_differences
from confsync.secret import Secret
from confsync.state.fingerprints import Fingerprinter, SecretPlace
from confsync.state.ledger import Entry, Ledger

FieldValue = LiveValue | DesiredValue


class Hosts(Struct, frozen=True):
    """The hosts of a URL before and after a change, None where they may not be shown."""

    before: str | None = None
    after: str | None = None
    same: bool = False


class FieldChange(Struct, frozen=True, kw_only=True):
    """How the value of one field changes. `desired` is what is declared, `applied` the digest of what was applied last.

    `is_new` means that the resource did not exist, `made_outside` that the change undoes what somebody else changed.
    `sent` is what is known of a value that Twilio never returns.
    """

    field: Field
    before: FieldValue
    after: FieldValue
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    hosts: Hosts = Hosts()
    desired: DesiredValue = None
    applied: str | None = None
    is_new: bool = False
    made_outside: bool = False
    sent: SecretState | None = None

    @property
    def opposite(self) -> "FieldChange":
        """The change that somebody else made, if this one undoes it."""
        return FieldChange(
            field=self.field,
            before=self.after,
            after=self.before,
            added=self.removed,
            removed=self.added,
            hosts=Hosts(self.hosts.after, self.hosts.before, self.hosts.same),
            desired=self.desired,
            applied=self.applied,
        )


class FieldChanges(Struct, frozen=True):
    """Finds how fields change, compared with what is live and with what the ledger says was applied.

    `recorded` is the ledger as read, in which no resource has moved to another address yet.
    """

    snapshot: Snapshot
    fingerprinter: Fingerprinter
    recorded: Ledger

    def of(self, change: Change) -> Iterator[FieldChange]:
        """Describe each field that is written; a resource that supersedes another is compared with that one."""
        old = self.snapshot.identity.superseded.get(change.address)
        if old and not change.match:
            for each in field_differences(change.desired, self.snapshot.with_addresses(old)):
                yield self._compared(each, change.desired, old)
            return
        live = change.match.found if change.match else None
        for each in change.differences:
            if each.path in change.send:
                yield self._compared(each, change.desired, live)
        for name, state in change.write_only.items():
            if name in change.send and live:
                field, value = change.kind.by_name[name], change.desired.fields[name]
                yield FieldChange(field=field, before=None, after=value, sent=state)

    def _compared(self, difference: Difference, desired: Desired, live: LiveResource | None) -> FieldChange:
        entry = self._entry(desired, live)
        value = desired.fields[difference.path]
        meant = self._meant(value, live.fields.get(difference.path) if live else None)
        return FieldChange(
            field=difference.field,
            before=difference.before if meant else self._named(difference.before),
            after=difference.after,
            added=difference.added,
            removed=difference.removed,
            hosts=self._hosts(difference, entry, live),
            desired=value,
            applied=entry.applied.get(difference.path) if entry else None,
            is_new=live is None,
            made_outside=not meant and entry is not None and self._was_applied(value, difference.path, entry),
        )

    def _named(self, value: LiveValue) -> LiveValue:
        """Name a live resource that has no address of its own by its name."""
        found = self.snapshot.by_sid.get(Sid(value)) if isinstance(value, str) else None
        return found.name if found else value

    def _meant(self, value: FieldValue, live: LiveValue) -> bool:
        """Whether the live SID is of a resource that had the declared address when it was applied."""
        if not isinstance(value, Address) or not isinstance(live, str):
            return False
        entry = self.recorded.owner.get(Sid(live))
        return live == self.snapshot.identity.vanished.get(value) or (entry is not None and entry.address == value)

    def _entry(self, desired: Desired, live: LiveResource | None) -> Entry | None:
        ledger = self.snapshot.ledger
        if live is None:
            return None
        return ledger.owner.get(live.sid) if live.sid else ledger.current.get(desired.address)

    def _was_applied(self, value: FieldValue, name: str, entry: Entry) -> bool:
        """Whether a value is the one that was applied last, according to the ledger."""
        if isinstance(value, Secret):
            place = SecretPlace(self.snapshot.ledger.account_sid, entry.id, name)
            return self.fingerprinter.compare(value, place, entry.fingerprints.get(name)) is SecretState.UNCHANGED
        known = entry.applied.get(name)
        return known is not None and not isinstance(value, MissingSecret) and known == value_digest(value)

    def _hosts(self, difference: Difference, entry: Entry | None, live: LiveResource | None) -> Hosts:
        url = live.fields.get(difference.path) if live else None
        before, after = _host(url), difference.after
        known = _host(after)
        same = bool(before) and (_leads_to(after, before) if isinstance(after, Secret) else before == known)
        masked = isinstance(difference.before, Secret) and isinstance(url, str)
        ours = masked and entry is not None and self._was_applied(Secret(str(url)), difference.path, entry)
        return Hosts(None if ours else before, known, same)


def _host(url: object) -> str | None:
    """Give the host and the port of a URL, without user information."""
    if not isinstance(url, str) or "://" not in url:
        return None
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower() or None
    except ValueError:
        return None


def _leads_to(url: Secret, host: str | None) -> bool:
    """Whether a sensitive URL has a host. It is only matched, never shown."""
    return url.matches(rf"(?is)https?://(?:[^/?#]*@)?{re.escape(host or '')}(?:[/?#].*)?")
