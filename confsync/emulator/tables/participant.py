"""Participants of a conversation: users with an identity, and people with an address."""

from confsync.emulator.addresses import channel_of, shown_address
from confsync.emulator.conversation_rules import reject_create_when_closed
from confsync.emulator.member_rules import (
    assign_participant_role,
    check_address_pair,
    check_addresses,
    check_identity_or_address,
    check_participant_limits,
    date_last_read,
    link_user,
    reject_update_of_proxy,
)
from confsync.emulator.parameter_types import Integer, JsonString, String, Timestamp
from confsync.emulator.settings import EmulatorSettings
from confsync.emulator.spec import Parameter, Property, ResourceSpec, Unique, columns, service_path_column
from confsync.emulator.tables.role import role_of_type
from confsync.emulator.tables.user import ATTRIBUTES_BYTES, IDENTITY
from confsync.emulator.write_context import Row

ADDRESS_NAMES = ("address", "proxy_address", "projected_address")


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
            _binding(settings),
            *columns("role_sid", "last_read_message_index", "last_read_timestamp", "date_created", "date_updated"),
        ),
        rules=(
            reject_create_when_closed,
            check_identity_or_address,
            reject_update_of_proxy,
            check_addresses,
            check_participant_limits,
            check_address_pair,
            link_user,
            assign_participant_role,
            date_last_read,
        ),
    )


def _binding(settings: EmulatorSettings) -> Property:
    """Return the addresses that are set. A user without an address has no binding."""

    def value_of(row: Row) -> dict[str, str] | None:
        addresses = {name: address for name, address in binding_addresses(row, settings).items() if address}
        return {"type": binding_type(row), **addresses} if addresses else None

    return Property("messaging_binding", value_of)


def binding_addresses(row: Row, settings: EmulatorSettings) -> dict[str, str | None]:
    """Return the addresses of a binding as responses write them."""
    stored = {name: row[f"messaging_binding_{name}"] for name in ADDRESS_NAMES}
    return {name: shown_address(address, settings) for name, address in stored.items()}


def binding_type(row: Row) -> str:
    """Return the channel of the participant's address."""
    return channel_of(row["messaging_binding_address"] or "")
