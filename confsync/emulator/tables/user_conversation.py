"""A user's conversations, as that user sees them."""

from confsync.emulator.member_rules import date_last_read
from confsync.emulator.parameter_types import Choice, Integer, Timestamp
from confsync.emulator.settings import EmulatorSettings
from confsync.emulator.spec import Parameter, Property, ResourceSpec, columns
from confsync.emulator.tables.conversation import timer_dates
from confsync.emulator.write_context import Row


def user_conversation(settings: EmulatorSettings) -> ResourceSpec:
    """`…/Users/{sid}/Conversations`. It exists while the user is a participant. Deleting it removes the participant."""

    def unread(row: Row) -> int | None:
        """Count the messages after the last one that was read."""
        has_read = row["last_read_message_index"] is not None or settings.unread_before_reading == "all"
        return int(row["unread_messages_count"]) if has_read else None

    return ResourceSpec(
        name="user_conversation",
        docs="https://www.twilio.com/docs/conversations-classic/api/user-conversation-resource",
        paths=(
            "/Services/{ChatServiceSid}/Users/{UserSid}/Conversations",
            "/Users/{UserSid}/Conversations",
        ),
        operations=("list", "fetch", "update", "delete"),
        member="ConversationSid",
        key="conversation_sid",
        alternate_key="unique_name",
        table="participant",
        view="user_conversation",
        list_key="conversations",
        page_maximum=50,
        parameters=(
            Parameter("NotificationLevel", Choice(("default", "muted")), update="optional"),
            Parameter("LastReadTimestamp", Timestamp(), update="optional"),
            Parameter("LastReadMessageIndex", Integer(is_nullable=True), update="optional"),
        ),
        properties=(
            *columns("account_sid", "chat_service_sid", "conversation_sid"),
            Property("unread_messages_count", unread),
            *columns("last_read_message_index", "participant_sid", "user_sid", "friendly_name"),
            Property("conversation_state", lambda row: row["state"]),
            Property("timers", timer_dates),
            *columns("attributes", "date_created", "date_updated", "created_by", "notification_level", "unique_name"),
        ),
        links=(
            ("participant", "{root}/Conversations/{conversation_sid}/Participants/{participant_sid}"),
            ("conversation", "{root}/Conversations/{conversation_sid}"),
        ),
        rules=(date_last_read,),
    )
