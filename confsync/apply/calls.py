"""The requests that carry out a change. References become SIDs here."""

from collections.abc import Mapping

from msgspec import Struct

from confsync.codecs import Value
from confsync.config.desired import DesiredValue
from confsync.config.tree import MissingSecret
from confsync.model import Kind
from confsync.names import Address, Sid, home_url, member_url, parent_of, url_of
from confsync.plan.change import Change
from confsync.plan.match import LiveResource
from confsync.planning.diff import resolve_edit
from confsync.secret import as_secret
from confsync.twilio.wire import Params, encode_fields


class WriteCall(Struct, frozen=True):
    """A create or an update: its path, and the fields to send, with references as SIDs."""

    kind: Kind
    path: str
    fields: Mapping[str, Value]

    @property
    def params(self) -> Params:
        """The form to send."""
        return encode_fields(self.kind, self.fields)

    def is_done_in(self, live: Mapping[str, Value]) -> bool:
        """Whether a live resource has every value of this call; false for a value that Twilio never returns."""
        return all(name in live and as_secret(live[name]) == as_secret(value) for name, value in self.fields.items())


def change_url(change: Change, sids: Mapping[Address, Sid]) -> str:
    """Return the path of the live resource of a change. Raises KeyError if a SID in it is not known."""
    # a deleted resource is addressed by its own SID, because its successor may have its address
    if change.deletes and change.sid:
        home = home_url(change.kind, parent_of(change.kind, change.address), sids)
        return member_url(home, change.sid)
    return url_of(change.kind, change.address, sids)


def create_call(change: Change, sids: Mapping[Address, Sid]) -> WriteCall:
    """Build the request that creates a resource. Raises KeyError if a SID that it needs is not known."""
    home = home_url(change.kind, parent_of(change.kind, change.address), sids)
    return WriteCall(change.kind, home, _with_sids(_create_fields(change), sids))


def update_call(change: Change, sids: Mapping[Address, Sid], live: LiveResource | None = None) -> WriteCall:
    """Build the request that updates a resource; an edit of a set needs the live one. Raises KeyError as above."""
    before = live.fields if live else {}
    fields = {name: resolve_edit(value, before.get(name)) for name, value in change.send.items()}
    return WriteCall(change.kind, url_of(change.kind, change.address, sids), _with_sids(fields, sids))


def follow_up_call(change: Change, sids: Mapping[Address, Sid]) -> WriteCall | None:
    """Build the update that follows a create, if there are values that Twilio accepts only in an update."""
    fields = {name: value for name, value in change.send.items() if _is_update_only(change, name, value)}
    if not fields:
        return None
    fields |= {name: value for name, value in change.send.items() if change.kind.by_name[name].required_on_update}
    return WriteCall(change.kind, url_of(change.kind, change.address, sids), _with_sids(fields, sids))


def _create_fields(change: Change) -> dict[str, DesiredValue]:
    """Return the fields of a create: none that only an update accepts, plus those that Twilio requires with others."""
    fields = {name: value for name, value in change.send.items() if not _is_update_only(change, name, value)}
    required = {name: values[0] for each in fields for name, values in change.kind.by_name[each].send_with}
    return required | fields


def _is_update_only(change: Change, name: str, value: DesiredValue) -> bool:
    return value in change.kind.by_name[name].update_only


def _with_sids(fields: Mapping[str, DesiredValue], sids: Mapping[Address, Sid]) -> dict[str, Value]:
    return {name: _with_sid(value, sids) for name, value in fields.items()}


def _with_sid(value: DesiredValue, sids: Mapping[Address, Sid]) -> Value:
    match value:
        case Address():
            return sids[value]
        case MissingSecret():
            raise TypeError("a missing secret blocks the apply before anything is sent")
    return value
