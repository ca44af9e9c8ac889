"""The one request that makes a change so: addresses become SIDs here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from confsync.config.desired import MissingSecret, Wanted
from confsync.engine.plan import Action, Change
from confsync.model import Kind, Value
from confsync.names import Address, Sid, home_url, parent_of, url_of
from confsync.twilio.wire import Params, encode


@dataclass(frozen=True, slots=True)
class Call:
    """A create or an update: where it goes, and the fields that it carries, references as SIDs."""

    action: Literal[Action.CREATE, Action.UPDATE]
    kind: Kind
    path: str
    fields: Mapping[str, Value]

    @property
    def params(self) -> Params:
        """The form that is sent."""
        return encode(self.kind, self.fields)

    def done_in(self, told: Mapping[str, Value]) -> bool:
        """Whether a live thing shows every value that this call carries; what is never told back cannot be shown."""
        return all(name in told and told[name] == value for name, value in self.fields.items())


def calls_for(change: Change, sids: Mapping[Address, Sid]) -> Call:
    """Build the request of a change that writes. Raises KeyError where a SID that it needs is not known."""
    fields = {name: _at_the_edge(value, sids) for name, value in change.send.items()}
    if Action.CREATE in change.actions:
        home = home_url(change.kind, parent_of(change.kind, change.address), sids)
        return Call(Action.CREATE, change.kind, home, fields)
    return Call(Action.UPDATE, change.kind, url_of(change.kind, change.address, sids), fields)


def _at_the_edge(value: Wanted, sids: Mapping[Address, Sid]) -> Value:
    match value:
        case Address():
            return sids[value]
        case MissingSecret():
            raise TypeError("a missing secret is found before anything is sent")
    return value
