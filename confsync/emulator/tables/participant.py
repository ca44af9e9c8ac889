"""Participants of a conversation: users with an identity, and people with an address."""

from confsync.emulator.conversation_rules import reject_create_when_closed
from confsync.emulator.member_rules import (
    assign_participant_role,
    check_address_pair,
    check_identity_or_address,
    check_participant_limits,
    date_last_read,
    link_user,
)
from confsync.emulator.parameter_types import Integer, JsonString, String, Timestamp
from confsync.emulator.settings import EmulatorSettings
from confsync.emulator.spec import Parameter, Property, ResourceSpec, Unique, columns, service_path_column
from confsync.emulator.tables.role import role_of_type
from confsync.emulator.tables.user import ATTRIBUTES_BYTES, IDENTITY
from confsync.emulator.write_context import Row

ADDRESS_NAMES = ("address", "proxy_address", "projected_address")
CHANNELS = ("whatsapp", "messenger", "gbm", "rcs", "apple", "chat")


def participant(settings: EmulatorSettings) -> ResourceSpec:
    """`…/Conversations/{sid}/Participants`. It is found by SID or identity."""
    address = String(at_most=256, cleared_by="null")
    attributes = JsonString(ATTRIBUTES_BYTES, stored=settings.attributes)
    return ResourceSpec(
        name="participant",
        docs="https://www.twilio.com/docs/conversations-classic/api/conversation-participant-resource",
        paths=(
            "/Services/{ChatServiceSid}/Conversations/{ConversationSid}/Participants",
            "/Conversations/{ConversationSid}/Participants",
        ),
        operations=("list", "create", "fetch", "update", "delete"),
        sid_prefix="MB",
        alternate_key="identity",
        list_key="participants",
        page_maximum=100,
        unique=(Unique(("conversation_sid", "identity"), 50433, "Participant already exists"),),
        parameters=(
            Parameter("Identity", IDENTITY, "optional", "optional"),
            Parameter("MessagingBinding.Address", String(at_most=256), create="optional"),
            Parameter("MessagingBinding.ProxyAddress", address, "optional", "optional"),
            Parameter("MessagingBinding.ProjectedAddress", address, "optional", "optional"),
            Parameter("DateCreated", Timestamp(), "optional", "optional"),
            Parameter("DateUpdated", Timestamp(), "optional", "optional"),
            Parameter("Attributes", attributes, "optional", "optional"),
            Parameter("RoleSid", role_of_type("conversation", 50101, settings), "optional", "optional"),
            Parameter("LastReadMessageIndex", Integer(is_nullable=True), update="optional"),
            Parameter("LastReadTimestamp", Timestamp(), update="optional"),
        ),
        properties=(
            *columns("sid", "account_sid"),
            service_path_column("chat_service_sid"),
            *columns("conversation_sid", "identity", "attributes"),
            Property("messaging_binding", _binding),
            *columns("role_sid", "last_read_message_index", "last_read_timestamp", "date_created", "date_updated"),
        ),
        rules=(
            reject_create_when_closed,
            check_identity_or_address,
            check_participant_limits,
            check_address_pair,
            link_user,
            assign_participant_role,
            date_last_read,
        ),
    )


def channel_of(row: Row) -> str:
    """Derive the channel from an address: its prefix, email or SMS."""
    address: str = row["messaging_binding_address"] or ""
    channel = address.partition(":")[0]
    if channel in CHANNELS:
        return channel
    return "email" if "@" in address else "sms"


def _binding(row: Row) -> dict[str, str] | None:
    """Return the addresses that are set. A user without an address has no binding."""
    addresses = {name: row[f"messaging_binding_{name}"] for name in ADDRESS_NAMES if row[f"messaging_binding_{name}"]}
    return {"type": channel_of(row), **addresses} if addresses else None
