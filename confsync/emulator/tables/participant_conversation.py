"""The conversations of one participant, who is named by an identity or an address."""

from confsync.emulator.deed import Row
from confsync.emulator.kind import Filter, Kind, Property, texts
from confsync.emulator.settings import Settings
from confsync.emulator.shapes import Text
from confsync.emulator.tables.conversation import timers
from confsync.emulator.tables.participant import BINDING, channel_of


def participant_conversation(_settings: Settings) -> Kind:
    """`/Services/{sid}/ParticipantConversations` and `/ParticipantConversations`. It can only be listed."""
    return Kind(
        name="participant_conversation",
        docs="https://www.twilio.com/docs/conversations-classic/api/participant-conversation-resource",
        paths=("/Services/{ChatServiceSid}/ParticipantConversations", "/ParticipantConversations"),
        verbs=("list",),
        list_key="conversations",
        page_maximum=50,
        filters=(
            Filter("Identity", Text(), "participant_identity = ?"),
            Filter("Address", Text(), "messaging_binding_address = ?"),
        ),
        needs_one_filter=True,
        properties=(
            *texts("account_sid", "chat_service_sid", "participant_sid", "participant_user_sid"),
            *texts("participant_identity"),
            Property("participant_messaging_binding", _binding),
            *texts("conversation_sid", "conversation_unique_name", "conversation_friendly_name"),
            *texts("conversation_attributes", "conversation_date_created", "conversation_date_updated"),
            *texts("conversation_created_by", "conversation_state"),
            Property("conversation_timers", timers),
        ),
        url="",
        links=(
            ("participant", "{root}/Conversations/{conversation_sid}/Participants/{participant_sid}"),
            ("conversation", "{root}/Conversations/{conversation_sid}"),
        ),
    )


def _binding(row: Row) -> dict[str, str | None] | None:
    """Show all keys of a binding, as this list alone does; a user without any address has none."""
    known = {name: row[f"messaging_binding_{name}"] for name in BINDING}
    if not any(known.values()):
        return None
    return {"type": channel_of(row), "level": None, "name": None, **known}
