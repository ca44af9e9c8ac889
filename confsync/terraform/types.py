"""The resource types of both Terraform providers, and what of each differs from confsync's own declaration.

Both providers have a flat attribute, or a block with one element, for each field: `auto_creation_webhook_url` is
`auto_creation.webhook_url`, and `role_sid` is the role. Only what does not follow from this rule is listed here.

- https://registry.terraform.io/providers/RJPearson94/twilio/latest/docs
- https://registry.terraform.io/providers/twilio/twilio/latest/docs
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from confsync.codecs import Value
from confsync.model import Kind
from confsync.resources import children_of


class TerraformType(Struct, frozen=True):
    """What a Terraform type is in confsync.

    `sections` leads to it from the top. `parent` is the attribute with the SID of the resource that contains it;
    without one, that is the account, or its default service. `renamed` says which field an attribute is, `left_out` why
    an attribute that has a field is not imported.
    """

    sections: tuple[str, ...]
    parent: str = ""
    renamed: Mapping[str, str] = {}
    constants: Mapping[str, Value] = {}
    left_out: Mapping[str, str] = {}

    @property
    def kind(self) -> Kind:
        """The resource type."""
        return kind_at(self.sections)


def kind_at(sections: Iterable[str]) -> Kind:
    """Find the resource type at the end of some sections."""
    kind: Kind | None = None
    for section in sections:
        kind = next(each for each in children_of(kind) if each.section == section)
    if kind is None:
        raise LookupError("no sections")
    return kind


SERVICES = ("services",)
ROLES = (*SERVICES, "roles")
USERS = (*SERVICES, "users")
CONVERSATIONS = (*SERVICES, "conversations")
PARTICIPANTS = (*CONVERSATIONS, "participants")
WEBHOOKS = (*CONVERSATIONS, "webhooks")
ADDRESSES = ("account", "addresses")
CREDENTIALS = ("credentials",)

_AUTO_CREATION = {
    "service_sid": "auto_creation.conversation_service",
    "enabled": "auto_creation.enabled",
    "webhook_url": "auto_creation.webhook_url",
    "webhook_method": "auto_creation.webhook_method",
    "webhook_filters": "auto_creation.webhook_filters",
    "flow_sid": "auto_creation.studio_flow_sid",
    "retry_count": "auto_creation.studio_retry_count",
}
_WEBHOOK = {
    "webhook_url": "configuration.url",
    "method": "configuration.method",
    "filters": "configuration.filters",
    "triggers": "configuration.triggers",
    "flow_sid": "configuration.flow_sid",
    "replay_after": "configuration.replay_after",
}
_PERMISSION = {"permission": "permissions"}
_STATE = {"state": "messages and timers change it as well, so declare it only to enforce it"}


def _address(kind: str) -> TerraformType:
    return TerraformType(ADDRESSES, renamed=_AUTO_CREATION, constants={"auto_creation.type": kind})


def _credential(kind: str) -> TerraformType:
    return TerraformType(CREDENTIALS, constants={"type": kind})


def _webhook(target: str) -> TerraformType:
    return TerraformType(WEBHOOKS, "conversation_sid", renamed=_WEBHOOK, constants={"target": target})


_COMMUNITY = {
    "configuration": TerraformType(("account", "configuration")),
    "webhook": TerraformType(("account", "webhooks")),
    "address_configuration_default": _address("default"),
    "address_configuration_webhook": _address("webhook"),
    "address_configuration_studio": _address("studio"),
    "push_credential_apn": _credential("apn"),
    "push_credential_fcm": _credential("fcm"),
    "service": TerraformType(SERVICES),
    "service_configuration": TerraformType((*SERVICES, "configuration"), "service_sid"),
    "service_notification": TerraformType((*SERVICES, "notifications"), "service_sid"),
    "role": TerraformType(ROLES, "service_sid"),
    "user": TerraformType(USERS, "service_sid"),
    "conversation": TerraformType(CONVERSATIONS, "service_sid", left_out=_STATE),
    "conversation_webhook": _webhook("webhook"),
    "conversation_trigger_webhook": _webhook("trigger"),
    "conversation_studio_webhook": _webhook("studio"),
}

_OFFICIAL = {
    "configuration_addresses": TerraformType(ADDRESSES),
    "credentials": TerraformType(CREDENTIALS),
    "services": TerraformType(SERVICES),
    "services_roles": TerraformType(ROLES, "chat_service_sid", renamed=_PERMISSION),
    "services_users": TerraformType(USERS, "chat_service_sid"),
    "services_conversations": TerraformType(CONVERSATIONS, "chat_service_sid", left_out=_STATE),
    "services_conversations_participants": TerraformType(PARTICIPANTS, "conversation_sid"),
    "services_conversations_webhooks": TerraformType(WEBHOOKS, "conversation_sid"),
    # without a service in its name, a type belongs to the default service of the account
    "roles": TerraformType(ROLES, renamed=_PERMISSION),
    "users": TerraformType(USERS),
    "conversations": TerraformType(CONVERSATIONS, left_out=_STATE),
    "conversations_participants": TerraformType(PARTICIPANTS, "conversation_sid"),
    "conversations_webhooks": TerraformType(WEBHOOKS, "conversation_sid"),
}

PREFIX = "twilio_conversations_"
TYPES: Mapping[str, TerraformType] = {
    **{f"{PREFIX}{name}": each for name, each in _COMMUNITY.items()},
    **{f"{PREFIX}{name}_v1": each for name, each in _OFFICIAL.items()},
}
"""The types by their names in Terraform: those of RJPearson94/twilio, then those of twilio/twilio."""

NOT_MANAGED: Mapping[str, str] = {
    f"{PREFIX}conversations_messages_v1": "confsync manages no messages",
    f"{PREFIX}services_conversations_messages_v1": "confsync manages no messages",
}
"""The types of Twilio Conversations that are not resource types of confsync, with the reason."""

COMPUTED = frozenset(
    {
        "id",
        "sid",
        "account_sid",
        "service_sid",
        "chat_service_sid",
        "conversation_sid",
        "integration_type",
        "is_notifiable",
        "is_online",
        "last_read_message_index",
        "last_read_timestamp",
        "links",
        "timeouts",
        "url",
        "date_created",
        "date_updated",
        "timers_date_closed",
        "timers_date_inactive",
    }
)
"""The attributes that say nothing that a configuration could: Twilio sets them, or the address has them."""
