"""Every resource type that can be declared, in the order of the documentation."""

from functools import cache

from confsync.annotations import Trait
from confsync.model import Kind
from confsync.names import Address
from confsync.resources.account import Account
from confsync.resources.account_configuration import AccountConfiguration
from confsync.resources.account_webhooks import AccountWebhooks
from confsync.resources.conversation import Conversation
from confsync.resources.conversation_webhook import ConversationWebhook
from confsync.resources.credential import Credential
from confsync.resources.notification_level import NotificationLevel
from confsync.resources.participant import Participant
from confsync.resources.phone_address import PhoneAddress
from confsync.resources.role import Role
from confsync.resources.service import Service
from confsync.resources.service_configuration import ServiceConfiguration
from confsync.resources.service_notifications import ServiceNotifications
from confsync.resources.service_webhooks import ServiceWebhooks
from confsync.resources.user import User

KINDS: tuple[Kind, ...] = tuple(
    model.kind
    for model in (
        AccountConfiguration,
        AccountWebhooks,
        PhoneAddress,
        Credential,
        Service,
        ServiceConfiguration,
        ServiceNotifications,
        ServiceWebhooks,
        Role,
        Conversation,
        Participant,
        ConversationWebhook,
        User,
        NotificationLevel,
    )
)

GROUPS: tuple[Kind, ...] = (Account.kind,)


@cache
def children_of(parent: Kind | None) -> tuple[Kind, ...]:
    """Find the kinds directly below a kind, or those at the top level."""
    return tuple(kind for kind in (*GROUPS, *KINDS) if kind.parent is parent)


def is_account_level(kind: Kind) -> bool:
    """Whether a resource belongs to the account itself, and not to something at the top that contains others."""
    while kind.parent is not None:
        kind = kind.parent
    return kind.group or not children_of(kind)


def holds_personal_data(kind: Kind) -> bool:
    """Whether the values of a kind, or of what contains it, are personal data."""
    return kind.personal or (kind.parent is not None and holds_personal_data(kind.parent))


def has_personal_name(kind: Kind) -> bool:
    """Whether the live name of a resource of a kind may identify a person or a line."""
    return holds_personal_data(kind) or any(Trait.PERSONAL in each.traits for each in kind.key_fields)


def kind_of(address: Address) -> Kind | None:
    """Find the kind of an address by the sections in it; None if no resource can have the address."""
    kind: Kind | None = None
    steps = iter(address)
    for section in steps:
        kind = next((each for each in children_of(kind) if each.section == section), None)
        if kind is None or (not (kind.singleton or kind.group) and next(steps, None) is None):
            return None
    return None if kind is None or kind.group else kind
