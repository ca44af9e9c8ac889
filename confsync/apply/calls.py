"""The requests that make a change so: addresses become SIDs here."""

from collections.abc import Mapping

from msgspec import Struct

from confsync.codecs import Value
from confsync.config.desired import DesiredValue, MissingSecret
from confsync.model import Kind
from confsync.names import Address, Sid, home_url, member_url, parent_of, url_of
from confsync.plan.change import Change
from confsync.plan.match import LiveResource
from confsync.planning.diff import resolve_edit
from confsync.secret import as_secret
from confsync.twilio.wire import Params, encode_fields


class WriteCall(Struct, frozen=True):
    """A create or an update: where it goes, and the fields that it carries, references as SIDs."""

    kind: Kind
    path: str
    fields: Mapping[str, Value]

    @property
    def params(self) -> Params:
        """The form that is sent."""
        return encode_fields(self.kind, self.fields)

    def done_in(self, told: Mapping[str, Value]) -> bool:
        """Whether a live thing shows every value that this call carries; what is never told back cannot be shown."""
        return all(name in told and as_secret(told[name]) == as_secret(value) for name, value in self.fields.items())


def change_url(change: Change, sids: Mapping[Address, Sid]) -> str:
    """Give the path of the live thing that a change is about. Raises KeyError where a SID on the way is not known.

    What is deleted goes by its own SID, since what supersedes it has its address.
    """
    if change.deletes and change.sid:
        home = home_url(change.kind, parent_of(change.kind, change.address), sids)
        return member_url(home, change.sid)
    return url_of(change.kind, change.address, sids)


def create_call(change: Change, sids: Mapping[Address, Sid]) -> WriteCall:
    """Build the request that makes a thing. Raises KeyError where a SID that it needs is not known."""
    home = home_url(change.kind, parent_of(change.kind, change.address), sids)
    return WriteCall(change.kind, home, _at_the_edge(_at_first(change), sids))


def update_call(change: Change, sids: Mapping[Address, Sid], live: LiveResource | None = None) -> WriteCall:
    """Build the request that changes a thing; an edit of a set needs the live one. Raises KeyError as above."""
    told = live.fields if live else {}
    fields = {name: resolve_edit(value, told.get(name)) for name, value in change.send.items()}
    return WriteCall(change.kind, url_of(change.kind, change.address, sids), _at_the_edge(fields, sids))


def follow_up_call(change: Change, sids: Mapping[Address, Sid]) -> WriteCall | None:
    """Build the request that follows a create, where there are values that Twilio takes only then."""
    later = {name: value for name, value in change.send.items() if _is_later(change, name, value)}
    return (
        WriteCall(change.kind, url_of(change.kind, change.address, sids), _at_the_edge(later, sids)) if later else None
    )


def _at_first(change: Change) -> dict[str, DesiredValue]:
    """Give what a create carries: nothing that only an update takes, and what Twilio wants beside the rest."""
    fields = {name: value for name, value in change.send.items() if not _is_later(change, name, value)}
    beside = {name: values[0] for each in fields for name, values in change.kind.by_name[each].send_with}
    return beside | fields


def _is_later(change: Change, name: str, value: DesiredValue) -> bool:
    return value in change.kind.by_name[name].update_only


def _at_the_edge(fields: Mapping[str, DesiredValue], sids: Mapping[Address, Sid]) -> dict[str, Value]:
    return {name: _one(value, sids) for name, value in fields.items()}


def _one(value: DesiredValue, sids: Mapping[Address, Sid]) -> Value:
    match value:
        case Address():
            return sids[value]
        case MissingSecret():
            raise TypeError("a missing secret is found before anything is sent")
    return value
