"""What may hang on a thing, kind by kind: which lists to count when it is to go, and what else to say."""

from collections.abc import Callable, Mapping
from enum import Enum, auto

from msgspec import Struct

from confsync.model import Kind
from confsync.plan.blast_radius import Noun
from confsync.plan.match import LiveResource
from confsync.resources.account_configuration import AccountConfiguration
from confsync.resources.conversation import Conversation
from confsync.resources.credential import Credential
from confsync.resources.participant import Participant
from confsync.resources.phone_address import PhoneAddress
from confsync.resources.role import Role
from confsync.resources.service import Service
from confsync.resources.service_configuration import ServiceConfiguration
from confsync.resources.user import User
from confsync.twilio.pages import Filters

CONVERSATIONS = Noun("conversation", "conversations")
USERS = Noun("user", "users")
PUSH_BINDINGS = Noun("push binding", "push bindings")
PHONE_ADDRESSES = Noun("phone address", "phone addresses")
PARTICIPANTS = Noun("participant", "participants")
MESSAGES = Noun("message", "messages")


class Where(Enum):
    """Where a list is found, seen from the thing that is to go."""

    WITHIN = auto()
    BESIDE = auto()
    IN_EVERY_SERVICE = auto()


class Listing(Struct, frozen=True):
    """A list of Twilio's: its path, its key in a page, the largest page, and the key that tells its items apart."""

    path: str
    key: str
    page_size: int
    id_key: str = "sid"
    filters: Filters = ()


class Counted(Struct, frozen=True):
    """One thing to count. Where a list holds others too, `named_in` leads to the SID of what an item hangs on.

    `asked_by` is a filter of Twilio's, and the field of the thing that it must equal.
    """

    noun: Noun
    listing: Listing
    where: Where = Where.WITHIN
    named_in: tuple[str, ...] = ()
    asked_by: tuple[str, str] | None = None


class Dependents(Struct, frozen=True):
    """What may hang on things of one kind. `defaults` is the singleton beside them that may name one of them."""

    counted: tuple[Counted, ...] = ()
    defaults: Kind | None = None
    says: Callable[[LiveResource], tuple[str, ...]] = lambda _: ()


def listing_of(kind: Kind) -> Listing:
    """Give the list of all things of a kind in one place."""
    return Listing(kind.path, kind.list_key, kind.page_size)


def dependents_of(kind: Kind) -> Dependents:
    """Give what may hang on a thing of a kind; on most, nothing that is counted."""
    return _REACHES.get(kind, Dependents())


def _what_messages_begin(address: LiveResource) -> tuple[str, ...]:
    if not address.fields.get("auto_creation.enabled"):
        return ()
    kind = address.fields.get("auto_creation.type")
    return (f"messages to it now begin a conversation{f' (type {kind})' if kind else ''}",)


_PUSHED = (("BindingType", "apn"), ("BindingType", "gcm"), ("BindingType", "fcm"))
"""Without twilsock, which is an open connection and no device that is pushed to."""

_BINDINGS = Listing("Bindings", "bindings", 100, filters=_PUSHED)
_MESSAGES = Listing("Messages", "messages", 100)
_CONVERSATIONS_OF_A_USER = Listing("Conversations", "conversations", 50, id_key="conversation_sid")

_BEGUN_IN = PhoneAddress.kind.by_name["auto_creation.conversation_service"].read_path
_ROLE_HELD = User.kind.by_name["role"].read_path

_REACHES: Mapping[Kind, Dependents] = {
    Service.kind: Dependents(
        (
            Counted(CONVERSATIONS, listing_of(Conversation.kind)),
            Counted(USERS, listing_of(User.kind)),
            Counted(PUSH_BINDINGS, _BINDINGS),
            Counted(PHONE_ADDRESSES, listing_of(PhoneAddress.kind), Where.BESIDE, named_in=_BEGUN_IN),
        ),
        defaults=AccountConfiguration.kind,
    ),
    Role.kind: Dependents(
        (Counted(USERS, listing_of(User.kind), Where.BESIDE, named_in=_ROLE_HELD),),
        defaults=ServiceConfiguration.kind,
        says=lambda _: (f"{PARTICIPANTS.many} not counted",),
    ),
    Credential.kind: Dependents(
        (Counted(PUSH_BINDINGS, _BINDINGS, Where.IN_EVERY_SERVICE, named_in=("credential_sid",)),),
    ),
    User.kind: Dependents(
        (
            Counted(CONVERSATIONS, _CONVERSATIONS_OF_A_USER),
            Counted(PUSH_BINDINGS, _BINDINGS, Where.BESIDE, asked_by=("Identity", "identity")),
        ),
    ),
    Conversation.kind: Dependents(
        (
            Counted(PARTICIPANTS, listing_of(Participant.kind)),
            Counted(MESSAGES, _MESSAGES),
        ),
    ),
    PhoneAddress.kind: Dependents(says=_what_messages_begin),
}
