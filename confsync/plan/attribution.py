"""Who changed a live resource, when, and from where, as far as Twilio tells."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from confsync.names import Sid


class ChangeVerb(StrEnum):
    """What somebody did to a resource."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"


class ChangedBy(Struct, frozen=True):
    """The last change of one kind to a resource.

    `actor` is the SID of a user or an API key, `actor_type` and `source` are Twilio's own words, such as `user` and
    `web`. Each may be empty.
    """

    verb: ChangeVerb
    actor: str
    actor_type: str
    source: str
    at: datetime


class AttributionQuestion(Struct, frozen=True):
    """Who did something to a resource last, not before a time."""

    sid: Sid
    verb: ChangeVerb
    since: datetime
