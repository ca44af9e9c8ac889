"""The conversations of one participant, identified by an identity or an address."""

from confsync.emulator.parameter_types import String
from confsync.emulator.settings import EmulatorSettings
from confsync.emulator.spec import Filter, Property, ResourceSpec, columns
from confsync.emulator.tables.conversation import timer_dates
from confsync.emulator.tables.participant import binding_addresses, binding_type
from confsync.emulator.write_context import Row


def participant_conversation(settings: EmulatorSettings) -> ResourceSpec:
    """`/Services/{sid}/ParticipantConversations` and `/ParticipantConversations`. It only supports listing."""

    def binding(row: Row) -> dict[str, str | None] | None:
        """Return all keys of a binding, as only this list does. A user without an address has no binding."""
        addresses = binding_addresses(row, settings)
        if not any(addresses.values()):
            return None
        return {"type": binding_type(row), "level": None, "name": None, **addresses}

    return ResourceSpec(
        name="participant_conversation",
        docs="https://www.twilio.com/docs/conversations-classic/api/participant-conversation-resource",
        paths=("/Services/{ChatServiceSid}/ParticipantConversations", "/ParticipantConversations"),
        operations=("list",),
        list_key="conversations",
        page_maximum=50,
        filters=(
            Filter("Identity", String(), "participant_identity = ?"),
            Filter("Address", String(), "messaging_binding_address = ?"),
        ),
        needs_one_filter=True,
        properties=(
            *columns("account_sid", "chat_service_sid", "participant_sid", "participant_user_sid"),
            *columns("participant_identity"),
            Property("participant_messaging_binding", binding),
            *columns("conversation_sid", "conversation_unique_name", "conversation_friendly_name"),
            *columns("conversation_attributes", "conversation_date_created", "conversation_date_updated"),
            *columns("conversation_created_by", "conversation_state"),
            Property("conversation_timers", timer_dates),
        ),
        url="",
        links=(
            ("participant", "{root}/Conversations/{conversation_sid}/Participants/{participant_sid}"),
            ("conversation", "{root}/Conversations/{conversation_sid}"),
        ),
    )
