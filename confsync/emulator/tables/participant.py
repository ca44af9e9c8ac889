"""Participants: the users in a conversation, and people outside who are reached at an address."""

from confsync.emulator.deed import Row
from confsync.emulator.kind import Kind, Parameter, Property, Unique, texts, under_services
from confsync.emulator.rules.conversation import refuse_in_closed
from confsync.emulator.rules.participant import check_pair, check_room, check_who, give_role, make_user, note_reading
from confsync.emulator.settings import Settings
from confsync.emulator.shapes import Json, Moment, Text, Whole
from confsync.emulator.tables.role import role_of_type
from confsync.emulator.tables.user import IDENTITY

ATTRIBUTES_BYTES = 4 * 1024
BINDING = ("address", "proxy_address", "projected_address")
CHANNELS = ("whatsapp", "messenger", "gbm", "rcs", "apple", "chat")


def participant(settings: Settings) -> Kind:
    """`…/Conversations/{sid}/Participants`. Found by SID or identity."""
    address = Text(at_most=256, removed_by="null")
    attributes = Json(ATTRIBUTES_BYTES, echo=settings.attributes)
    return Kind(
        name="participant",
        docs="https://www.twilio.com/docs/conversations-classic/api/conversation-participant-resource",
        paths=(
            "/Services/{ChatServiceSid}/Conversations/{ConversationSid}/Participants",
            "/Conversations/{ConversationSid}/Participants",
        ),
        verbs=("list", "create", "fetch", "update", "delete"),
        sid="MB",
        also_by="identity",
        list_key="participants",
        page_maximum=100,
        unique=(Unique(("conversation_sid", "identity"), 50433, "Participant already exists"),),
        parameters=(
            Parameter("Identity", IDENTITY, "optional", "optional"),
            Parameter("MessagingBinding.Address", Text(at_most=256), create="optional"),
            Parameter("MessagingBinding.ProxyAddress", address, "optional", "optional"),
            Parameter("MessagingBinding.ProjectedAddress", address, "optional", "optional"),
            Parameter("DateCreated", Moment(), "optional", "optional"),
            Parameter("DateUpdated", Moment(), "optional", "optional"),
            Parameter("Attributes", attributes, "optional", "optional"),
            Parameter("RoleSid", role_of_type("conversation", 50101, settings), "optional", "optional"),
            Parameter("LastReadMessageIndex", Whole(may_be_unset=True), update="optional"),
            Parameter("LastReadTimestamp", Moment(), update="optional"),
        ),
        properties=(
            *texts("sid", "account_sid"),
            under_services("chat_service_sid"),
            *texts("conversation_sid", "identity", "attributes"),
            Property("messaging_binding", _binding),
            *texts("role_sid", "last_read_message_index", "last_read_timestamp", "date_created", "date_updated"),
        ),
        rules=(refuse_in_closed, check_who, check_room, check_pair, make_user, give_role, note_reading),
    )


def channel_of(row: Row) -> str:
    """Tell by an address what kind of thing it is: what stands before its colon, e-mail, or a phone number."""
    address: str = row["messaging_binding_address"] or ""
    channel = address.partition(":")[0]
    if channel in CHANNELS:
        return channel
    return "email" if "@" in address else "sms"


def _binding(row: Row) -> dict[str, str] | None:
    """Show the addresses that there are; a user without any has no binding."""
    known = {name: row[f"messaging_binding_{name}"] for name in BINDING if row[f"messaging_binding_{name}"]}
    return {"type": channel_of(row), **known} if known else None
